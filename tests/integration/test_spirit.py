"""A real django-spirit forum, crawled by configuration only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.crawling import Office, cells, differences, entry, folded, kill_after, labelled
from tests.integration.software import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.crawling import Stored
    from tests.integration.software.serve import Software, Truth

PAGE = 20  # topics of a list page, comments of a topic page
MANY = 6  # topics stored before the kill: some, not all of the two categories
CHANGED = "花鸟鱼虫"  # only topics of this category are changed; the tests that need the seeded forum read others

MISSED = {"出藻类清除剂，清塘见效，一包三亩"}  # fish poison under a harmless name: the lexicon does not know it yet


@dataclass(frozen=True, slots=True)
class Ran:
    """One run, and what was stored after it."""

    tally: dict[str, Any]
    stored: Stored


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Software]:
    with serve.spirit(tmp_path_factory.mktemp("software")) as running:
        yield running


@pytest.fixture(scope="module")
def office(forum: Software, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Watches the list of all topics and two categories, whose topics are on it too."""
    site = entry(f"""
        - name: 南溪论坛
          platform: spirit
          start: [{forum.lists["全部"]}, {forum.lists["二手交易"]}, {misspelt(forum.lists["花鸟鱼虫"])}]
          revisit: 1d
    """)
    return Office(tmp_path_factory.mktemp("office")).watch(site)


@pytest.fixture(scope="module")
def first(office: Office) -> Ran:
    return Ran(office.crawl("南溪论坛"), office.stored("南溪论坛"))


def misspelt(url: str) -> str:
    """The same category under a name that it no longer has: the forum redirects by the number."""
    return f"{url.rstrip('/').rpartition('/')[0]}/old-name/"


def pages(run: Ran) -> tuple[int, int]:
    """Of lists and of topics."""
    return run.tally["extra"]["pages_list"], run.tally["extra"]["pages_item"]


def of(forum: Software, category: str) -> list[Truth]:
    return [truth for truth in forum.truth if truth.category == category]


def test_every_topic_is_found_exactly_once(forum: Software, first: Ran) -> None:
    assert first.stored.urls == {truth.key: truth.url for truth in forum.truth}
    assert all(len(history.snapshots) == 1 for history in first.stored.histories.values())
    assert first.stored.issues == ()
    assert first.tally["listings_new"] == first.tally["extra"]["pages_item"] == len(forum.truth)


def test_pinned_and_closed_topics_are_found(forum: Software, first: Ran) -> None:
    special = {truth.key for truth in forum.truth if truth.pinned or truth.closed}
    assert len(special) > 1
    assert special <= first.stored.urls.keys()


def test_titles_and_texts_are_those_of_the_first_post(forum: Software, first: Ran) -> None:
    expected = {truth.key: (truth.title, folded(truth.body)) for truth in forum.truth}
    got = {key: (snapshot.title, folded(snapshot.body)) for key, snapshot in first.stored.newest().items()}
    assert differences(expected, got) == {}


def test_authors_and_dates_are_those_of_the_first_post(forum: Software, first: Ran) -> None:
    expected = {truth.key: (truth.author, truth.posted_at) for truth in forum.truth}
    got = {key: (snapshot.seller, snapshot.posted_at) for key, snapshot in first.stored.newest().items()}
    assert differences(expected, got) == {}
    assert len({truth.posted_at.year for truth in forum.truth if truth.posted_at}) > 1  # last year's too
    assert all(snapshot.posted_at.tzinfo for snapshot in first.stored.newest().values())


def test_replies_are_left_out_unless_wanted(forum: Software, first: Ran) -> None:
    assert any(truth.replies for truth in forum.truth)
    assert all(snapshot.replies == () for snapshot in first.stored.newest().values())


def test_every_ad_becomes_a_lead(forum: Software, first: Ran) -> None:
    ads = labelled(forum.truth)["ad"]
    assert {truth.title for truth in forum.truth if truth.key in ads - first.stored.leads.keys()} <= MISSED


def test_harmless_topics_stay_out_of_the_queue(forum: Software, first: Ran) -> None:
    innocent = labelled(forum.truth)["innocent"]
    flagged = [first.stored.leads[key] for key in innocent & first.stored.leads.keys()]
    assert {lead.title for lead in flagged if lead.verdict == "alert"} == set()
    assert len(flagged) <= len(innocent) // 10


