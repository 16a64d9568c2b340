"""Referrals from the command line: from confirmed leads to a case that is closed, and what is refused on the way."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import text, update

from storage.config import StorageConfig
from storage.database import Database
from storage.evidence import custody
from storage.evidence.objects import Objects
from storage.evidence.sweeping import sweep
from storage.models import Lead
from storage.referral import campaigns, queries
from storage.referral.campaign_records import Plan
from storage.referral.models import Base
from storage.referral.words import STATUSES as WORDS
from storage.review import accounts, audit, decisions
from storage.review.audit import Actor
from storage.review.records import Decision
from storage.review.second import ALONE
from storage.review.wording import ZONE
from tests.wangdun import archive
from tests.warmed import wangdun
from wangdun.commands.refer_list import STATUSES
from wangdun.config import load
from wangdun.refer_wishes import Wish
from wangdun.referring import Referring

OFFICE = "referrals:\n  office: {name: 某县林业局, short: 某林移}\n"
PEOPLE = {"hanna": ("handler", "reviewer"), "arno": ("approver",), "mona": ("monitor",)}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Three leads, two of them confirmed; three people."""
    folder = tmp_path_factory.mktemp("template")
    archive.fill(folder / "data")
    db = Database.open(StorageConfig(data_dir=folder / "data"))
    system, now = Actor(None, "测试"), datetime.now(UTC) - timedelta(days=30)
    for name, roles in PEOPLE.items():
        accounts.create(db, accounts.Draft(name, "hash", roles, f"{name}同志", must_change=False), system, now)
    hanna = accounts.by_name(db, "hanna").actor()
    for number in (1, 2):
        decisions.decide(db, Decision(number, hanna, "confirm"), now, policy=ALONE)
    db.close()
    return folder


class House:
    def __init__(self, folder):
        self.folder = folder
        self.db = Database.open(StorageConfig(data_dir=folder / "data"))

    def ask(self, *args, code=0):
        done = wangdun("refer", *map(str, args), cwd=self.folder)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == code, said
        return said

    def told(self, *args):
        return json.loads(wangdun("refer", *map(str, args), "--json", cwd=self.folder).stdout)

    def rows(self):
        with self.db.read() as connection:
            return {table.name: connection.execute(table.select()).all() for table in Base.metadata.sorted_tables}


@pytest.fixture
def house(template, tmp_path):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    (tmp_path / "config.yaml").write_text(f"storage: {{data_dir: data}}\n{OFFICE}", encoding="utf-8")
    made = House(tmp_path)
    yield made
    made.db.close()


DRAFT = (
    "draft",
    1,
    "--to",
    "forestry",
    "--template",
    "lead",
    "--without-evidence",
    "网页已删除",
    "--because",
    "试点",
    "--by",
    "hanna",
)


def sent(house):
    house.ask(*DRAFT)
    house.ask("approve", 1, "--by", "arno")
    return house.ask("send", 1, "--by", "hanna", "--reference", "EMS0001")


def test_a_lead_goes_all_the_way(house):
    said = house.ask(*DRAFT)
    assert "某林移〔" in said
    assert "主办" in said
    number = house.told("list")[0]["number"]
    said = house.ask("approve", number, "--by", "arno")
    assert f"已审核通过：{number}" in said
    said = house.ask("send", number, "--by", "hanna", "--reference", "EMS0001")
    assert "期限：回执" in said
    said = house.ask("receipt", 1, "--kind", "签收", "--person", "王某", "--reference", "收字3号", "--by", "hanna")
    assert "现为“已签收”" in said
    for kind, said, status in (
        (("接收",), "", "accepted"),
        (("file", "--reference", "立字1号"), "立案须写明立案文号（--reference）", "filed"),
        (("办结", "--result", "罚款"), "办结须写明办理结果（--result）", "closed"),
    ):
        if said:
            assert said in house.ask("receipt", 1, "--kind", kind[0], "--by", "hanna", code=2)
        assert house.told("receipt", 1, "--kind", *kind, "--by", "hanna")["status"] == status
    facts = house.told("show", 1)
    assert [step["kind"] for step in facts["steps"]] == [
        "draft",
        "approve",
        "send",
        "receive",
        "accept",
        "file",
        "close",
    ]
    assert [step["actor"] for step in facts["steps"][:2]] == ["hanna同志", "arno同志"]
    shown = house.ask("show", number)
    for piece in (number, "EMS0001", "收字3号", "已办结", "案件线索移送函.pdf"):
        assert piece in shown
    with house.db.read() as connection:
        assert connection.scalar(text("SELECT status FROM leads WHERE id = 1")) == "referred"


