"""A bucket that speaks S3, as the evidence store asks of it. The client is loaded when a bucket is first used."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from storage.exceptions import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

KEY, SECRET, TOKEN, REGION = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"
NO_REGION = "us-east-1"  # what servers that know no regions answer to
CONNECT = 10  # s
READ = 60  # s without a byte
TRIES = 4  # of one request, by the client itself, with growing pauses: a server that restarts is back by then
POOL = 16  # connections: threads that seal and verify
MISSING = {"404", "NoSuchKey", "NotFound"}
TAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
UNABLE = {"NotImplemented", "501"}
SENTENCES = {
    "NoSuchBucket": "没有这个存储桶（storage.evidence.store）：{place}",
    "AccessDenied": "没有权限读写存储桶：{place}",
    "403": "没有权限读写存储桶：{place}",
    "InvalidAccessKeyId": f"存储桶不认识这个访问密钥，请检查环境变量 {KEY}：{{place}}",
    "SignatureDoesNotMatch": f"存储桶的访问密钥不对，请检查环境变量 {SECRET}：{{place}}",
    "QuotaExceeded": "存储桶空间不足，证据没有写入：{place}",
    "SlowDown": "存储桶要求放慢，请稍后重试：{place}",
    "BadDigest": "上传中内容出错，证据没有写入，请重试：{place}",
    "XAmzContentChecksumMismatch": "上传中内容出错，证据没有写入，请重试：{place}",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a bucket."""

    key: str
    """Without the prefix of the store."""
    size: int
    age: float
    """Seconds since it was written, by the server's clock."""


class Bucket:
    """The objects below one prefix. Every method raises EvidenceError; safe to share between threads."""

    def __init__(self, store: str, endpoint: str | None) -> None:
        """`store` is ``s3://bucket/prefix``; `endpoint` the server's address, None for Amazon's."""
        self.place = store
        name, _, prefix = store.removeprefix("s3://").partition("/")
        self.name = name
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._endpoint = endpoint

    def head(self, key: str) -> int | None:
        """Bytes of an object; None when there is none."""
        from botocore.exceptions import ClientError  # type: ignore[import-untyped]

        with self._speaking():
            try:
                answer = self._client.head_object(**self._at(key))
            except ClientError as error:
                if _code(error) in MISSING:
                    self._look_for_bucket()
                    return None
                raise
        return int(answer["ContentLength"])

    def put_once(self, key: str, body: bytes | BinaryIO, sha256: str, size: int) -> str | None:
        """Write an object unless there is one; None when there was, else the checksum that the server vouches for."""
        import base64

        from botocore.exceptions import ClientError

        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        facts: dict[str, Any] = {**self._at(key), "Body": body, "ContentLength": size, "ChecksumSHA256": checksum}
        with self._speaking():
            try:
                answer = self._client.put_object(**facts, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) in TAKEN:
                    return None
                if _code(error) not in UNABLE:
                    raise
                if not isinstance(body, bytes):
                    body.seek(0)
                answer = self._client.put_object(**facts)  # names are hashes: a rival writes the same bytes
        return checksum if answer.get("ChecksumSHA256") == checksum else ""

    def put(self, key: str, body: bytes = b"") -> None:
        """Write a small object, whether or not there is one."""
        with self._speaking():
            self._client.put_object(**self._at(key), Body=body)

    def blocks(self, key: str, size: int) -> Iterator[bytes]:
        """An object's content, at most `size` bytes at a time."""
        with self._speaking():
            body = self._client.get_object(**self._at(key))["Body"]
            try:
                while block := body.read(size):
                    yield block
            finally:
                body.close()

    def remove(self, key: str) -> None:
        """Take an object away; nothing happens when there is none."""
        with self._speaking():
            self._client.delete_object(**self._at(key))

    def entries(self, below: str) -> Iterator[Entry]:
        """All objects whose key begins so, in the order of their keys."""
        pages = self._client.get_paginator("list_objects_v2")
        with self._speaking():
            for page in pages.paginate(Bucket=self.name, Prefix=self.prefix + below):
                now = _date(page)
                for one in page.get("Contents", ()):
                    age = max(0.0, (now - one["LastModified"]).total_seconds())
                    yield Entry(one["Key"].removeprefix(self.prefix), one["Size"], age)

    def check(self) -> None:
        """See whether the bucket is there and may be listed."""
        with self._speaking():
            self._client.list_objects_v2(Bucket=self.name, Prefix=self.prefix, MaxKeys=1)

    @property
    def _client(self) -> Any:
        with self._speaking():
            return _client(self._endpoint, *(os.environ.get(name, "") for name in (KEY, SECRET, TOKEN, REGION)))

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.name, "Key": self.prefix + key}

    def _look_for_bucket(self) -> None:
        """An answer without a body does not say whether it is the object that is missing, or its bucket."""
        self._client.head_bucket(Bucket=self.name)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Raise EvidenceError, in Chinese, instead of the client's errors."""
        from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError

        try:
            yield
        except ClientError as error:
            code = _code(error)
            if code in MISSING:
                code = "NoSuchBucket" if error.operation_name in {"HeadBucket", "ListObjectsV2"} else code
            sentence = SENTENCES.get(
                code, "证据文件不存在：{place}" if code in MISSING else "存储桶出错（{code}）：{place}"
            )
            raise EvidenceError(sentence.format(place=self.place, code=code)) from error
        except (HTTPClientError, EndpointConnectionError) as error:
            where = self._endpoint or "Amazon S3"
            raise EvidenceError(f"连不上存储桶的服务器（{type(error).__name__}）：{where}") from error
        except (BotoCoreError, OSError) as error:
            raise EvidenceError(f"读写存储桶时出错（{type(error).__name__}）：{self.place}") from error


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _date(answer: dict[str, Any]) -> datetime:
    """When the server answered, by its own clock."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    said = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(said) if said else datetime.now(UTC)


@cache
def _client(endpoint: str | None, key: str, secret: str, token: str, region: str) -> Any:
    """One client for the process: making one takes 50 ms, using one from several threads is allowed."""
    if not (key and secret):
        raise EvidenceError(f"存储桶的访问密钥没有设置：请设环境变量 {KEY} 和 {SECRET}")
    import boto3  # type: ignore[import-untyped]  # 0.3 s
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(
        connect_timeout=CONNECT,
        read_timeout=READ,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=POOL,
        s3={"addressing_style": "path" if endpoint else "auto"},  # servers of one's own seldom have a name per bucket
    )
    session = boto3.session.Session(
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token or None,
        region_name=region or NO_REGION,
    )
    return session.client("s3", endpoint_url=endpoint, config=config)
