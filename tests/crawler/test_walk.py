"""When a walk goes on and why it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.board import Board, Row
from crawler.walk import BARREN, Walk, is_quiet, offer_changed

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(frozen=True)
class Known:
    row_signature: str | None = "o:a"
    gone_at: datetime | None = None


def row(key="1", signature="o:a", *, pinned=False):
    return Row(url=f"http://127.0.0.1/{key}", key=key, title=key, signature=signature, pinned=pinned)


def board(*rows, following="http://127.0.0.1/?page=2"):
    return Board(rows or (row(),), following)


def follow(walk, page, *, fresh=1, quiet=False, limit=50):
    return walk.follow(page, fresh=fresh, quiet=quiet, limit=limit)


@pytest.mark.parametrize(
    ("given", "ending", "covered", "exhausted"),
    [
        ({}, "open", False, False),
        ({"following": None}, "end", True, True),
        ({"following": None, "quiet": True}, "end", True, True),
        ({"quiet": True}, "known", True, False),
        ({"limit": 1}, "limit", True, False),
        ({"limit": 0}, "limit", True, False),
    ],
)
def test_endings(given, ending, covered, exhausted):
    given = dict(given)
    walk = Walk("http://127.0.0.1/", "newest")
    following = given.pop("following", "http://127.0.0.1/?page=2")
    assert follow(walk, board(following=following), **given) == (following if ending == "open" else None)
    assert (walk.ending, walk.covered, walk.exhausted, walk.pages) == (ending, covered, exhausted, 1)


def test_an_unsorted_board_is_never_cut_short():
    walk = Walk("http://127.0.0.1/", "none")
    assert follow(walk, board(), quiet=True) is not None


def test_a_next_page_that_was_read_already_is_a_trap():
    walk = Walk("http://127.0.0.1/", "newest")
    assert follow(walk, board(following="http://127.0.0.1/a"))
    assert follow(walk, board(following="http://127.0.0.1/a")) is None
    assert walk.ending == "trap"


def test_pages_without_new_rows_are_a_trap_after_some():
    walk = Walk("http://127.0.0.1/", "newest")
    assert all(follow(walk, board(following=f"http://127.0.0.1/{n}"), fresh=0) for n in range(BARREN - 1))
    assert follow(walk, board(following="http://127.0.0.1/new"), fresh=1), "one new row starts the count again"
    assert [bool(follow(walk, board(following=f"http://127.0.0.1/x{n}"), fresh=0)) for n in range(BARREN)] == [
        *[True] * (BARREN - 1), False,
    ]  # fmt: skip
    assert walk.ending == "trap"


@pytest.mark.parametrize("ending", ["failed", "wall", "empty", "open"])
def test_a_walk_that_failed_covers_nothing(ending):
    walk = Walk("http://127.0.0.1/", "newest", ending=ending)
    assert (walk.covered, walk.exhausted) == (False, False)


@pytest.mark.parametrize(
    ("order", "signature", "known", "quiet"),
    [
        ("newest", "o:a", Known(), True),
        ("newest", "o:b", Known(), True),  # an answer does not move a thread here
        ("newest", "p:a", Known(), False),
        ("newest", "o:a", None, False),
        ("newest", "o:a", Known(gone_at=NOW), False),
        ("newest", "o:a", Known(row_signature=None), True),  # first reached without a list
        ("replied", "o:a", Known(), True),
        ("replied", "o:b", Known(), False),
        ("replied", "o:", Known(row_signature="o:"), False),  # nothing is known of replies
        ("replied", "o:a", Known(row_signature=None), False),
    ],
)
def test_quiet(order, signature, known, quiet):
    page = board(row("1", signature), row("2"))
    assert is_quiet(page, {"2": Known()} | ({"1": known} if known else {}), order) is quiet


def test_pinned_rows_do_not_speak_for_the_page():
    assert is_quiet(board(row("9", pinned=True), row("1")), {"1": Known()}, "newest")
    assert not is_quiet(board(row("9", pinned=True)), {"9": Known()}, "newest"), "nothing else stands there"


def test_offer_changed():
    assert offer_changed(row(signature="p:a"), Known())
    assert not offer_changed(row(signature="o:b"), Known())
    assert not offer_changed(row(), Known(row_signature=None))


URLS = st.sampled_from([None, *(f"http://127.0.0.1/?page={page}" for page in range(6))])


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(URLS, st.integers(0, 3), st.booleans())), st.integers(1, 8))
def test_every_walk_ends_and_no_page_is_read_twice(steps, limit):
    walk = Walk("http://127.0.0.1/", "newest")
    read = []
    for following, fresh, quiet in steps:
        url = walk.follow(board(following=following), fresh=fresh, quiet=quiet, limit=limit)
        if url is None:
            assert walk.ending != "open"
            break
        read.append(url)
    assert len(read) == len(set(read)) < limit or not read