def test_papers_are_kept_as_evidence_and_a_sweep_leaves_them(house):
    house.ask(*DRAFT)
    house.ask("approve", 1, "--by", "arno")
    files = queries.get(house.db, 1).files
    assert {one.name for one in files} >= {"案件线索移送函.docx", "案件线索移送函.pdf", "线索清单.xlsx", "回执.xlsx"}
    objects = Objects.of(StorageConfig(data_dir=house.folder / "data"))
    assert sweep(house.db, objects, datetime.now(UTC), whole=True).removed == []
    for one in files:
        assert sha256(objects.read(one.sha256)).hexdigest() == one.sha256
    assert wangdun("evidence", "verify", cwd=house.folder).returncode == 0


def test_an_export_holds_what_was_approved_and_is_on_record(house):
    sent(house)
    facts = house.told("export", 1, "-o", "移送材料", "--by", "hanna")[0]
    folder = house.folder / facts["path"]
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "案件线索移送函.docx",
        "案件线索移送函.pdf",
        "线索清单.xlsx",
        "回执.xlsx",
        "电子证据包.zip",
        "校验值.txt",
    }
    assert facts["approved"]
    kept = {one.name: one.sha256 for one in queries.get(house.db, 1).files}
    sums = dict(reversed(line.split("  ")) for line in (folder / "校验值.txt").read_text("utf-8").splitlines())
    for name, digest in kept.items():
        assert sums[name] == digest == sha256((folder / name).read_bytes()).hexdigest()
    head = custody.head(house.db)
    assert (head.action, head.actor, head.detail["referral"]) == ("exported", "hanna同志", facts["number"])
    assert audit.recent(house.db, limit=1)[0].action == "referral.export"
    assert "已存在" in house.ask("export", 1, "-o", "移送材料", "--by", "hanna", code=2)
    house.ask("export", 1, "-o", "移送.zip", "--by", "hanna")
    with zipfile.ZipFile(house.folder / "移送.zip") as packed:
        assert {name.rpartition("/")[2] for name in packed.namelist()} == names
        assert packed.testzip() is None
    assert not [path for path in house.folder.iterdir() if path.name.startswith(".")]


def test_what_was_not_approved_is_called_a_draft(house):
    house.ask(*DRAFT)
    said = house.ask("export", 1, "-o", "out", "--by", "hanna")
    assert "草稿，不得发出" in said
    (folder,) = (house.folder / "out").iterdir()
    assert (folder / "（草稿）案件线索移送函.docx").exists()
    assert not (folder / "案件线索移送函.docx").exists()


def test_an_altered_paper_is_not_exported(house):
    sent(house)
    one = queries.get(house.db, 1).files[0]
    path = Objects.of(StorageConfig(data_dir=house.folder / "data")).path(one.sha256)
    path.chmod(0o600)
    path.write_bytes(b"x")
    before = house.rows()
    assert "与审核时的哈希不符" in house.ask("export", 1, "-o", "out", "--by", "hanna", code=1)
    assert list((house.folder / "out").iterdir()) == []
    assert house.rows() == before


def test_a_returned_workbook_is_read_once_and_kept(house):
    sent(house)
    case = queries.get(house.db, 1)
    kept = next(one for one in case.files if one.name == "回执.xlsx")
    content = Objects.of(StorageConfig(data_dir=house.folder / "data")).read(kept.sha256)
    (house.folder / "空白.xlsx").write_bytes(content)
    assert "什么都没有填" in house.ask("receipt", "--file", "空白.xlsx", "--by", "hanna", code=1)
    (house.folder / "回执.xlsx").write_bytes(filled(content, 收件人="王某", 处理结果="已立案", 立案文号="立字1号"))
    said = house.ask("receipt", "--file", "回执.xlsx", "--by", "hanna")
    assert "现为“已立案”" in said
    case = queries.get(house.db, 1)
    assert (case.steps[-1].person, case.steps[-1].reference) == ("王某", "立字1号")
    returned = [one for one in case.files if one.kind == "receipt"]
    assert [one.name for one in returned] == ["回执.xlsx"]
    assert "已经读过" in house.ask("receipt", "--file", "回执.xlsx", "--by", "hanna", code=2)
    (house.folder / "坏.xlsx").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    before = house.rows()
    house.ask("receipt", "--file", "坏.xlsx", "--by", "hanna", code=1)
    assert house.rows() == before


