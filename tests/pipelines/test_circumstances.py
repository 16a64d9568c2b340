"""What is told about how a page was read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import Exchange
from pipelines.circumstances import Circumstances

NOW = datetime(2026, 11, 22, 4, 45, 54, 500000, tzinfo=UTC)
HOP = Exchange("http://a/1", "GET", (), 302, "Found", (), b"", NOW, NOW, ip="192.0.2.1")
MADE = Circumstances("1.2", "c" * 64, "l", operator="某局", user_agent="Wangdun/1.2", site={"name": "b"})


def test_everything_is_there_and_can_be_written():
    facts = MADE.facts([HOP])
    assert json.loads(json.dumps(facts)) == facts
    assert facts["software"].startswith("网盾 wangdun 1.2（scrapy 2")
    assert facts["robots"] == {
        "policy": "obey",
        "decision": "allowed",
        "told": "遵守 robots.txt，该网址允许访问",
    }
    assert facts["environment"]["exit_ip"] == "未测定"
    assert facts["environment"]["hostname"]
    assert facts["network"]["ip"] == "192.0.2.1"
    assert (facts["operator"], facts["site"]) == ("某局", {"name": "b"})


def test_a_reason_not_to_obey_is_told():
    robots = replace(MADE, robots_reason="已获同意").facts([HOP])["robots"]
    assert robots == {"policy": "ignore", "decision": "overridden", "reason": "已获同意"}


def test_hops_are_told_in_order():
    hops = [HOP, replace(HOP, url="http://a/2", status=200), replace(HOP, url="http://a/3", status=200)]
    assert MADE.facts(hops)["redirects"] == [
        {"from": "http://a/1", "to": "http://a/2", "how": "HTTP 302"},
        {"from": "http://a/2", "to": "http://a/3", "how": "网页内跳转（meta refresh）"},
    ]


@pytest.mark.parametrize(
    ("said", "offset"),
    [
        ("Sun, 22 Nov 2026 04:45:54 GMT", 0.5),
        ("Sun, 22 Nov 2026 04:45:54 -0000", 0.5),
        ("Sun, 22 Nov 2026 12:45:50 +0800", 4.5),
        ("Sun, 22 Nov 2026 04:46:54 GMT", -59.5),
        ("yesterday", None),
        ("", None),
        ("Sun, 99 Nov 2026 04:45:54 GMT", None),
        ("9" * 5000, None),
    ],
)
def test_the_servers_clock(said, offset):
    clock = MADE.facts([replace(HOP, response_headers=(("dATE", said),))])["clock"]
    assert (clock["server_date"], clock["server_offset"]) == (said, offset)
    assert clock["source"]


def test_without_exchanges_nothing_is_made_up():
    facts = MADE.facts([])
    assert (facts["network"], facts["redirects"]) == ({}, [])
    assert "server_offset" not in facts["clock"]
    assert MADE.facts([replace(HOP, answered_at=NOW + timedelta(1))])["clock"]["server_offset"] is None
