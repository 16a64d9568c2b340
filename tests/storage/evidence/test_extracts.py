from __future__ import annotations

from datetime import timedelta

from storage.evidence import custody, timestamps
from storage.evidence.extracts import Joint, Stamped, extract, stamps
from storage.evidence.records import CustodyEntry
from storage.evidence.sealing import seal
from storage.evidence.tokens import Token
from tests.storage.evidence.making import draft
from tests.storage.making import HOUR, NOW


def fill(db, objects, site_id):
    """Captures 1, 2, 3; links: 1, 2, 3 of each, 4 of none, 5 of 1, 6 of none."""
    for number in (1, 2, 3):
        seal(db, objects, draft(site_id, str(number)), actor="采集程序", now=NOW)
    for capture_id in (None, 1, None):
        custody.note(db, at=NOW, actor="张三", action="viewed", capture_id=capture_id, detail={"offset": 0.125})


def test_own_links_are_whole_and_their_neighbours_only_joints(db, objects, site_id):
    fill(db, objects, site_id)
    found = extract(db, [1])
    assert [(one.id, type(one)) for one in found.links] == [
        (1, CustodyEntry), (2, Joint), (4, Joint), (5, CustodyEntry), (6, Joint),
    ]  # fmt: skip
    assert found.head == custody.head(db)
    for one in found.links:
        if isinstance(one, CustodyEntry):
            facts = (one.id, one.at, one.actor, one.action, one.capture_id, one.detail, one.previous)
            assert custody.link_hash(*facts) == one.hash
    assert found.links[1].previous == found.links[0].hash
    assert found.links[3].previous == found.links[2].hash


def test_a_link_is_told_whole_where_two_captures_are_neighbours(db, objects, site_id):
    fill(db, objects, site_id)
    assert [type(one) for one in extract(db, [1, 2, 3]).links[:3]] == [CustodyEntry] * 3


def test_no_captures_no_links_but_the_head(db, objects, site_id):
    assert extract(db, []).head is None
    fill(db, objects, site_id)
    found = extract(db, [])
    assert found.links == ()
    assert found.head is not None


def test_the_earliest_stamp_of_each_file_is_told(db, objects, site_id):
    capture = seal(db, objects, draft(site_id), actor="采集程序", now=NOW)
    assert stamps(db, [capture.digest]) == {}
    for hours in (0, 1):
        token = Token(f"token {hours}".encode(), "演示机构", NOW + hours * HOUR)
        one = timestamps.Unstamped(capture.digest, capture.id)
        timestamps.store(db, objects, one, token, url="http://127.0.0.1", now=NOW + timedelta(hours=2))
    found = stamps(db, [capture.digest, "0" * 64])
    assert found == {capture.digest: Stamped(found[capture.digest].token_sha256, "演示机构", NOW)}
    assert objects.read(found[capture.digest].token_sha256) == b"token 0"