def test_a_workbook_returned_again_tells_of_each_lead(house):
    sent(house)
    kept = next(one for one in queries.get(house.db, 1).files if one.name == "回执.xlsx")
    content = Objects.of(StorageConfig(data_dir=house.folder / "data")).read(kept.sha256)
    (house.folder / "1.xlsx").write_bytes(filled(content, 处理结果="接收办理"))
    house.ask("receipt", "--file", "1.xlsx", "--by", "hanna")
    for name, answers in (("2.xlsx", {}), ("3.xlsx", {"处理结果": "接收办理"})):
        result = "不予立案" if answers else "已立案"
        (house.folder / name).write_bytes(filled(content, {"E3": result, "F3": "立字7号"}, **answers))
        assert "现为“已接收”" in house.ask("receipt", "--file", name, "--by", "hanna")
        (answer,) = house.told("show", 1)["lead_answers"]
        assert (answer["lead_id"], answer["kind"]) == (1, "not_file" if answers else "file")
    assert [step.kind for step in queries.get(house.db, 1).steps[-3:]] == ["accept", "note", "note"]
    shown = house.ask("show", 1)
    assert "各线索的处理结果" in shown
    assert "立字7号" in shown


def filled(content: bytes, leads: dict[str, str] | None = None, **answers: str) -> bytes:
    """The workbook with an answer beside each of these words, and in these cells of the second sheet."""
    book = load_workbook(BytesIO(content))
    for place, answer in (leads or {}).items():
        book["线索结果"][place] = answer
    sheet = book["回执"]
    for name, answer in sheet.iter_rows(max_col=2):
        if name.value in answers:
            answer.value = answers[name.value]
    made = BytesIO()
    book.save(made)
    return made.getvalue()


REFUSED = {
    "no leads": (("draft", "--by", "hanna"), "三者选一", 2),
    "no such lead": (("draft", 99, "--by", "hanna"), "没有编号为 99 的线索", 1),
    "not confirmed": ((*DRAFT[:1], 3, *DRAFT[2:]), "3（待研判）", 1),
    "no evidence": (("draft", 1, "--to", "forestry", "--template", "lead", "--because", "x", "--by", "hanna"), "线索 1 没有固定的证据", 2),
    "department": (("draft", 1, "--to", "forestri", "--by", "hanna"), "是不是 forestry？", 2),
    "department in Chinese": (("draft", 1, "--to", "国安局", "--by", "hanna"), "没有名为 '国安局' 的部门；可用：forestry 林业局、", 2),
    "named in Chinese": (("draft", 1, "--to", "海关", "--without-evidence", "x", "--by", "hanna"), "--because", 2),
    "letter": (("draft", 1, "--template", "leed", "--by", "hanna"), "是不是 lead？", 2),
    "letter for others": (("draft", 1, "--to", "forestry", "--template", "crime", "--by", "hanna"), "public_security", 2),
    "no reason": (("draft", 1, "--to", "customs", "--without-evidence", "x", "--by", "hanna"), "--because", 2),
    "field": (("draft", 1, "--field", "办理要求", "--by", "hanna"), "字段=内容", 2),
    "unknown field": ((*DRAFT, "--field", "办理耍求=x"), "办理要求", 2),
    "nobody": (("draft", 1), "--by", 2),
    "account": (("draft", 1, "--by", "hana"), "是不是 hanna？", 2),
    "role": ((*DRAFT[:-1], "mona"), "没有移送办案员", 1),
    "seller": (("draft", "--seller", 99, "--by", "hanna"), "没有编号为 99 的卖家", 1),
    "absent": (("show", 99), "没有编号为 99 的移送", 1),
    "absent number": (("show", "某林移〔2026〕9号"), "没有文号为", 1),
    "both": (("receipt", "1", "--file", "x.xlsx", "--by", "hanna"), "二者选一", 2),
    "no file": (("receipt", "--file", "x.xlsx", "--by", "hanna"), "x.xlsx", 2),
}  # fmt: skip


def test_what_cannot_be_done_names_the_culprit_and_changes_nothing(house):
    before = house.rows()
    for name, (args, said, code) in REFUSED.items():
        assert said in house.ask(*args, code=code), name
    assert house.rows() == before


def test_steps_that_cannot_be_are_refused(house):
    house.ask(*DRAFT)
    assert "写明理由（--again 理由）" in house.ask(*DRAFT, code=1)
    assert "没有复核员角色" in house.ask("approve", 1, "--by", "hanna", code=1)
    assert "不能送出" in house.ask("send", 1, "--by", "hanna", code=1)
    house.ask("approve", 1, "--by", "arno")
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%d")
    assert "还没有到" in house.ask("send", 1, "--on", tomorrow, "--by", "hanna", code=1)
    assert "日期无法识别" in house.ask("send", 1, "--on", "昨天", "--by", "hanna", code=2)
    assert "请查看后再办理" in house.ask("send", 1, "--seen", 1, "--by", "hanna", code=1)
    assert "没有 '签数' 这种结果，是不是 签收？" in house.ask("receipt", 1, "--kind", "签数", "--by", "hanna", code=2)


