"""A real django-oscar shop, crawled by configuration only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.integration.crawling import Office, cells, differences, entry, folded, kill_after, labelled
from tests.integration.software import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.crawling import Stored
    from tests.integration.software.serve import Software, Truth

CHANGED = "日用百货"  # only products of this category are changed; the tests that need the seeded shop read others
MANY = 12  # listings stored before the kill: more than one batch, fewer than all


@dataclass(frozen=True, slots=True)
class Ran:
    """One run, and what was stored after it."""

    tally: dict[str, Any]
    stored: Stored


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Software]:
    with serve.oscar(tmp_path_factory.mktemp("software")) as running:
        draw_blank_picture(running)
        yield running


def draw_blank_picture(shop: Software) -> None:
    """Have the shop draw its picture for products without any: asked twice at once it draws two, of two names."""
    blank = next(truth for truth in shop.truth if not truth.images)
    with build_opener(ProxyHandler({})).open(blank.url, timeout=60) as response:
        assert response.status == 200


@pytest.fixture(scope="module")
def office(shop: Software, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Watches the list of everything and two categories, whose products are on it too."""
    starts = f"[{shop.lists['全部']}, {shop.lists['渔具']}, {misspelt(shop.lists['花鸟绿植'])}]"
    site = entry(f"""
        - name: 南溪山货
          platform: oscar
          start: {starts}
          every: 6h
    """)
    return Office(tmp_path_factory.mktemp("office")).watch(site)


@pytest.fixture(scope="module")
def first(office: Office) -> Ran:
    return Ran(office.crawl("南溪山货"), office.stored("南溪山货"))


def misspelt(url: str) -> str:
    """The same category under a name that the shop has since changed: it redirects by the number."""
    number = url.rstrip("/").rpartition("_")[2]
    return f"{url[: url.index('/category/')]}/category/old-name_{number}/"


def pages(run: Ran) -> tuple[int, int]:
    """Of lists and of products."""
    return run.tally["extra"]["pages_list"], run.tally["extra"]["pages_item"]


def of(shop: Software, category: str) -> list[Truth]:
    return [truth for truth in shop.truth if truth.category == category]


def test_every_product_is_found_exactly_once(shop: Software, first: Ran) -> None:
    assert first.stored.urls == {truth.key: truth.url for truth in shop.truth}
    assert all(len(history.snapshots) == 1 for history in first.stored.histories.values())
    assert first.stored.issues == ()
    assert first.tally["listings_new"] == len(shop.truth)


def test_overlapping_lists_fetch_no_product_twice(shop: Software, first: Ran) -> None:
    assert pages(first) == (5, len(shop.truth))  # 60 by 20, and two categories


def test_titles_and_texts_are_those_of_the_shop(shop: Software, first: Ran) -> None:
    expected = {truth.key: (truth.title, folded(truth.body)) for truth in shop.truth}
    got = {key: (snapshot.title, folded(snapshot.body)) for key, snapshot in first.stored.newest().items()}
    assert differences(expected, got) == {}


def test_prices_are_exact(shop: Software, first: Ran) -> None:
    expected = {truth.key: (truth.price, "CNY") if truth.price else None for truth in shop.truth}
    got = {
        key: (snapshot.price_amount, snapshot.price_currency) if snapshot.price_amount is not None else None
        for key, snapshot in first.stored.newest().items()
    }
    assert differences(expected, got) == {}
    assert {truth.price for truth in shop.truth} >= {None, Decimal(0)}  # such products were among them


def test_pictures_are_absolute_addresses_of_the_products_own(shop: Software, first: Ran) -> None:
    newest = first.stored.newest()
    for truth in shop.truth:
        images = newest[truth.key].images
        assert all(url.startswith(f"{shop.base_url}/media/") for url in images)
        # the shop shows one and the same picture for products without any
        assert len(images) == max(1, truth.images)
    blank = {newest[truth.key].images for truth in shop.truth if not truth.images}
    own = [url for truth in shop.truth if truth.images for url in newest[truth.key].images]
    assert len(blank) == 1
    assert blank.pop()[0] not in own
    assert len(set(own)) == len(own)


def test_labelled_facts_are_kept_and_nothing_that_changes_by_itself(shop: Software, first: Ran) -> None:
    newest = first.stored.newest()
    for truth in shop.truth:
        attributes = dict(newest[truth.key].attributes)
        assert truth.attributes.items() <= attributes.items()
        assert not attributes.keys() & {"评论数", "可用性", "税"}
        assert newest[truth.key].region == truth.attributes.get("发货地")


def test_words_of_others_are_not_the_offers(shop: Software, first: Ran) -> None:
    assert any(truth.replies for truth in shop.truth)
    assert all(snapshot.replies == () for snapshot in first.stored.newest().values())


def test_every_ad_becomes_a_lead(shop: Software, first: Ran) -> None:
    ads = labelled(shop.truth)["ad"]
    assert {truth.title for truth in shop.truth if truth.key in ads - first.stored.leads.keys()} == set()


def test_harmless_products_stay_out_of_the_queue(shop: Software, first: Ran) -> None:
    innocent = labelled(shop.truth)["innocent"]
    flagged = [first.stored.leads[key] for key in innocent & first.stored.leads.keys()]
    assert {lead.title for lead in flagged if lead.verdict == "alert"} == set()
    assert len(flagged) <= len(innocent) // 10


