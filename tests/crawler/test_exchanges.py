"""What went over the wire is remembered byte for byte: compared with a server that knows what it sent and got."""

from __future__ import annotations

import gzip

import pytest

from tests import wire
from tests.crawler.fetching import fetch
from tests.site.fixture import serve


@pytest.fixture(scope="module")
def server():
    with wire.serve(wire.ANSWERS) as running:
        yield running


@pytest.fixture(scope="module")
def fetched(server):
    found = fetch(server.url, [server.url + path for path in wire.ANSWERS])
    return {url.removeprefix(server.url): hops for url, hops in found.items()}


def lines(head):
    """(name, value) pairs of a head as it was on the wire."""
    rows = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return tuple((name, value.strip()) for name, _, value in (row.partition(":") for row in rows))


@pytest.mark.parametrize("path", ["/plain", "/gzip", "/chunked", "/both", "/odd", "/old", "/410", "/empty", "/big"])
def test_heads_are_as_they_were_sent_and_got(server, fetched, path):
    (hop,) = fetched[path]
    assert hop.response_headers == lines(wire.ANSWERS[path])
    first = f"{hop.protocol} {hop.status} {hop.reason}".encode("latin-1")
    assert first == wire.ANSWERS[path].split(b"\r\n")[0]
    assert hop.request_headers == lines(server.head_of(path))
    assert ("User-Agent", "Wangdun/1 (+demo@example.org)") in hop.request_headers
    assert (hop.url, hop.method, hop.ip) == (server.url + path, "GET", "127.0.0.1")
    assert hop.asked_at <= hop.answered_at
    assert hop.asked_at.utcoffset().total_seconds() == 0
    assert (hop.certificate_sha256, hop.tls, hop.failure, hop.note) == (None, None, "", "")


def test_bodies_keep_their_content_coding_and_lose_the_chunks(fetched):
    for path, page in wire.BODIES.items():
        (hop,) = fetched[path]
        coded = gzip.decompress(hop.body) if path in {"/gzip", "/both"} else hop.body
        assert coded == page, path
        assert (hop.body[:2] == b"\x1f\x8b") == (path in {"/gzip", "/both"})


def test_oddities_of_heads(fetched):
    assert [name for name, _ in fetched["/odd"][0].response_headers][:4] == [
        "sERVER",
        "Set-Cookie",
        "X-Empty",
        "set-cookie",
    ]
    assert "this is no header" not in str(fetched["/no-colon"][0].response_headers)
    assert ("X-Long", "one two") in fetched["/folded"][0].response_headers
    assert [name for name, _ in fetched["/interim"][0].response_headers] == ["X-Final", "Content-Length"]


def test_redirects_are_all_there_in_order(server, fetched):
    first, second = fetched["/moved"]
    assert (first.url, first.status, first.body) == (server.url + "/moved", 301, b"gone there")
    assert (second.url, second.status, second.body) == (server.url + "/plain", 200, wire.PAGE)


def test_refreshes_retries_and_failures():
    with serve() as site:
        site.control(reset=True)
        paths = ("/meta-refresh", "/flaky", "/500", "/truncated", "/reset", "/redirect-chain")
        found = fetch(site.url, [site.url + path for path in paths])
    hops = {path: found[site.url + path] for path in paths}
    assert [hop.url.removeprefix(site.url) for hop in hops["/meta-refresh"]] == ["/meta-refresh", "/ok"]
    assert len(hops["/redirect-chain"]) > 3
    (broken,) = hops["/500"]
    assert (broken.status, broken.note) == (500, "此前一次请求未成功：状态码 500")
    assert broken.body, "an error's own page is remembered"
    for path, why in {"/truncated": "网页传输不完整", "/reset": "连接失败（对方中断了连接）"}.items():
        (lost,) = hops[path]
        assert (lost.status, lost.failure, lost.body, lost.response_headers) == (0, why, b"", ())
        assert lost.note == f"此前一次请求未成功：{why}"
        assert dict(lost.request_headers)["User-Agent"] == "Wangdun/1 (+demo@example.org)"


def test_the_certificate_is_remembered(tmp_path):
    fingerprint = wire.make_certificate(tmp_path / "server.pem")
    with wire.serve(wire.ANSWERS, tmp_path / "server.pem") as server:
        found = fetch(server.url, [f"{server.url}/plain", f"{server.url}/empty"])
    for hops in found.values():
        (hop,) = hops
        assert hop.certificate_sha256 == fingerprint
        assert hop.tls == "TLSv1.3"
        assert "TLS_" in hop.cipher