def test_refused_changed_approved_again(house):
    house.ask(*DRAFT)
    assert "已退回" in house.ask("refuse", 1, "-m", "标题不妥", "--by", "arno")
    said = house.ask("change", 1, "--title", "关于移送线索的函", "--field", "办理要求=尽快", "--by", "hanna")
    assert "已修改" in said
    facts = house.told("show", 1)
    assert (facts["title"], facts["lead_ids"], facts["status"]) == ("关于移送线索的函", [1], "draft")
    assert facts["fields"] == {"无证据说明": "网页已删除", "办理要求": "尽快"}
    assert (facts["department"], facts["template"], facts["routing"]["override"]) == ("forestry", "lead", "试点")
    facts = house.told("change", 1, 2, "--masked", "--by", "hanna")
    assert (facts["lead_ids"], facts["masked"], facts["department"]) == ([2], True, "forestry")
    assert facts["title"] != "关于移送线索的函"
    facts = house.told("change", 1, 1, "--by", "hanna")
    house.ask("approve", 1, "--by", "arno")
    assert "已撤销最近一步" in house.ask("undo", 1, "--by", "hanna")
    assert "已撤回" in house.ask("withdraw", 1, "-m", "不移送了", "--by", "hanna")
    assert house.told("list", "--status", "withdrawn")[0]["id"] == 1
    assert house.told("draft", 1, *DRAFT[2:])["id"] == 2


def test_a_sellers_leads_become_one_referral(house):
    with house.db.write() as connection:
        seller = connection.scalar(text("SELECT seller_id FROM leads WHERE id = 2"))
        connection.execute(update(Lead).where(Lead.id == 1).values(seller_id=seller))
    house.ask("draft", "--of-seller", 1, *DRAFT[2:])
    made = house.told("show", 1)
    assert (made["lead_ids"], made["seller_id"]) == ([1, 2], seller)
    assert [one["id"] for one in house.told("list", "--seller", seller)] == [1]


def test_late_referrals_are_listed_and_reminded(house):
    service = Referring(load(house.folder / "config.yaml"), house.db)
    hanna, arno = (accounts.by_name(house.db, name).actor() for name in ("hanna", "arno"))
    then = datetime.now(UTC) - timedelta(days=20)
    wish = Wish((1,), "forestry", "lead", fields={"无证据说明": "网页已删除"}, override="试点")
    made = service.draft(wish, hanna, then)
    service.approve(made.id, arno, then)
    service.send(made.id, hanna, then)
    (late,) = house.told("overdue")
    assert (late["id"], late["late"], late["reminders"]) == (1, True, 0)
    assert "已登记催办" in house.ask("remind", 1, "--person", "李某", "--note", "电话", "--by", "hanna")
    (late,) = house.told("remind")
    assert (late["late"], late["reminders"]) == (True, 1)
    assert "逾期 1" in house.ask("list")
    assert "1 次" in house.ask("overdue")


def test_a_draft_belongs_to_the_campaign_that_runs(house):
    today = datetime.now(ZONE).date()
    plan = Plan("网盾行动", today - timedelta(days=1), today + timedelta(days=1))
    made = campaigns.create(house.db, plan, Actor(None, "测试"), datetime.now(UTC))
    assert "专项行动：网盾行动" in house.ask(*DRAFT)
    assert queries.one(house.db, 1).campaign_id == made.id
    assert house.told("change", 1, "--no-campaign", "--by", "hanna")["campaign_id"] is None
    house.ask("withdraw", 1, "-m", "重拟", "--by", "hanna")
    assert "专项行动：未归入" in house.ask(*DRAFT, "--no-campaign")
    assert "只能写一个" in house.ask(*DRAFT, "--no-campaign", "--campaign", made.id, code=2)


def test_a_lead_shows_the_departments_that_its_referral_would(house):
    house.ask(*DRAFT)
    routing = house.told("show", 1)["routing"]
    shown = json.loads(wangdun("leads", "show", "1", "--json", cwd=house.folder).stdout)
    assert shown["departments"] == [routing["lead"], *routing["support"]]


def test_the_statuses_that_may_be_typed_are_those_there_are():
    assert set(STATUSES) == set(WORDS)


def test_without_a_name_of_the_office_nothing_is_drafted(house):
    (house.folder / "config.yaml").write_text("storage: {data_dir: data}\n", encoding="utf-8")
    assert "referrals.office.name" in house.ask(*DRAFT, code=2)
    assert queries.find(house.db) == []