def test_leads_name_the_sellers_contact(shop: Software, first: Ran) -> None:
    told = {truth.key: truth.attributes["联系方式"] for truth in shop.truth if "联系方式" in truth.attributes}
    phones = {key: number for key, number in told.items() if number.isdigit() and key in first.stored.leads}
    assert len(phones) > 4
    for key, number in phones.items():
        assert ("phone", number) in {(contact.kind, contact.value) for contact in first.stored.leads[key].contacts}


def test_killed_run_over_categories_is_made_good_by_the_next(shop: Software, tmp_path) -> None:
    site = entry(f"""
        - name: 三类
          platform: oscar
          start: [{shop.lists["户外装备"]}, {shop.lists["渔具"]}, {shop.lists["工艺摆件"]}]
          replies: true
    """)
    office = Office(tmp_path).watch(site, politeness="{delay: 0.1, autothrottle: false}")
    kill_after(office, "三类", MANY)
    half = office.stored("三类")
    office.watch(site)
    office.crawl("三类")
    whole = office.stored("三类")
    expected = {truth.key: truth.replies for name in ("户外装备", "渔具", "工艺摆件") for truth in of(shop, name)}
    assert MANY <= len(half.histories) < len(expected)
    assert whole.runs == ("killed", "complete")
    assert {key: snapshot.replies for key, snapshot in whole.newest().items()} == expected
    assert any(expected.values())
    assert all(len(history.snapshots) == 1 for history in whole.histories.values())
    assert half.newest().items() <= whole.newest().items()


@pytest.fixture(scope="module")
def second(office: Office, first: Ran) -> Ran:
    """Nothing has happened since; nothing is due either."""
    return Ran(office.crawl("南溪山货"), office.stored("南溪山货"))


def test_second_run_reads_only_lists_and_stores_nothing(first: Ran, second: Ran) -> None:
    assert pages(second) == (5, 0)
    assert (second.tally["listings_new"], second.tally["listings_changed"]) == (0, 0)
    assert second.tally["listings_seen"] == len(first.stored.urls)
    assert second.stored.newest() == first.stored.newest()


@dataclass(frozen=True, slots=True)
class After:
    """The shop was changed, then read once more."""

    stored: Stored
    tally: dict[str, Any]
    deleted: Truth
    dearer: Truth
    renamed: Truth


@pytest.fixture(scope="module")
def after(shop: Software, office: Office, second: Ran) -> After:
    deleted, dearer, renamed = [truth for truth in of(shop, CHANGED) if truth.price][:3]
    serve.change(
        shop,
        f"""
        from django.core.management import call_command
        from oscar.core.loading import get_model
        Product, StockRecord = get_model("catalogue", "Product"), get_model("partner", "StockRecord")
        Product.objects.get(pk={deleted.key}).delete()
        StockRecord.objects.filter(product_id={dearer.key}).update(price="1999.50")
        Product.objects.filter(pk={renamed.key}).update(title="换了说法的标题")
        call_command("rebuild_index", interactive=False, verbosity=0)
        """,
    )
    tally = office.crawl("南溪山货")
    return After(office.stored("南溪山货"), tally, deleted, dearer, renamed)


def test_deleted_product_is_gone_and_kept(after: After, first: Ran) -> None:
    assert after.stored.gone == {after.deleted.key}
    history = after.stored.histories[after.deleted.key]
    assert history.snapshots == first.stored.histories[after.deleted.key].snapshots
    assert [event.kind for event in history.events] == ["gone"]


def test_changes_that_the_list_shows_are_read_at_once(after: After, first: Ran) -> None:
    changed = {key for key, history in after.stored.histories.items() if len(history.snapshots) == 2}
    assert changed == {after.dearer.key, after.renamed.key}
    assert (after.tally["listings_changed"], after.tally["listings_new"]) == (2, 0)
    # the deleted one, and two that the shop's own paging no longer lists since their number is uneven
    assert after.tally["extra"]["pages_item"] <= 5
    before, now = first.stored.newest(), after.stored.newest()
    assert now[after.dearer.key].price_amount == Decimal("1999.50")
    assert now[after.dearer.key].body == before[after.dearer.key].body
    assert now[after.renamed.key].title == "换了说法的标题"
    assert after.stored.histories[after.renamed.key].snapshots[0] == before[after.renamed.key]


def test_site_add_recognises_the_shop_and_site_check_reads_it(shop: Software, tmp_path) -> None:
    office = Office(tmp_path)
    code, proposed = office.say("site", "add", shop.lists["渔具"])
    assert code == 0
    assert "platform: oscar" in proposed
    office.watch(entry(proposed))
    name = proposed.splitlines()[0].partition("name:")[2].strip(" '")
    code, said = office.say("site", "check", name, "--items", "1")
    top, other = of(shop, "渔具")[:2]
    assert code == 0
    assert f"列表：{len(of(shop, '渔具'))} 条" in said
    assert "下一页：无" in said
    assert f"{top.price} CNY" in said
    assert [f"{n}. {truth.title[:50]}" in said for n, truth in enumerate((top, other), 1)] == [True, True]
    assert {top.title, top.body} <= {cell for line in said.splitlines() for cell in cells(line)}
