from __future__ import annotations

import pytest

from storage.exceptions import StorageError
from storage.review import audit, codewords
from storage.review.audit import Wanted
from storage.review.exceptions import ReviewError
from tests.storage.making import HOUR, NOW
from tests.storage.review.making import lead_ids
from tests.storage.review.test_quality import ivory, judge


@pytest.fixture
def right(db, site_id, run_id, anna):
    right = lead_ids(
        db, site_id, run_id, *(ivory(f"r{n}", f"象牙到货,果冻料{n},加微信聊", seller=f"会员{n}") for n in range(4))
    )
    others = (ivory(f"w{n}", f"象牙白衣柜{n},加微信聊,到货", seller=f"商家{n}") for n in range(20))
    judge(db, anna, right, "confirm")
    judge(db, anna, lead_ids(db, site_id, run_id, *others), "dismiss", "outside")
    return right


def words(db):
    return [one.text for one in codewords.candidates(db)]


def test_what_is_no_code_word_is_not_proposed_again(db, right, anna, bert):
    assert words(db) == ["果冻料"]  # the term itself is known: it was found
    codewords.say(db, "果冻料", "plain", anna.actor(), NOW)
    assert words(db) == []
    (said,) = codewords.plain(db)
    assert (said.word, said.at, said.who) == ("果冻料", NOW, "anna同志")
    codewords.say(db, "果冻料", "open", bert.actor(), NOW + HOUR)
    assert words(db) == ["果冻料"]
    assert codewords.plain(db) == []
    assert [(row.action, row.object_id) for row in audit.recent(db, Wanted(kind="word"))] == [
        ("word.open", "果冻料"), ("word.plain", "果冻料"),
    ]  # fmt: skip


def test_examples_show_the_word_where_it_stands(db, right):
    found = codewords.examples(db, "果冻料", right[:2], NOW)
    assert [(one.lead.id, one.before[-3:], one.behind[:2]) for one in found] == [
        (right[0], "到货,", "0,"), (right[1], "到货,", "1,"),
    ]  # fmt: skip
    assert codewords.examples(db, "别的词", right[:1], NOW)[0].before == ""


def test_what_is_refused(db, anna):
    for word, verdict in (("", "plain"), ("一", "plain"), ("五个字的词", "plain"), ("果冻料", "maybe")):
        with pytest.raises(ReviewError, match="候选词"):
            codewords.say(db, word, verdict, anna.actor(), NOW)


def test_what_was_said_stays_on_record(db, anna):
    from sqlalchemy import text

    codewords.say(db, "果冻料", "plain", anna.actor(), NOW)
    for change in ("UPDATE word_verdicts SET verdict = 'open'", "DELETE FROM word_verdicts"):
        with pytest.raises(StorageError), db.write() as connection:
            connection.execute(text(change))
    assert len(codewords.plain(db)) == 1
