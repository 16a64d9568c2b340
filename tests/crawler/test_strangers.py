"""A page must not make us ask machines inside somebody's network."""

from __future__ import annotations

import asyncio

import pytest
from scrapy.exceptions import IgnoreRequest

from crawler import strangers
from crawler.strangers import Strangers, place_of


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("8.8.8.8", "public"),
        ("2001:4860:4860::8888", "public"),
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "inside"),
        ("10.0.0.1", "inside"),
        ("172.16.5.4", "inside"),
        ("192.168.1.1", "inside"),
        ("100.64.0.1", "inside"),
        ("fd00::1", "inside"),
        ("0.0.0.0", "inside"),
        ("224.0.0.1", "inside"),
        ("255.255.255.255", "inside"),
        ("169.254.169.254", "link-local"),
        ("fe80::1%eth0", "link-local"),
    ],
)
def test_places(address, place):
    assert place_of(address) == place


@pytest.mark.parametrize(
    ("own", "host", "allowed"),
    [
        ("8.8.8.8", "1.1.1.1", True),
        ("8.8.8.8", "10.0.0.1", False),
        ("8.8.8.8", "127.0.0.1", False),
        ("8.8.8.8", "169.254.169.254", False),
        ("192.168.1.5", "192.168.1.6", True),
        ("192.168.1.5", "127.0.0.1", False),
        ("192.168.1.5", "8.8.8.8", True),
        ("127.0.0.1", "127.0.0.2", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("bbs.example.org", "inner.example.org", False),
        ("bbs.example.org", "cdn.example.org", True),
    ],
)
def test_where_the_site_is_others_may_be(monkeypatch, own, host, allowed):
    names = {"bbs.example.org": "8.8.8.8", "cdn.example.org": "1.1.1.1", "inner.example.org": "10.0.0.7"}

    async def resolve(name):
        return names[name]

    monkeypatch.setattr(strangers, "_resolve", resolve)
    looking = Strangers([own])
    if allowed:
        asyncio.run(looking.refuse_inside(host))
        return
    with pytest.raises(IgnoreRequest, match="private address"):
        asyncio.run(looking.refuse_inside(host))


def test_a_name_is_looked_up_once(monkeypatch):
    asked = []

    async def resolve(name):
        asked.append(name)
        return "8.8.8.8"

    monkeypatch.setattr(strangers, "_resolve", resolve)
    looking = Strangers(["bbs.example.org"])

    async def twice():
        await looking.refuse_inside("cdn.example.org")
        await looking.refuse_inside("cdn.example.org")

    asyncio.run(twice())
    assert asked == ["bbs.example.org", "cdn.example.org"]
