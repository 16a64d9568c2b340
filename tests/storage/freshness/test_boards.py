"""What visits of boards leave behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import sites
from storage.freshness import boards
from storage.freshness.boards import BoardVisit
from storage.freshness.estimate import PRIOR_SECONDS, Arrivals
from tests.storage.making import HOUR, NOW

FIRST = BoardVisit("http://127.0.0.1/forum", "list", NOW, found=40, rows=20, etag='"a"', last_modified="then")


def only(db, site_id):
    (board,) = boards.known(db, site_id).values()
    return board


def test_the_first_visit_only_begins_the_count(db, site_id):
    boards.note(db, site_id, [FIRST])
    board = only(db, site_id)
    assert board.arrivals == Arrivals(), "all of a board is new at first: that says nothing"
    assert (board.reads, board.rows, board.etag, board.trusted, board.read_at) == (1, 20, '"a"', True, NOW)
    boards.note(db, site_id, [replace(FIRST, at=NOW + 2 * HOUR, found=4, etag='"b"')])
    board = only(db, site_id)
    assert board.arrivals == Arrivals().after(4, 7200.0)
    assert (board.reads, board.fruitful, board.etag) == (2, 2, '"b"')
    assert board.arrivals.seconds == pytest.approx(PRIOR_SECONDS * 0.9 + 7200)


def test_not_modified_is_a_visit_that_found_nothing_and_keeps_what_was_sent(db, site_id):
    boards.note(db, site_id, [FIRST])
    boards.note(db, site_id, [BoardVisit(FIRST.url, "list", NOW + HOUR, found=0, full=False)])
    board = only(db, site_id)
    assert (board.reads, board.fruitful, board.rows, board.etag, board.full_at) == (2, 1, 20, '"a"', NOW)
    assert board.read_at == NOW + HOUR


def test_a_server_that_sends_other_rows_under_the_same_name_is_not_believed_again(db, site_id):
    boards.note(db, site_id, [FIRST])
    boards.note(db, site_id, [replace(FIRST, at=NOW + HOUR, found=3)])
    assert not only(db, site_id).trusted
    boards.note(db, site_id, [replace(FIRST, at=NOW + 2 * HOUR, found=3, etag='"c"', last_modified="later")])
    assert not only(db, site_id).trusted


def test_without_validators_there_is_nothing_to_believe(db, site_id):
    plain = replace(FIRST, etag=None, last_modified=None)
    boards.note(db, site_id, [plain])
    boards.note(db, site_id, [replace(plain, at=NOW + HOUR, found=3)])
    assert only(db, site_id).trusted


def test_a_clock_set_back_teaches_nothing_and_does_not_stand_in_the_way(db, site_id):
    boards.note(db, site_id, [replace(FIRST, at=NOW + timedelta(days=900))])
    boards.note(db, site_id, [replace(FIRST, at=NOW, found=5, etag='"b"')])
    assert only(db, site_id).arrivals == Arrivals()
    boards.note(db, site_id, [replace(FIRST, at=NOW + HOUR, found=5, etag='"c"')])
    assert only(db, site_id).arrivals == Arrivals().after(5, 3600.0)


def test_sites_and_boards_are_kept_apart_however_long_their_addresses(db, site_id):
    other = sites.register(db, "other", "generic", ["http://127.0.0.2/"], NOW)
    long = [replace(FIRST, url=f"http://127.0.0.1/{'a' * 3000}{end}", kind="sitemap") for end in ("1", "2")]
    boards.note(db, site_id, [FIRST, *long])
    boards.note(db, other, [FIRST])
    boards.note(db, other, [])
    assert len(boards.known(db, site_id)) == 3
    with db.read() as connection:
        assert {key: len(found) for key, found in boards.of_sites(connection).items()} == {site_id: 3, other: 1}
