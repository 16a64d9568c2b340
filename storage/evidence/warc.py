"""WARC 1.1 (ISO 28500): exchanges in the form in which archives everywhere keep web pages.

One gzip member a record: ``warcinfo``, then for each exchange its ``response`` and ``request`` (and what a browser made
of it, a ``conversion``), then one ``metadata`` record (JSON) with everything else that a record of an online extraction lists. The same input gives the same bytes: the
records' ids are made from their content.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.evidence.manifests import canonical, storable
from storage.exceptions import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from storage.evidence.records import Exchange

FORMAT = "WARC/1.1"
SPECIFICATION = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
MEDIA_TYPE = "application/warc"
READABLE = ("HTTP/1.0", "HTTP/1.1")  # what readers of archives know; others are written as 1.1 and told in metadata
HIDDEN = "X-Archive-Orig-"  # before headers that no longer describe the body as it is kept


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """A head that is written byte for byte: warcio would percent-encode what is not ASCII."""

    def __init__(self, first: str, headers: Iterable[tuple[str, str]]) -> None:
        super().__init__(first, [], protocol="")
        lines = [first, *(f"{name}: {value}" for name, value in headers), "", ""]
        self.exact = "\r\n".join(lines).encode("latin-1", "replace")

    def compute_headers_buffer(self, header_filter: Any = None) -> None:  # noqa: ARG002 -- warcio passes it
        """As it came."""
        self.headers_buff = self.exact


def build(exchanges: Sequence[Exchange], metadata: dict[str, Any]) -> bytes:
    """A WARC file of these exchanges, in their order.

    Args:
        exchanges: requests and answers; of one without an answer (status 0) only the request is written.
        metadata: JSON-ready; kept whole in the metadata record. Of it ``software``, ``operator``, ``robots`` and
            ``environment`` are also told in the warcinfo record. ``exchanges`` is added: times, failures, notes.
    """
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=FORMAT)
    begun = min((one.asked_at for one in exchanges), default=None)
    told = canonical(storable(metadata | {"exchanges": [_told(one) for one in exchanges]}))
    info = _info(metadata)
    info_id = _id("warcinfo", info, told)
    _write(writer, "warcinfo", None, info, _dated(info_id, begun), "application/warc-fields")
    last = None
    for place, exchange in enumerate(exchanges):
        written = _write_exchange(writer, exchange, info_id, place)
        last = last if exchange.is_part else written
        if exchange.drawn:
            _write_drawn(writer, exchange, info_id, written)
    link = [("WARC-Warcinfo-ID", info_id), *([("WARC-Refers-To", last)] if last else [])]
    headers = [*_dated(_id("metadata", told), begun), *link]
    own = [one.url for one in exchanges if not one.is_part]
    _write(writer, "metadata", own[-1] if own else None, told, headers, "application/json")
    return out.getvalue()


def read_page(warc: bytes, url: str) -> bytes:
    """The page that `url` answered with, content coding undone, by warcio's own reader.

    Raises:
        EvidenceError: the file is damaged, or holds no answer of that address.
    """
    try:
        for record in _responses(warc, url):
            if not record.http_headers.get_statuscode().startswith("3"):
                content: bytes = record.content_stream().read()
                return content
    except Exception as error:  # warcio stumbles over damage in many ways
        raise EvidenceError("WARC 文件已损坏，读不出网页") from error
    raise EvidenceError(f"WARC 文件中没有这个网址的网页：{url}")


def read_metadata(warc: bytes) -> bytes:
    """The metadata record, JSON. Raises EvidenceError."""
    try:
        for record in ArchiveIterator(BytesIO(warc)):
            if record.rec_type == "metadata":
                content: bytes = record.content_stream().read()
                return content
    except Exception as error:  # warcio stumbles over damage in many ways
        raise EvidenceError("WARC 文件已损坏，读不出说明") from error
    raise EvidenceError("WARC 文件中没有说明记录")


def check(warc: bytes) -> list[str]:
    """What is wrong with one of our files by its own digests, in Chinese; empty when all is right."""
    found, last = [], ""
    try:
        for record in ArchiveIterator(BytesIO(warc), check_digests=True):
            while record.raw_stream.read(1 << 16):  # bytes at a time; as kept: what it decodes to may be broken itself
                pass
            last = record.rec_type
            if record.digest_checker.passed is not True:  # None: its block ends before its digest could be made
                found.append(f"WARC 记录 {record.rec_headers.get_header('WARC-Record-ID')} 的内容与其哈希不符")
    except Exception as error:  # noqa: BLE001 -- warcio stumbles over damage in many ways
        found.append(f"WARC 文件已损坏（{type(error).__name__}）")
    return found if found or last == "metadata" else ["WARC 文件不完整：缺少最后的说明记录"]


def _responses(warc: bytes, url: str) -> Iterator[Any]:
    for record in ArchiveIterator(BytesIO(warc), verify_http=False):
        if record.rec_type == "response" and record.rec_headers.get_header("WARC-Target-URI") == url:
            yield record


def _write_exchange(writer: Any, exchange: Exchange, info_id: str, place: int) -> str:
    """Write answer and request; the id of the record that stands for the page."""
    asked = _Head(_request_line(exchange), exchange.request_headers)
    request_id = _id("request", asked.exact, str(place).encode(), _moment(exchange.asked_at).encode())
    shared = [*_dated(None, exchange.asked_at), ("WARC-Warcinfo-ID", info_id), *_connection(exchange)]
    answered_id = None
    if exchange.status:
        head = _Head(_status_line(exchange), _honest(exchange.response_headers))
        answered_id = _id("response", head.exact, exchange.body, request_id.encode())
        headers = [("WARC-Record-ID", answered_id), *shared, ("WARC-Concurrent-To", request_id)]
        _write(writer, "response", exchange.url, exchange.body, headers, "application/http; msgtype=response", head)
    concurrent = [("WARC-Concurrent-To", answered_id)] if answered_id else []
    headers = [("WARC-Record-ID", request_id), *shared, *concurrent]
    _write(writer, "request", exchange.url, b"", headers, "application/http; msgtype=request", asked)
    return answered_id or request_id


def _write_drawn(writer: Any, exchange: Exchange, info_id: str, source: str) -> None:
    """What a browser made of the answer: "an alternative version of another record's content" (WARC 1.1, 6.7)."""
    name = _id("conversion", exchange.drawn, source.encode())
    headers = [*_dated(name, exchange.answered_at), ("WARC-Warcinfo-ID", info_id), ("WARC-Refers-To", source)]
    _write(writer, "conversion", exchange.url, exchange.drawn, headers, "text/html; charset=utf-8")


def _write(  # noqa: PLR0913, PLR0917 -- the parts of a record
    writer: Any,
    kind: str,
    url: str | None,
    content: bytes,
    headers: list[tuple[str, str]],
    media_type: str,
    head: _Head | None = None,
) -> None:
    block = head.exact + content if head else content
    fields = [("WARC-Type", kind), *headers, *([("WARC-Target-URI", url)] if url else [])]
    fields += [("Content-Type", media_type), ("WARC-Block-Digest", _digest(block))]
    if kind != "warcinfo":
        fields.append(("WARC-Payload-Digest", _digest(content)))
    record = writer.create_warc_record(
        url or "",
        kind,
        payload=BytesIO(content),
        length=len(content),
        warc_content_type=media_type,
        warc_headers=StatusAndHeaders("", fields, protocol=FORMAT),
        http_headers=head,
    )
    writer.write_record(record)


def _request_line(exchange: Exchange) -> str:
    parts = urlsplit(exchange.url)
    return f"{exchange.method} {parts.path or '/'}{f'?{parts.query}' if parts.query else ''} HTTP/1.1"


def _status_line(exchange: Exchange) -> str:
    protocol = exchange.protocol if exchange.protocol in READABLE else READABLE[-1]
    return f"{protocol} {exchange.status} {exchange.reason}".rstrip()


def _honest(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Transfer coding is undone: a reader that believed its header would look for chunks."""
    for name, value in headers:
        yield (HIDDEN + name if name.lower() == "transfer-encoding" else name), value


