"""Other systems hear of referrals, packages appear in a folder, returned workbooks in another are taken in."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from storage.database import Database
from storage.evidence import custody
from storage.referral import deliveries, feedback, pickups, queries
from storage.referral.feedback_records import Wanted
from storage.review import accounts
from tests.console.referring import CONFIG, confirmed
from tests.console.serving import SETUP, START
from tests.referrals.feedback_import import filling as forms
from tests.wangdun.running import PATIENCE, wangdun
from tests.wangdun.test_delivering import receiving
from wangdun import exchange
from wangdun.children import Children
from wangdun.config import load
from wangdun.deliver_child import NAME, DeliverChild
from wangdun.exchange import Exchange, the_one
from wangdun.folder_watch import STEADY
from wangdun.refer_wishes import Wish
from wangdun.referring import Referring

FOLDERS = "  folder: {out: out, in: in}\n"


def settle(folder: Path) -> None:
    """An installation with a referral that was sent."""
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    config = load(folder / "config.yaml")
    config.storage.data_dir.mkdir()
    db = Database.open(config.storage)
    people = {}
    for name, role in (("demo_li", "handler"), ("demo_zhao", "approver")):
        draft = accounts.Draft(name, "hash", (role,), f"{name}先生", must_change=False)
        people[name] = accounts.create(db, draft, SETUP, START)
    li, zhao = people["demo_li"].actor(), people["demo_zhao"].actor()
    leads = confirmed(db, folder, people["demo_li"].id, 2)
    office = Referring(config, db)
    made = office.draft(Wish(tuple(leads)), li, START)
    office.approve(made.id, zhao, START)
    office.send(made.id, li, START)
    db.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("settled")
    settle(folder)
    return folder


class World:
    """A copy of it, with folders for sending and receiving."""

    def __init__(self, template: Path, folder: Path, more: str = FOLDERS) -> None:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        self.folder = folder
        self.path = folder / "config.yaml"
        self.path.write_text(CONFIG + more, encoding="utf-8")
        for name in ("in", "out"):
            (folder / name).mkdir()
        self.config = load(self.path)
        self.db = Database.open(self.config.storage)
        self.now = START
        self.referral = queries.one(self.db, 1)
        self.exchange = Exchange(self.config, self.db, clock=lambda: self.now)
        self.moment = 0.0

    def inbox(self) -> list[tuple[str, str, str]]:
        """Look twice, as long apart as a file must lie still."""
        self.exchange.inbox.look(self.now, self.moment)
        self.moment += STEADY
        return [(one.name, one.outcome, one.said) for one in self.exchange.inbox.look(self.now, self.moment)]

    def returned(self, **answers: str) -> bytes:
        """The receipt as the department filled it in."""
        package = next((self.folder / "out").glob("*.zip"))
        with zipfile.ZipFile(package) as files:
            name = next(one for one in files.namelist() if one.endswith("回执.xlsx"))
            book = load_workbook(BytesIO(files.read(name)))
        for row in book["回执"].iter_rows():
            for cell in row:
                if cell.value in answers:
                    book["回执"].cell(cell.row, cell.column + 1).value = answers[cell.value]
        return forms.saved(book)


@pytest.fixture
def world(template, tmp_path):
    made = World(template, tmp_path)
    yield made
    made.db.close()


def test_a_sent_referral_appears_in_the_folder_once_and_as_approved(world):
    done = world.exchange.round()
    assert done.delivered.sent == 1
    manifest, package = sorted((world.folder / "out").iterdir())
    told = json.loads(manifest.read_text(encoding="utf-8"))
    assert told["referral"]["number"] == world.referral.number == "示林移〔2026〕1号"
    assert told["sha256"] == sha256(package.read_bytes()).hexdigest()
    approved = {one.name: one.sha256 for one in queries.get(world.db, world.referral.id).files}
    with zipfile.ZipFile(package) as files:
        inside = {Path(name).name: sha256(files.read(name)).hexdigest() for name in files.namelist()}
    assert set(approved.items()) <= set(inside.items())
    assert "电子证据包.zip" in inside
    assert not [name for name in inside if "草稿" in name]
    link = custody.newest(world.db, 1)[0]
    assert (link.action, link.actor) == ("exported", "收发程序")
    assert world.exchange.round().delivered.sent == 0


def test_a_folder_that_is_not_there_is_told_and_tried_again(world):
    (world.folder / "out").rmdir()
    assert world.exchange.round().delivered.waiting == 1
    (one,) = deliveries.of_referral(world.db, world.referral.id)
    assert "没有这个文件夹" in one.last_error
    (world.folder / "out").mkdir()
    world.now += timedelta(minutes=1)
    assert world.exchange.round().delivered.sent == 1


def test_a_returned_receipt_is_taken_in_once(world):
    world.exchange.round()
    content = world.returned(收到日期="2026-11-02", 收件人="周警官", 回执编号="回〔2026〕3号", 处理结果="接收办理")
    for name in ("回执.xlsx", "回执 (2).xlsx"):
        (world.folder / "in" / name).write_bytes(content)
    assert [(name, outcome) for name, outcome, _ in world.inbox()] == [
        ("回执 (2).xlsx", "read"),
        ("回执.xlsx", "known"),
    ]
    case = queries.get(world.db, world.referral.id)
    assert case.referral.status == "accepted"
    assert (case.steps[-1].actor, case.steps[-1].person) == ("收发程序", "周警官")
    assert pickups.recent(world.db)[0].referral_id == world.referral.id


def test_a_filled_form_of_feedback_counts(world):
    row = {**forms.ONE, "线索编号": "1", "日期": "2026-10-30"}
    (world.folder / "in" / "反馈.xlsx").write_bytes(forms.filled((row,), (forms.OWL,)))
    assert [outcome for _, outcome, _ in world.inbox()] == ["read"]
    (found,) = feedback.find(world.db, Wanted())
    assert (found.title, found.people, found.seizures[0].name) == ("张某非法出售猫头鹰案", 2, "猫头鹰")


REFUSED = {
    "no workbook": (b"PK\x03\x04 nonsense", "不是 Excel"),
    "text": ("回执".encode(), "不是 Excel"),
    "another workbook": (None, "回执"),
    "mistakes": (forms.filled(({**forms.ONE, "单位": "", "日期": "昨天"},), ()), "日期"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_changes_nothing_and_says_why(world, name):
    content, said = REFUSED[name]
    if content is None:
        from openpyxl import Workbook

        content = forms.saved(Workbook())
    (world.folder / "in" / "坏.xlsx").write_bytes(content)
    ((_, outcome, why),) = world.inbox()
    assert outcome == "refused"
    assert said in why
    (reason,) = (world.folder / "in" / "refused").glob("*.txt")
    assert why in reason.read_text(encoding="utf-8-sig")
    assert queries.one(world.db, world.referral.id).step_id == world.referral.step_id
    assert feedback.find(world.db, Wanted()) == []


def test_a_receipt_that_nobody_filled_in_is_refused(world):
    world.exchange.round()
    (world.folder / "in" / "空回执.xlsx").write_bytes(world.returned())
    ((_, outcome, said),) = world.inbox()
    assert outcome == "refused"
    assert "填" in said


def test_the_command_sends_receives_and_tells(template, tmp_path):
    with receiving() as receiver:
        hooks = f"  webhooks:\n    - {{name: police, url: '{receiver.url}/in', secret_env: DEMO_SECRET}}\n"
        world = World(template, tmp_path, FOLDERS + hooks)
        try:
            with world.db.write() as connection:  # what was done at a fixed moment is news now
                connection.exec_driver_sql(
                    f"UPDATE deliveries SET created_at = '{datetime.now(UTC).isoformat(sep=' ')}'"
                )
            (tmp_path / "in" / "坏.xlsx").write_bytes(b"no")
            done = wangdun("deliver", "--json", cwd=tmp_path, DEMO_SECRET="demo-secret")
            told = json.loads(done.stdout)
            assert done.returncode == 1, done.stderr.decode()  # a file was refused
            assert (told["sent"], told["failed"], told["undelivered"]) == (4, 0, [])
            assert [one["outcome"] for one in told["picked_up"]] == ["refused"]
            again = wangdun("deliver", cwd=tmp_path, DEMO_SECRET="demo-secret")
            assert (again.returncode, again.stdout) == (0, b"")
        finally:
            world.db.close()
    assert [headers["wangdun-event"] for headers, _ in receiver.heard] == [
        "referral.draft", "referral.approve", "referral.send"
    ]  # fmt: skip
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_without_settings_there_is_nothing_to_do(tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    done = wangdun("deliver", cwd=tmp_path)
    assert done.returncode == 2
    assert "referrals.webhooks" in done.stderr.decode()


def test_the_scheduler_starts_one_when_there_is_something_to_do(world):
    children, started = Children(), []

    def noted(path: Path) -> list[str]:
        started.append(path)
        return [
            sys.executable,
            "-c",
            "import sys; sys.exit(2 if len(sys.argv) > 1 else 0)",
            *["x"] * (len(started) - 1),
        ]

    child = DeliverChild(children, noted)
    for count in (1, 2):
        child._not_before = 0
        child.tend(world.config, world.db)
        assert (started, NAME in children) == ([world.path] * count, True)
        child._process.wait(PATIENCE)
        child.tend(world.config, world.db)
        assert NAME not in children
    child.tend(world.config, world.db)
    assert len(started) == 2  # the second could not work: not again at once
    child._not_before = 0
    with the_one(world.config):
        child.tend(world.config, world.db)
    assert len(started) == 2  # somebody else is at it
    child._not_before = 0
    world.exchange.round()
    child.tend(world.config, world.db)
    assert len(started) == 2  # all is done
    (world.folder / "in" / "x.xlsx").write_bytes(b"no")
    child._not_before = 0
    child.tend(world.config, world.db)
    assert len(started) == 3
    child._process.wait(PATIENCE)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"\xff" * 1000])
def test_forged_workbooks_have_no_sheets(content):
    with pytest.raises(exchange.Refused):
        exchange.sheets_of(content)


def test_check_tells_what_would_keep_messages_from_arriving(tmp_path):
    hook = "  webhooks:\n    - {name: police, url: 'https://127.0.0.1/', secret_env: DEMO_UNSET, events: [referral.sent]}\n"
    (tmp_path / "config.yaml").write_text(CONFIG + FOLDERS + hook, encoding="utf-8")
    said = exchange.hints(load(tmp_path / "config.yaml"))
    assert len(said) == 4
    for part, text in zip(("没有名为 'referral.sent'", "DEMO_UNSET", "folder.out", "folder.in"), said, strict=True):
        assert part in text


def test_what_came_of_a_referral_is_told(world):
    from datetime import date

    from storage.referral.feedback_records import NewFeedback

    given = NewFeedback("东镇", "张某案", date(2026, 10, 20), referral_id=world.referral.id)
    feedback.add(world.db, given, SETUP, world.now)
    feedback.add(world.db, replace(given, referral_id=None, title="李某案"), SETUP, world.now)
    deliveries.spread(world.db, [deliveries.Target("all")], world.now)
    told = [one.payload for one in deliveries.take(world.db, world.now) if one.event == "feedback.add"]
    assert [one["detail"] for one in told] == [{"feedback": 1}]
    assert told[0]["referral"]["number"] == world.referral.number
