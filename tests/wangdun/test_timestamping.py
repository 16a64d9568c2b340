from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest

from storage import sites
from storage.config import EvidenceConfig
from storage.evidence import sealing, timestamps
from storage.evidence.objects import Objects
from storage.evidence.tokens import Authority, TimestampError, request_for
from tests import databases
from tests.storage.evidence import authority as authorities
from tests.storage.evidence.making import draft
from tests.storage.making import NOW, rows
from wangdun import timestamping
from wangdun.timestamping import Round, Stamper, stamp_new


def clock() -> datetime:
    return datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def tsa(tmp_path_factory) -> authorities.Authority:
    made = authorities.Authority(authorities.find_openssl(), tmp_path_factory.mktemp("authority"))
    made.make()
    return made


@pytest.fixture
def service(tsa):
    with authorities.serve(tsa) as running:
        yield running


@pytest.fixture
def store(tmp_path):
    """A database and an evidence folder with three captures."""
    db = databases.fresh(tmp_path / "wangdun.sqlite")
    objects = Objects(tmp_path / "evidence", EvidenceConfig(keep_free_mb=16))
    site_id = sites.register(db, "demo", "discuz", [], NOW)
    for number in range(3):
        one = draft(site_id, str(number))
        sealing.seal(db, objects, one, actor="采集程序", now=NOW + timedelta(seconds=number))
    yield db, objects
    db.close()


def configured(tsa, service) -> EvidenceConfig:
    return EvidenceConfig(timestamp_url=service.url, timestamp_ca=tsa.ca, keep_free_mb=16)


def test_all_that_is_new_and_the_head_once(tsa, service, store):
    db, objects = store
    config = configured(tsa, service)
    assert stamp_new(config, db, objects, clock=clock) == Round(stamped=3, head=True)
    assert stamp_new(config, db, objects, clock=clock) == Round()
    assert len(service.queries) == 4
    assert timestamps.check(db, objects, tsa.ca) == []


def test_where_none_is_configured_nothing_is_asked(store):
    assert stamp_new(EvidenceConfig(), *store, clock=clock) == Round()


def test_a_wrong_answer_is_told_and_stored_nowhere(tsa, service, store):
    db, objects = store
    service.signer = "expired"
    made = stamp_new(configured(tsa, service), db, objects, clock=clock)
    assert made == Round(problem="时间戳无效：时间戳机构的证书已过期")
    service.body = b"<html>welcome</html>"
    made = stamp_new(configured(tsa, service), db, objects, clock=clock)
    assert made.problem == "时间戳机构的答复不是时间戳（RFC 3161）"
    assert rows(db, "timestamps") == []
    assert {path.name for path in objects.tmp.iterdir()} == set()


def test_without_a_root_certificate_nothing_is_asked(service, store):
    made = stamp_new(EvidenceConfig(timestamp_url=service.url), *store, clock=clock)
    assert "没有配置时间戳机构的根证书" in made.problem
    assert service.queries == []


def test_a_damaged_file_is_not_stamped(tsa, service, store):
    db, objects = store
    path = objects.path(timestamps.unstamped(db, 1)[0].sha256)
    path.chmod(0o644)
    path.write_bytes(b"altered")
    made = stamp_new(configured(tsa, service), db, objects, clock=clock)
    assert made.problem.startswith("证据文件已损坏")
    assert (made.stamped, made.head) == (2, True)


@pytest.mark.parametrize(("status", "headers"), [(500, {}), (302, {"Location": "http://127.0.0.1:8009/"}), (404, {})])
def test_other_answers_are_failures_and_redirects_not_followed(tsa, service, status, headers):
    service.status, service.headers = status, headers
    with pytest.raises(TimestampError, match=f"答复 {status}"):
        Stamper(service.url, Authority(tsa.ca)).ask(request_for(b"x"))


def test_nobody_there(tsa):
    with pytest.raises(TimestampError, match="连不上时间戳服务"):
        Stamper("http://127.0.0.1:8009/tsa", Authority(tsa.ca)).ask(request_for(b"x"))


def test_an_answer_byte_by_byte_does_not_hold_us(tsa, monkeypatch):
    monkeypatch.setattr(timestamping, "PATIENCE", 0.6)
    ended = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/timestamp-reply\r\n\r\n")
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=[listener])
        thread.start()
        try:
            with pytest.raises(TimestampError, match="过长或过慢"):
                Stamper(f"http://127.0.0.1:{listener.getsockname()[1]}/", Authority(tsa.ca)).ask(request_for(b"x"))
        finally:
            ended.set()
            thread.join()
