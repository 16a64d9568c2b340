"""People are told once, by mail, by a signed POST, into a file; what does not arrive is sent again."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from storage import runs
from storage.database import Database
from storage.operation import notices, records
from storage.operation.notices import NewNotice
from storage.records import RunTally
from storage.sites import find
from tests.wangdun import archive
from tests.wangdun.archive import NOW
from tests.wangdun.mail import mail
from tests.wangdun.running import wangdun, write_config
from wangdun import noticing, notifying
from wangdun.config import load
from wangdun.exceptions import Busy
from wangdun.locks import file_lock

SITES = """
- {name: 论坛, start: "http://127.0.0.1:9/a", every: 6h}
- {name: 静, start: "http://127.0.0.1:9/b", every: 1h}
"""
HOUR = timedelta(hours=1)


class Office:
    """An installation and its clock."""

    def __init__(self, folder, notify: str, more: str = "") -> None:
        write_config(folder, SITES, f"wangdun:\n  notify:\n{notify}{more}")
        self.config = load(folder / "config.yaml")
        self.folder = folder
        archive.fill(folder / "data")
        self.db = Database.open(self.config.storage)
        self.now = NOW + 2 * HOUR

    def tell(self, **later) -> notifying.Told:
        self.now += timedelta(**later)
        return notifying.tell(self.config, self.db, lambda: self.now)

    def see(self, event: str) -> list[NewNotice]:
        return [one for one in noticing.see(self.config, self.db, self.now) if one.event == event]

    def run(self, status: str, reason: str = "", name: str = "论坛") -> int:
        site = find(self.db, name)
        how = {"pid": 1, "lexicon_version": "v", "config_hash": "c", "trigger": "schedule"}
        run = runs.start(self.db, site, now=self.now, **how)
        runs.finish(
            self.db,
            run,
            now=self.now,
            status=status,
            reason=reason,
            tally=RunTally(),
            complete_walk=status == "complete",
        )
        return run

    def waiting(self) -> int:
        return notices.standing(self.db)[0]


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def office(tmp_path):
    one = Office(tmp_path, "    - {name: file, file: told.jsonl}\n")
    yield one
    one.db.close()


def test_each_event_is_told_once(office):
    first = office.tell()
    told = lines(office.folder / "told.jsonl")
    assert first.new == len(told) > 0
    assert {one["event"] for one in told} >= {"alert_lead"}
    assert office.tell(hours=1) == notifying.Told()
    assert lines(office.folder / "told.jsonl") == told
    assert (office.folder / "told.jsonl").stat().st_mode & 0o077 == 0


def test_no_message_says_what_a_page_said(office):
    office.tell()
    text = (office.folder / "told.jsonl").read_text(encoding="utf-8")
    assert "13800" not in text
    assert "demo_ivory" not in text
    assert "象牙" not in text


def test_a_failing_site_is_one_event_until_it_has_worked_again(office):
    office.run("complete")
    office.run("failed", "起始页无法读取：连接被拒绝")
    office.run("failed", "起始页无法读取：连接被拒绝")
    (one,) = office.see("run_failed")
    assert one.text == "站点 论坛 采集失败：起始页无法读取：连接被拒绝"
    office.run("complete")
    assert office.see("run_failed") == []
    office.run("failed", "超时")
    (again,) = office.see("run_failed")
    assert again.key != one.key


def test_a_site_that_changed_is_told_apart(office):
    office.run("failed", "90% 的信息没有读到标题，页面结构可能已改变")
    assert [one.text for one in office.see("site_changed")] == [
        "站点 论坛 网页可能已改版：90% 的信息没有读到标题，页面结构可能已改变"
    ]
    assert office.see("run_failed") == []


def test_a_silent_site(office):
    noticing.see(office.config, office.db, office.now)  # both sites are known from now on
    office.run("complete")
    assert office.see("site_silent") == []
    office.now += 25 * HOUR
    assert ["静" in one.text or "论坛" in one.text for one in office.see("site_silent")] == [True, True]
    office.run("complete", name="静")
    assert [one.detail["site"] for one in office.see("site_silent")] == ["论坛"]


def test_a_backup_that_failed(office):
    records.note(office.db, "backup", ok=False, actor="a", detail={"why": "磁盘已满"}, now=office.now)
    assert [one.text for one in office.see("backup_failed")] == ["备份失败：磁盘已满"]
    records.note(office.db, "backup", ok=True, actor="a", detail={}, now=office.now)
    assert office.see("backup_failed") == []


def test_a_low_disk_is_one_event_a_day(office, monkeypatch):
    monkeypatch.setattr(noticing, "DISK_STEPS", (1 << 60, 1))
    (one,) = office.see("disk_low")
    assert "磁盘空间不足" in one.text
    assert [same.key for same in office.see("disk_low")] == [one.key]
    office.now += 24 * HOUR
    (next_day,) = office.see("disk_low")
    assert next_day.key != one.key


def test_alert_leads_are_gathered(office):
    office.tell()
    before = len(lines(office.folder / "told.jsonl"))
    more = [NewNotice(f"alert_lead:{number}", "alert_lead", f"告警线索 {number}") for number in (901, 902)]
    notices.add(office.db, more, {"file": ()}, office.now)
    assert office.tell(minutes=5).sent == 0
    assert office.waiting() == 2
    assert office.tell(minutes=11).sent == 1
    assert [one["text"] for one in lines(office.folder / "told.jsonl")[before:]] == ["告警线索 901", "告警线索 902"]


def test_two_rounds_at_once_would_say_everything_twice(office):
    with file_lock(notifying.lock_file(office.config), "x"), pytest.raises(Busy):
        office.tell()


def test_mail(tmp_path, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "demo-secret")
    with mail() as server:
        target = f"email: [duty@example.org], sender: wangdun@example.org, smtp: '{server.address}', security: none"
        office = Office(tmp_path, f"    - {{name: duty, {target}, user: wd, password_env: MAIL_PASSWORD}}\n")
        office.run("failed", "起始页无法读取\r\nBcc: evil@example.org")
        assert office.tell().sent == 1
        (message,) = server.messages
        assert server.passwords == [["wd", "demo-secret"]]
        assert message["To"] == "duty@example.org"
        assert message["Bcc"] is None
        assert message["Subject"].startswith("网盾：")
        assert "采集失败" in message["Subject"]
        assert "站点 论坛 采集失败：起始页无法读取" in message.get_content()
        server.refusing = True
        office.now += HOUR
        office.run("complete")
        office.run("failed", "又失败")
        assert office.tell().failed == 1
        assert office.tell(seconds=30) == notifying.Told()  # not yet
        server.refusing = False
        assert office.tell(minutes=1).sent == 1
        assert "又失败" in server.messages[-1].get_content()
        office.db.close()


def test_a_receiver_that_never_answers_is_given_up_in_the_end(tmp_path):
    office = Office(
        tmp_path, "    - {name: duty, email: [a@b.c], sender: w@b.c, smtp: '127.0.0.1:1', security: none}\n"
    )
    office.run("failed", "超时")
    tries = 0
    for _ in range(20):
        tries += office.tell(days=1).failed
    office.db.close()
    db = Database.open(office.config.storage)
    assert tries >= len(notices.DELAYS) + 1
    assert notices.standing(db)[2] > 0
    db.close()


def test_a_signed_message(tmp_path, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "demo-secret")
    got = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/in"
            office = Office(
                tmp_path, f"    - {{name: hook, url: '{url}', secret_env: HOOK_SECRET, events: [run_failed]}}\n"
            )
            office.run("failed", "超时")
            assert office.tell().sent == 1
            office.db.close()
        finally:
            server.shutdown()
            thread.join()
    ((headers, body),) = got
    assert [one["event"] for one in json.loads(body)["notices"]] == ["run_failed"]
    moment, signed = (part.partition("=")[2] for part in headers["wangdun-signature"].split(","))
    assert signed == hmac.new(b"demo-secret", f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def test_the_command(tmp_path):
    office = Office(
        tmp_path,
        "    - {name: file, file: told.jsonl}\n    - {name: hook, url: 'http://127.0.0.1:1/', secret_env: NONE}\n",
    )
    office.db.close()
    tried = wangdun("notify", "--test", cwd=tmp_path)
    assert tried.returncode == 1
    assert "file：已送达" in tried.stdout.decode()
    assert "环境变量 NONE 没有设置" in tried.stdout.decode()
    told = wangdun("notify", "--json", cwd=tmp_path)
    assert told.returncode == 1
    assert json.loads(told.stdout)["sent"] == 1


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("{name: a}", "须写且只写一项"),
        ("{name: a, file: x, url: 'http://a/'}", "须写且只写一项"),
        ("{name: a, email: [x@example.org]}", "smtp 和 sender"),
        ('{name: a, email: ["x@example.org\\nBcc: y@example.org"], sender: a@b.c, smtp: h}', "不是电子邮箱"),
        ("{name: a, url: 'ftp://a/', secret_env: S}", "http:// 或 https://"),
        ("{name: a, url: 'http://a/'}", "secret_env"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path, target, said):
    write_config(tmp_path, SITES, f"wangdun:\n  notify:\n    - {target}\n")
    done = wangdun("check", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr.decode()
