"""WARC files: any reader gets back what the server sent; every damage shows."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

import crawler.items
from pipelines.drafts import kept
from storage.evidence import warc
from storage.evidence.records import Exchange
from storage.exceptions import EvidenceError
from tests import wire
from tests.crawler.fetching import fetch

NOW = datetime(2026, 11, 22, 4, 45, 54, 123456, tzinfo=UTC)
FACTS = {
    "software": "网盾 wangdun 1", "operator": "某县\n林业局", "notice": "网络监测线索，供核查",
    "robots": {"policy": "obey"}, "environment": {"hostname": "h"}, "user_agent": "Wangdun/1",
}  # fmt: skip


def exchange(**given):
    made = Exchange(
        url="http://127.0.0.1/a?b=1", method="GET", request_headers=(("Host", "127.0.0.1"),), status=200, reason="OK",
        response_headers=(("Content-Type", "text/html"),), body=b"<p>", asked_at=NOW, answered_at=NOW, ip="127.0.0.1",
    )  # fmt: skip
    return replace(made, **given)


def records(content):
    """(type, WARC headers, HTTP head and payload as bytes) of each record."""
    for record in ArchiveIterator(BytesIO(content), no_record_parse=True):
        yield record.rec_type, dict(record.rec_headers.headers), record.raw_stream.read()


@pytest.fixture(scope="module")
def crawled():
    """Path → what the crawler remembered of a server whose every byte is known."""
    with wire.serve(wire.ANSWERS) as server:
        found = fetch(server.url, [server.url + path for path in wire.ANSWERS])
        return server.url, {url.removeprefix(server.url): [kept(one) for one in hops] for url, hops in found.items()}


@pytest.mark.parametrize("path", list(wire.BODIES))
def test_what_the_server_sent_is_read_back(crawled, path):
    url, hops = crawled
    made = warc.build(hops[path], FACTS)
    assert warc.read_page(made, url + path) == wire.BODIES[path]
    assert warc.check(made) == []


def test_heads_are_in_it_byte_for_byte(crawled):
    _, hops = crawled
    blocks = {kind: block for kind, _, block in records(warc.build(hops["/odd"], FACTS))}
    assert blocks["response"] == wire.ANSWERS["/odd"].replace(b"X-Empty:\r\n", b"X-Empty: \r\n")
    assert blocks["request"].startswith(b"GET /odd HTTP/1.1\r\n")
    assert b"User-Agent: Wangdun/1 (+demo@example.org)\r\n" in blocks["request"]
    both = {kind: block for kind, _, block in records(warc.build(hops["/both"], FACTS))}["response"]
    assert b"\r\nX-Archive-Orig-transfer-encoding: chunked\r\nContent-Encoding: gzip\r\n" in both
    assert b"\r\ntransfer-encoding" not in both


def test_redirects_lead_to_the_page(crawled):
    url, hops = crawled
    made = warc.build(hops["/moved"], FACTS)
    kinds = [kind for kind, _, _ in records(made)]
    assert kinds == ["warcinfo", "response", "request", "response", "request", "metadata"]
    assert warc.read_page(made, f"{url}/plain") == wire.PAGE
    with pytest.raises(EvidenceError, match="没有这个网址"):
        warc.read_page(made, f"{url}/moved")


def test_the_other_reader_agrees(crawled, tmp_path):
    """`warcio check`, as a case handler would run it, on one file with every oddity."""
    _, hops = crawled
    path = tmp_path / "page.warc.gz"
    path.write_bytes(warc.build([hop for found in hops.values() for hop in found], FACTS))
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    answers = sum(len(found) for found in hops.values())
    assert done.stdout.count("digest pass") == 2 + 2 * answers
    assert "failed" not in done.stdout
    assert "not checked" not in done.stdout


def test_records_say_where_and_when():
    tls = exchange(url="https://a/", tls="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", certificate_sha256="ab" * 32)
    made = warc.build([tls], FACTS)
    by_kind = {kind: (headers, block) for kind, headers, block in records(made)}
    headers, _ = by_kind["response"]
    assert headers["WARC-Date"] == "2026-11-22T04:45:54.123456Z"
    assert headers["WARC-IP-Address"] == "127.0.0.1"
    assert headers["WARC-Concurrent-To"] == by_kind["request"][0]["WARC-Record-ID"]
    assert by_kind["request"][0]["WARC-Concurrent-To"] == headers["WARC-Record-ID"]
    assert headers["WARC-Warcinfo-ID"] == by_kind["warcinfo"][0]["WARC-Record-ID"]
    assert headers["WARC-Cipher-Suite"] == "TLS_AES_256_GCM_SHA384"
    assert b"WARC-Protocol: http/1.1\r\nWARC-Protocol: tls/1.3\r\n" in gzip.decompress(made)
    assert all(one["WARC-Block-Digest"].startswith("sha256:") for one, _ in by_kind.values())
    info = by_kind["warcinfo"][1].decode()
    assert "software: 网盾 wangdun 1\r\n" in info
    assert "operator: 某县 林业局\r\n" in info, "a line break in a name must not make a new field"
    assert "robots: obey\r\n" in info


def test_metadata_is_kept_whole():
    lost = exchange(
        status=0, failure="超时未答复", response_headers=(), body=b"", note="此前一次请求未成功：超时未答复"
    )
    made = warc.build([exchange(), lost], FACTS | {"clock": {"synchronised": False}, "odd": "\ud800"})
    assert [kind for kind, _, _ in records(made)] == ["warcinfo", "response", "request", "request", "metadata"]
    told = json.loads(warc.read_metadata(made))
    assert told["clock"] == {"synchronised": False}
    assert [one["failure"] for one in told["exchanges"]] == ["", "超时未答复"]
    assert told["exchanges"][1]["note"] == "此前一次请求未成功：超时未答复"
    assert told["exchanges"][0]["asked_at"] == "2026-11-22T04:45:54.123456Z"


def test_the_same_input_gives_the_same_bytes():
    assert warc.build([exchange()], FACTS) == warc.build([exchange()], FACTS)
    assert warc.build([exchange()], FACTS) != warc.build([exchange(body=b"<q>")], FACTS)


def test_twice_the_same_exchange_has_different_names():
    ids = [headers["WARC-Record-ID"] for _, headers, _ in records(warc.build([exchange(), exchange()], FACTS))]
    assert len(set(ids)) == len(ids)


def test_a_protocol_that_readers_do_not_know_is_told_and_still_read():
    made = warc.build([exchange(protocol="HTTP/0.9")], FACTS)
    assert warc.read_page(made, "http://127.0.0.1/a?b=1") == b"<p>"
    assert warc.check(made) == []
    assert json.loads(warc.read_metadata(made))["exchanges"][0]["protocol"] == "HTTP/0.9"


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_every_flipped_byte_shows(data):
    plain = gzip.decompress(warc.build([exchange(body=b"<p>" * 50)], FACTS))
    block = plain.index(b"<p>")
    place = data.draw(st.integers(block, block + 149))
    changed = plain[:place] + bytes([plain[place] ^ data.draw(st.integers(1, 255))]) + plain[place + 1 :]
    assert warc.check(plain) == []
    assert warc.check(changed) != []


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_file_that_was_cut_off_shows(share):
    made = warc.build([exchange()], FACTS)
    assert warc.check(made[: int(len(made) * share)]) != []


def test_a_file_cut_off_between_records_shows():
    made = warc.build([exchange()], FACTS)
    found = ArchiveIterator(BytesIO(made))
    ends = [found.get_record_offset() for _ in found]
    assert warc.check(made[: ends[-1]]) == ["WARC 文件不完整：缺少最后的说明记录"]


@pytest.mark.parametrize("content", [b"", b"no warc", b"WARC/1.1\r\n\r\n", gzip.compress(b"x", mtime=0)])
def test_what_is_no_warc_says_so(content):
    assert warc.check(content) != []
    with pytest.raises(EvidenceError):
        warc.read_page(content, "http://a/")
    with pytest.raises(EvidenceError):
        warc.read_metadata(content)


@settings(deadline=None, max_examples=40)
@given(
    st.binary(max_size=300),
    st.lists(st.tuples(st.from_regex(r"[A-Za-z-]{1,12}", fullmatch=True), st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20)), max_size=5),
)  # fmt: skip
def test_whatever_a_server_sends_is_read_back(body, headers):
    honest = tuple(pair for pair in headers if pair[0].lower() not in {"content-encoding", "transfer-encoding"})
    made = warc.build([exchange(body=body, response_headers=honest)], FACTS)
    assert warc.read_page(made, "http://127.0.0.1/a?b=1") == body
    assert warc.check(made) == []


def test_crawler_and_storage_mean_the_same():
    named = [[(one.name, one.default) for one in fields(kind)] for kind in (Exchange, crawler.items.Exchange)]
    assert named[0] == named[1]
