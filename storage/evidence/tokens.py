"""Tokens: RFC 3161 time stamps asked for, read and verified. Bytes in, facts out; no network, no database.

What is kept is the bare token (a CMS SignedData), which ``openssl ts -verify -token_in`` reads.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from storage.exceptions import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rfc3161_client import TimeStampRequest, TimeStampResponse

GRANTED = bytes.fromhex("3003020100")  # PKIStatusInfo: status granted (0), RFC 3161, 2.4.2
LONGEST = 1 << 20  # bytes: a token with its certificates has some 5,000
REFUSALS = {2: "拒绝盖戳", 3: "尚未盖戳（等待）", 4: "证书即将吊销", 5: "证书已吊销"}
REASONS = (
    ("Nonce mismatch", "不是对这次请求的答复（随机数不符）"),
    ("Mismatch between messages", "盖的不是这个文件（摘要不符）"),
    ("certificate has expired", "时间戳机构的证书已过期"),
    ("certificate verify error", "时间戳机构的证书不能由所配置的根证书验证"),
    ("EKU", "签名证书不是时间戳证书"),
    ("digest failure", "签名不符（内容被改动）"),
    ("signature failure", "签名不符（内容被改动）"),
)
"""Part of the library's words → Chinese."""


class TimestampError(EvidenceError):
    """There is no time stamp: the authority did not answer, refused, or its answer does not hold.

    Raised here and by whoever asks the authority; nothing is stored.
    """


@dataclass(frozen=True, slots=True)
class Token:
    """A time stamp that holds."""

    content: bytes
    authority: str
    """Name in the certificate that signed it."""
    at: datetime
    """As the authority says, UTC."""


class Authority:
    """The certificates that a time stamp must come down from."""

    def __init__(self, ca: Path | None) -> None:
        """Read the root certificates (PEM; intermediate ones may be in it, too). Raises TimestampError."""
        if ca is None:
            raise TimestampError("没有配置时间戳机构的根证书（storage.evidence.timestamp_ca），时间戳无法核验")
        try:
            found = x509.load_pem_x509_certificates(ca.read_bytes())
        except OSError as error:
            raise TimestampError(f"时间戳机构的根证书读不出：{ca}") from error
        except ValueError as error:
            raise TimestampError(f"时间戳机构的根证书不是 PEM 格式的证书：{ca}") from error
        self.roots = [one for one in found if one.issuer == one.subject] or found
        self.others = [one for one in found if one not in self.roots]

    def accept(self, answer: bytes, request: TimeStampRequest) -> Token:
        """The token of an authority's answer to `request`. Raises TimestampError."""
        response = _decoded(answer)
        if response.status not in {0, 1}:
            reason = REFUSALS.get(response.status, f"状态 {response.status}")
            said = "；".join(response.status_string)[:200]
            raise TimestampError(f"时间戳机构{reason}{f'（{said}）' if said else ''}")
        return self._verified(response.time_stamp_token(), request.message_imprint.message, request.nonce)

    def check(self, token: bytes, digest: str) -> Token:
        """The facts of a kept token for the file with this SHA-256. Raises TimestampError."""
        return self._verified(token, bytes.fromhex(digest), None)

    def _verified(self, token: bytes, digest: bytes, nonce: int | None) -> Token:
        # not the answer as it came: what is verified now and what is kept are the same bytes
        response = _decoded(_response_of(token))
        builder = VerifierBuilder(roots=list(self.roots), intermediates=list(self.others), nonce=nonce)
        try:
            builder.build().verify(response, digest)
        except VerificationError as error:
            raise TimestampError(f"时间戳无效：{_reason(str(error))}") from error
        except (ValueError, TypeError, x509.ExtensionNotFound) as error:  # certificates nested in it are broken
            raise TimestampError("时间戳无效：内容损坏") from error
        return Token(token, _signer(response), response.tst_info.gen_time.astimezone(UTC))


def request_for(content: bytes, digest: str | None = None) -> TimeStampRequest:
    """What is sent to an authority for a file: its SHA-256 and a fresh random number, nothing of the content.

    Raises:
        TimestampError: the content is not that of the file with this SHA-256.
    """
    if digest is not None and sha256(content).hexdigest() != digest:
        raise TimestampError(f"证据文件已损坏，没有加时间戳：{digest}")
    builder = TimestampRequestBuilder(content, HashAlgorithm.SHA256)
    return builder.build()


def _response_of(token: bytes) -> bytes:
    """A granted answer (TimeStampResp) around a bare token, for a library that reads nothing else."""
    return b"\x30" + _length(len(GRANTED) + len(token)) + GRANTED + token


def _length(number: int) -> bytes:
    """A length in DER."""
    if number < 0x80:
        return bytes([number])
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def _decoded(answer: bytes) -> TimeStampResponse:
    if len(answer) > LONGEST:
        raise TimestampError("时间戳机构的答复过长")
    try:
        response = decode_timestamp_response(answer)
        if response.status in {0, 1}:
            _ = response.tst_info.gen_time, response.tst_info.message_imprint.message
    except (ValueError, TypeError) as error:
        raise TimestampError("时间戳机构的答复不是时间戳（RFC 3161）") from error
    return response


def _reason(said: str) -> str:
    return next((words for part, words in REASONS if part in said), said[:200])


def _signer(response: TimeStampResponse) -> str:
    """The name in the certificate that signed; empty where the answer holds none."""
    signers = {(one.issuer, one.serial_number) for one in response.signed_data.signer_infos}
    for one in _certificates(response):
        if (one.issuer, one.serial_number) in signers:
            names = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return str(names[0].value)[:200] if names else one.subject.rfc4514_string()[:200]
    return ""


def _certificates(response: TimeStampResponse) -> Iterator[x509.Certificate]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd serial numbers in certificates that others made
        for one in response.signed_data.certificates:
            yield x509.load_der_x509_certificate(one)