def _connection(exchange: Exchange) -> Iterator[tuple[str, str]]:
    if exchange.ip:
        yield "WARC-IP-Address", exchange.ip
    if exchange.status:
        yield "WARC-Protocol", exchange.protocol.lower()
    if exchange.tls:
        yield "WARC-Protocol", exchange.tls.lower().replace("tlsv", "tls/")
    if exchange.cipher:
        yield "WARC-Cipher-Suite", exchange.cipher


def _told(exchange: Exchange) -> dict[str, Any]:
    """What the records of an exchange cannot say."""
    return {
        "url": exchange.url,
        "status": exchange.status,
        "asked_at": _moment(exchange.asked_at),
        "answered_at": _moment(exchange.answered_at),
        "ip": exchange.ip,
        "protocol": exchange.protocol,
        "tls": exchange.tls,
        "cipher": exchange.cipher,
        "certificate_sha256": exchange.certificate_sha256,
        "size": len(exchange.body),
        "sha256": hashlib.sha256(exchange.body).hexdigest(),
        "failure": exchange.failure,
        "note": exchange.note,
        **({"part": "网页脚本自己请求的数据"} if exchange.is_part else {}),
        **({"drawn_sha256": hashlib.sha256(exchange.drawn).hexdigest()} if exchange.drawn else {}),
    }


def _info(metadata: dict[str, Any]) -> bytes:
    environment = metadata.get("environment", {})
    lines = {
        "software": metadata.get("software"),
        "format": "WARC File Format 1.1",
        "conformsTo": SPECIFICATION,
        "robots": metadata.get("robots", {}).get("policy"),
        "operator": metadata.get("operator"),
        "hostname": environment.get("hostname"),
        "http-header-user-agent": metadata.get("user_agent"),
        "description": metadata.get("notice"),
    }
    told = [f"{name}: {' '.join(str(value).split())}\r\n" for name, value in lines.items() if value]
    return "".join(told).encode("utf-8", "replace")


def _dated(record_id: str | None, moment: datetime | None) -> list[tuple[str, str]]:
    named = [("WARC-Record-ID", record_id)] if record_id else []
    return [*named, ("WARC-Date", _moment(moment) if moment else "1970-01-01T00:00:00Z")]


def _moment(moment: datetime) -> str:
    from storage.columns import as_utc

    return as_utc(moment).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _id(*parts: bytes | str) -> str:
    """A name made from the content: the first 128 bits of its SHA-256."""
    made = hashlib.sha256()
    for part in parts:
        made.update(hashlib.sha256(part if isinstance(part, bytes) else part.encode()).digest())
    return f"<urn:uuid:{uuid.UUID(bytes=made.digest()[:16], version=5)}>"  # 5: made from a name


def _digest(content: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(content).digest()).decode()
