"""Each failure path fails in its own way."""

from __future__ import annotations

import gzip
import socket
from http.client import HTTPConnection, IncompleteRead
from urllib.parse import urlsplit

import pytest
from lxml import html

from tests.site import pages
from tests.site.fixture import serve


def ask(site, path, headers=None):
    """(status, headers, body) without following redirects."""
    connection = HTTPConnection(urlsplit(site.url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "code"),
    [("/ok", 200), ("/500", 500), ("/503", 503), ("/403", 403), ("/no-such", 404), ("/gone", 410), ("/unknown", 404)],
)
def test_status(site, path, code):
    assert ask(site, path)[0] == code


def test_flaky_recovers_per_id(site):
    assert [ask(site, "/flaky?id=a&fails=2")[0] for _ in range(3)] == [500, 500, 200]
    assert ask(site, "/flaky?id=b&fails=1")[0] == 500


def test_too_many_requests_once(site):
    status, headers, _ = ask(site, "/429")
    assert (status, headers["Retry-After"]) == (429, "1")
    assert ask(site, "/429")[0] == 200


def test_redirects(site):
    assert ask(site, "/loop")[1]["Location"] == "/loop"
    assert ask(site, "/redirect-chain?n=2")[1]["Location"] == "/redirect-chain?n=1"
    assert ask(site, "/redirect-chain?n=1")[1]["Location"] == "/ok"
    assert ask(site, "/missing-home")[1]["Location"] == "/"


@pytest.mark.parametrize("path", ["/truncated", "/drip?n=3&s=0"])
def test_less_is_sent_than_was_announced(site, path):
    with pytest.raises(IncompleteRead) as caught:
        ask(site, path)
    assert caught.value.partial


@pytest.mark.parametrize("path", ["/reset", "/reset-midway"])
def test_the_connection_is_reset(site, path):
    with pytest.raises(ConnectionResetError):
        ask(site, path)


def test_slow_answers_late(site):
    connection = HTTPConnection(urlsplit(site.url).netloc, timeout=0.1)
    connection.request("GET", "/slow?s=0.5")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert ask(site, "/slow?s=0.01")[0] == 200


def test_big_pages(site):
    _, headers, body = ask(site, "/big?mb=2")
    assert "Content-Length" not in headers
    assert len(body) > 2 << 20
    _, headers, body = ask(site, "/bomb?mb=3")
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 10_000
    assert len(gzip.decompress(body)) == 3 << 20


@pytest.mark.parametrize(
    ("path", "declared", "true"),
    [
        ("/gbk-utf8-header", "text/html; charset=utf-8", "gbk"),
        ("/utf8-gbk-meta", "text/html", "utf-8"),
        ("/gb2312-gbk", "text/html; charset=gb2312", "gbk"),
        ("/nocharset", "text/html", "utf-8"),
    ],
)
def test_charsets_that_lie(site, path, declared, true):
    _, headers, body = ask(site, path)
    assert headers["Content-Type"] == declared
    assert pages.TITLE in body.decode(true)


def test_charset_details(site):
    with pytest.raises(UnicodeDecodeError):
        ask(site, "/gb2312-gbk")[2].decode("gb2312")
    with pytest.raises(UnicodeDecodeError):
        ask(site, "/gbk-broken")[2].decode("gbk")
    assert pages.TRADITIONAL in ask(site, "/big5")[2].decode("big5")


def test_traps_never_end(site):
    page = html.fromstring(ask(site, "/calendar?y=2026&m=12")[2])
    assert page.xpath("//a[@class='next']/@href") == ["/calendar?y=2027&m=1"]
    links = [html.fromstring(ask(site, "/session-trap")[2]).xpath("//a[@class='title']/@href") for _ in range(2)]
    assert len(links[0]) == 20
    assert not set(links[0]) & set(links[1])


@pytest.mark.parametrize(
    ("path", "words"),
    [("/login-wall", "您需要登录"), ("/captcha", "安全验证"), ("/soft404", "主题不存在"), ("/meta-refresh", "url=/ok")],
)
def test_refusals_answer_200(site, path, words):
    status, _, body = ask(site, path)
    assert status == 200
    assert words in body.decode()


def test_what_is_not_html(site):
    assert ask(site, "/empty")[2] == b""
    assert ask(site, "/pdf")[1]["Content-Type"] == "application/pdf"
    assert ask(site, "/binary")[1]["Content-Type"] == "application/octet-stream"
    assert ask(site, "/picture.png")[2].startswith(b"\x89PNG")


def test_hostile_text(site):
    assert ask(site, "/broken-html")[2].count(b"<div>") > 1600
    assert b"\0" in ask(site, "/nul")[2]
    body = ask(site, "/surrogate")[2]
    assert b"\xed\xa0\x80" in body
    assert b"&#xD800;" in body


def test_a_list_of_failures(site):
    page = html.fromstring(ask(site, "/list?to=/500&to=/truncated&next=/ok")[2])
    assert page.xpath("//div[@class='row']/a/@href") == ["/500", "/truncated"]
    assert page.xpath("//a[@class='next']/@href") == ["/ok"]


def test_base_href_moves_relative_links(site):
    page = html.document_fromstring(ask(site, "/base-href")[2], base_url=site.url)
    page.make_links_absolute(site.url + page.xpath("//base/@href")[0])
    assert page.xpath("//a[@class='title']/@href") == [site.url + "/session-trap/item?id=1"]


def test_nothing_listens_after_the_end():
    with serve() as site:
        port = urlsplit(site.url).port
        assert ask(site, "/ok")[0] == 200
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