def test_killed_run_over_categories_is_made_good_by_the_next(forum: Software, tmp_path) -> None:
    site = entry(f"""
        - name: 两版
          platform: spirit
          start: [{misspelt(forum.lists["钓友杂谈"])}, {forum.lists["二手交易"]}]
          replies: true
    """)
    office = Office(tmp_path).watch(site, politeness="{delay: 0.1, autothrottle: false}")
    kill_after(office, "两版", MANY)
    half = office.stored("两版")
    office.watch(site)
    office.crawl("两版")
    whole = office.stored("两版")
    # of a topic of two pages, the replies of the first; the first post is a comment too
    topics = [*of(forum, "钓友杂谈"), *of(forum, "二手交易")]
    expected = {truth.key: truth.replies[: PAGE - 1] for truth in topics}
    assert MANY <= len(half.histories) < len(expected)
    assert whole.runs == ("killed", "complete")
    assert {key: snapshot.replies for key, snapshot in whole.newest().items()} == expected
    assert any(len(truth.replies) > PAGE for truth in topics)
    assert all(len(history.snapshots) == 1 for history in whole.histories.values())
    assert half.newest().items() <= whole.newest().items()


@pytest.fixture(scope="module")
def second(office: Office, first: Ran) -> Ran:
    """Nothing has happened since; nothing is due either."""
    return Ran(office.crawl("南溪论坛"), office.stored("南溪论坛"))


def test_second_run_reads_one_page_of_each_list_and_stores_nothing(first: Ran, second: Ran) -> None:
    assert pages(second) == (3, 0)
    assert (second.tally["listings_new"], second.tally["listings_changed"]) == (0, 0)
    assert second.stored.newest() == first.stored.newest()


@dataclass(frozen=True, slots=True)
class After:
    """The forum was changed, then read once more, with everything due."""

    stored: Stored
    tally: dict[str, Any]
    removed: Truth
    answered: Truth
    reworded: Truth
    renamed: Truth


@pytest.fixture(scope="module")
def after(forum: Software, office: Office, second: Ran) -> After:
    removed, answered, reworded, renamed = [truth for truth in of(forum, CHANGED) if not truth.closed][:4]
    serve.change(
        forum,
        f"""
        from django.contrib.auth import get_user_model
        from django.utils import timezone
        from spirit.comment.models import Comment
        from spirit.topic.models import Topic
        Topic.objects.filter(pk={removed.key}).update(is_removed=True)
        user = get_user_model().objects.first()
        Comment.objects.create(user=user, topic_id={answered.key}, comment="顶", comment_html="<p>顶一下，还在吗</p>")
        Topic.objects.filter(pk={answered.key}).update(last_active=timezone.now(), comment_count=9)
        first = Comment.objects.filter(topic_id={reworded.key}).order_by("pk").first()
        Comment.objects.filter(pk=first.pk).update(comment_html="<p>换了说法的正文。</p>")
        Topic.objects.filter(pk={renamed.key}).update(title="换了说法的标题")
        """,
    )
    config = office.config.read_text(encoding="utf-8")
    office.config.write_text(config.replace("revisit: 1d", "revisit: 1s"), encoding="utf-8")
    tally = office.crawl("南溪论坛")
    return After(office.stored("南溪论坛"), tally, removed, answered, reworded, renamed)


def test_removed_topic_is_gone_and_kept(after: After, first: Ran) -> None:
    assert after.stored.gone == {after.removed.key}
    history = after.stored.histories[after.removed.key]
    assert history.snapshots == first.stored.histories[after.removed.key].snapshots
    assert [event.kind for event in history.events] == ["gone"]


def test_edited_topics_get_a_second_snapshot_and_answered_ones_do_not(after: After, first: Ran) -> None:
    changed = {key for key, history in after.stored.histories.items() if len(history.snapshots) == 2}
    assert changed == {after.reworded.key, after.renamed.key}
    assert (after.tally["listings_changed"], after.tally["listings_new"]) == (2, 0)
    before, now = first.stored.newest(), after.stored.newest()
    assert now[after.reworded.key].body == "换了说法的正文。"
    assert now[after.reworded.key].title == before[after.reworded.key].title
    assert now[after.renamed.key].title == "换了说法的标题"
    assert now[after.answered.key] == before[after.answered.key]


def test_site_add_recognises_the_forum_and_site_check_reads_it(forum: Software, tmp_path) -> None:
    office = Office(tmp_path)
    code, proposed = office.say("site", "add", forum.lists["二手交易"])
    assert code == 0
    assert "platform: spirit" in proposed
    office.watch(entry(proposed))
    name = proposed.splitlines()[0].partition("name:")[2].strip(" '")
    code, said = office.say("site", "check", name, "--items", "1")
    shown = {cell for line in said.splitlines() for cell in cells(line)}
    assert code == 0
    assert f"列表：{PAGE} 条" in said
    assert f"1. {next(truth.title for truth in forum.truth if truth.pinned)}" in said
    read = [truth for truth in forum.truth if truth.author in shown and truth.title in shown]
    assert any(set(truth.body.split("\n")) <= shown for truth in read)
