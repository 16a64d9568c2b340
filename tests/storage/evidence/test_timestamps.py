"""Time stamps from a real authority: openssl's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from storage.evidence import captures, custody, extracts, sealing, timestamps, tokens
from storage.evidence.records import FileDraft
from storage.evidence.sweeping import sweep
from storage.evidence.timestamps import Unstamped
from storage.evidence.tokens import Authority, TimestampError
from tests.storage.evidence import authority as authorities
from tests.storage.evidence.making import ACTOR, draft, overwrite, tamper
from tests.storage.making import NOW, rows

CONTENT = b"what was seen"
DIGEST = sha256(CONTENT).hexdigest()
URL = "http://tsa.example/"


@pytest.fixture(scope="session")
def tsa(tmp_path_factory) -> authorities.Authority:
    made = authorities.Authority(authorities.find_openssl(), tmp_path_factory.mktemp("authority"))
    made.make()
    return made


@pytest.fixture
def sealed(db, objects, site_id):
    """Two captures, the first with a WARC."""
    warc = FileDraft("page.warc.gz", "warc", "application/gzip", b"not really a WARC")
    return [
        sealing.seal(db, objects, one, actor=ACTOR, now=NOW + timedelta(seconds=number))
        for number, one in enumerate((draft(site_id, "1", warc), draft(site_id, "2")))
    ]


def stamp(tsa, content=CONTENT, signer="signer"):
    request = tokens.request_for(content)
    return Authority(tsa.ca).accept(tsa.answer(request.as_bytes(), signer), request)


def test_a_stamp_that_openssl_verifies_too(tsa, tmp_path):
    token = stamp(tsa)
    assert token.authority == "演示时间戳机构"
    assert abs(token.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert Authority(tsa.ca).check(token.content, DIGEST) == token
    (tmp_path / "token").write_bytes(token.content)
    (tmp_path / "data").write_bytes(CONTENT)
    (tmp_path / "other").write_bytes(b"something else")
    assert tsa.verify(tmp_path / "token", tmp_path / "data")
    assert not tsa.verify(tmp_path / "token", tmp_path / "other")
    assert not tsa.verify(tmp_path / "token", tmp_path / "data", "other.pem")


def test_only_the_hash_leaves_the_house(tsa):
    request = tokens.request_for(CONTENT, DIGEST).as_bytes()
    assert bytes.fromhex(DIGEST) in request
    assert CONTENT not in request
    assert tokens.request_for(CONTENT).as_bytes() != request  # a new random number each time
    with pytest.raises(TimestampError, match="证据文件已损坏"):
        tokens.request_for(b"altered", DIGEST)


@pytest.mark.parametrize("answer", [b"", b"<html>no</html>", b"\x30\x00", b"\x30\x80" * 5000, b"x" * (2 << 20)])
def test_garbage_is_no_stamp(tsa, answer):
    with pytest.raises(TimestampError, match=r"不是时间戳|过长"):
        Authority(tsa.ca).accept(answer, tokens.request_for(CONTENT))


def test_an_answer_for_another_request_is_none(tsa):
    old, new = tokens.request_for(CONTENT), tokens.request_for(CONTENT)
    with pytest.raises(TimestampError, match="随机数不符"):
        Authority(tsa.ca).accept(tsa.answer(old.as_bytes()), new)
    with pytest.raises(TimestampError, match="摘要不符"):
        Authority(tsa.ca).check(stamp(tsa).content, sha256(b"another").hexdigest())


def test_a_refusal_is_told(tsa):
    request = tokens.request_for(CONTENT)
    query = request.as_bytes().replace(bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040203"))
    with pytest.raises(TimestampError, match="拒绝盖戳"):
        Authority(tsa.ca).accept(tsa.answer(query), request)


@pytest.mark.parametrize(
    ("signer", "reason"), [("expired", "证书已过期"), ("web", "不是时间戳证书|不能由所配置的根证书验证")]
)
def test_certificates_that_may_not_sign(tsa, signer, reason):
    if signer == "web":  # openssl itself refuses to sign with it: only a forger would
        with pytest.raises(AssertionError):
            stamp(tsa, signer=signer)
        return
    with pytest.raises(TimestampError, match=reason):
        stamp(tsa, signer=signer)


def test_another_authority_is_not_trusted(tsa):
    with pytest.raises(TimestampError, match="不能由所配置的根证书验证"):
        Authority(tsa.folder / "other.pem").check(stamp(tsa).content, DIGEST)


def test_every_altered_byte_of_a_token_is_found(tsa):
    token = stamp(tsa).content
    trusted = Authority(tsa.ca)
    good = trusted.check(token, DIGEST)
    for place in range(0, len(token), 37):
        altered = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        try:
            found = trusted.check(altered, DIGEST)
        except TimestampError:
            continue
        assert (found.at, found.authority) == (good.at, good.authority)  # bytes beside what is signed say nothing


def test_without_a_root_certificate_there_is_no_trust(tmp_path):
    for path, reason in ((None, "没有配置"), (tmp_path / "no.pem", "读不出"), (__file__, "不是 PEM")):
        with pytest.raises(TimestampError, match=reason):
            Authority(path if path is None else tmp_path / path)


def test_what_lacks_a_stamp_newest_first(db, objects, sealed, tsa):
    first, second = sealed
    warc = first.files[-1].sha256
    assert [(one.sha256, one.capture_id) for one in timestamps.unstamped(db, 10)] == [
        (second.digest, second.id),
        (first.digest, first.id),
        (warc, first.id),
    ]
    assert len(timestamps.unstamped(db, 2)) == 2
    token = stamp(tsa, objects.read(first.digest))
    timestamps.store(db, objects, Unstamped(first.digest, first.id), token, url=URL, now=NOW)
    assert [one.sha256 for one in timestamps.unstamped(db, 10)] == [second.digest, warc]
    tamper(db, "UPDATE captures SET removed_at = sealed_at")
    assert timestamps.unstamped(db, 10) == []


def test_a_stored_stamp_is_a_file_a_row_and_a_link(db, objects, sealed, tsa):
    first, _ = sealed
    token = stamp(tsa, objects.read(first.digest))
    timestamps.store(db, objects, Unstamped(first.digest, first.id), token, url=URL, now=NOW)
    (row,) = rows(db, "timestamps", "sha256", "token_sha256", "authority", "at", "stored_at")
    kept = sha256(token.content).hexdigest()
    assert row == (first.digest, kept, "演示时间戳机构", token.at, NOW)
    assert objects.read(kept) == token.content
    link = custody.head(db)
    assert (link.action, link.capture_id, link.detail["token"], link.detail["url"]) == ("stamped", first.id, kept, URL)
    assert extracts.stamps(db, [first.digest])[first.digest].token_sha256 == kept
    sweep(db, objects, NOW, whole=True)
    assert objects.has(kept)
    assert timestamps.check(db, objects, tsa.ca) == []
    assert captures.get(db, first.id) == first


def test_the_head_is_stamped_once_a_day(db, objects, sealed, tsa):
    now = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)  # 23:59 in China
    head = timestamps.head_to_stamp(db, objects.folder, now)
    assert custody.head(db).hash in head.decode()
    timestamps.store_head(db, objects, head, stamp(tsa, head), url=URL, now=now)
    assert timestamps.head_to_stamp(db, objects.folder, now) is None
    assert timestamps.head_to_stamp(db, objects.folder, now + timedelta(minutes=2)) is not None
    assert objects.read(sha256(head).hexdigest()) == head
    sweep(db, objects, now, whole=True)
    assert objects.has(sha256(head).hexdigest())
    assert timestamps.check(db, objects, tsa.ca) == []


def test_without_a_chain_there_is_no_head(db, objects):
    assert timestamps.head_to_stamp(db, objects.folder, NOW) is None


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE timestamps SET at = '2020-01-01 00:00:00.000000'", "数据库所记的时间与时间戳不符"),
        ("UPDATE timestamps SET authority = 'x'", "数据库所记的机构与时间戳不符"),
        ("UPDATE timestamps SET sha256 = 'x'", "所盖文件的哈希被改动"),
        ("UPDATE timestamps SET sha256 = '{other}'", "摘要不符"),
        ("UPDATE timestamps SET token_sha256 = '{other}'", "不见了"),
    ],
)
def test_altered_rows_are_found(db, objects, sealed, tsa, statement, reason):  # noqa: PLR0917 -- fixtures
    first, _ = sealed
    timestamps.store(
        db, objects, Unstamped(first.digest, first.id), stamp(tsa, objects.read(first.digest)), url=URL, now=NOW
    )
    tamper(db, statement.format(other="0" * 64))
    (fault,) = timestamps.check(db, objects, tsa.ca)
    assert fault.kind == "timestamp"
    assert reason in fault.what


def test_altered_and_removed_tokens_are_found(db, objects, sealed, tsa):
    first, _ = sealed
    token = stamp(tsa, objects.read(first.digest))
    timestamps.store(db, objects, Unstamped(first.digest, first.id), token, url=URL, now=NOW)
    kept = sha256(token.content).hexdigest()
    middle = len(token.content) - 40  # within the signature
    path = overwrite(
        objects, kept, token.content[:middle] + bytes([token.content[middle] ^ 1]) + token.content[middle + 1 :]
    )
    (fault,) = timestamps.check(db, objects, tsa.ca)
    assert "时间戳无效" in fault.what
    path.unlink()
    (fault,) = timestamps.check(db, objects, tsa.ca)
    assert "不见了" in fault.what
    (fault,) = timestamps.check(db, objects, None)
    assert "没有配置" in fault.what


def test_no_stamps_no_faults(db, objects):
    assert timestamps.check(db, objects, None) == []
