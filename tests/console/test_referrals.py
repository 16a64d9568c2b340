"""Referrals in the console: chosen, drafted, approved by another, sent, answered; what is refused on the way."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import pytest
from docx import Document
from openpyxl import load_workbook

from storage.evidence import custody
from storage.referral import queries
from storage.referral.records import Filter
from storage.review import audit, queue
from tests.console.referring import confirmed, referring


class House:
    """Two people, and confirmed leads of one seller."""

    def __init__(self, served, db, folder) -> None:
        self.served, self.db, self.folder = served, db, folder
        self.li = served.signed_in("demo_li", "handler", "approver")
        self.zhao = served.signed_in("demo_zhao", "approver")
        self.leads = confirmed(db, folder, 1, 3)

    def form(self, query: str = "lead=1&lead=2") -> dict[str, str | list[str]]:
        """The draft's form as a browser would send it unchanged."""
        page = self.li.get(f"/referrals/new?{query}").text
        return fields_of(page[page.index('id="draft"') :])

    def draft(self, query: str = "lead=1&lead=2", **changes: str) -> int:
        answer = self.li.post("/referrals/new", **{**self.form(query), **changes})
        assert answer.status_code == 303, re.findall(r'class="problem"[^>]*>([^<]*)', answer.text)
        return int(answer.headers["location"].rpartition("/")[2])

    def seen(self, number: int) -> str:
        return str(queries.one(self.db, number).step_id)

    def approve(self, number: int):
        return self.zhao.post(f"/referrals/{number}/judge", do="approve", note="同意", seen=self.seen(number))

    def step(self, number: int, do: str, **form: str):
        return self.li.post(f"/referrals/{number}/step", **({"do": do, "seen": self.seen(number)} | form))

    def sent(self) -> int:
        number = self.draft()
        assert self.approve(number).status_code == 303
        assert self.step(number, "send", reference="专人送达").status_code == 303
        return number


def fields_of(html: str) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    html = html[: html.index("</form>")]
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        ticked = "checked" in tag or not re.search('type="(checkbox|radio)"', tag)
        if not name or not ticked or name[1] == "csrf":
            continue
        text = value[1] if value else ""
        if 'type="checkbox"' in tag:
            kept = found.setdefault(name[1], [])
            assert isinstance(kept, list)
            kept.append(text)
        else:
            found[name[1]] = text
    return found | dict(re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)', html))


@pytest.fixture
def house(db, tmp_path):
    with referring(db, tmp_path) as served:
        yield House(served, db, tmp_path)


def said(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_the_lead_tells_who_leads_and_why_and_offers_to_refer_it(house):
    page = house.li.get("/leads/1").text
    assert "主办 林业" in page
    assert "林业局负责陆生野生动物" in page
    assert "协办 市场监管" in page
    assert 'href="/referrals/new?lead=1"' in page
    assert "已移送" not in page[page.index('id="t-duty"') : page.index('id="t-evidence"')]
    reviewer = house.served.signed_in("demo_wu", "reviewer")
    assert "/referrals/new" not in reviewer.get("/leads/1").text
    assert reviewer.get("/referrals/new?lead=1").status_code == 403
    number = house.sent()
    page = house.li.get("/leads/1").text
    assert f'href="/referrals/{number}"' in page
    assert "再次移送" in page


def test_leads_are_ticked_in_the_queue_or_taken_with_their_seller(house):
    page = house.li.get("/queue?status=confirmed").text
    assert re.findall(r'name="lead" value="(\d+)"', page) == ["1", "2", "3"]
    assert "移送此卖家" in page
    assert "移送所选" not in house.li.get("/queue?status=new").text
    assert house.form("lead=2&lead=1&lead=2")["leads"] == "2.1"
    assert house.form("seller=1")["leads"] == "1.2.3"
    assert "没有选中任何线索" in house.li.get("/referrals/new").text
    assert house.li.get("/referrals/new?lead=99").status_code == 404
    assert house.li.get("/referrals/new?lead=x").status_code == 422


def test_the_form_begins_with_what_is_suggested(house):
    form = house.form()
    assert (form["department"], form["template"]) == ("forestry", "lead")
    assert form["receiver"] == "示例县林业局森林公安股"
    assert form["title"] == "示例县林业局关于移送陆生野生动物案件线索的函"
    assert form["copies"] == ["market_supervision", "cyberspace"]
    assert form["masked"] == "no"  # forestry needs the contacts
    crime = house.form("lead=1&department=public_security&template=crime")
    assert (crime["receiver"], crime["title"]) == ("示例县公安局", "涉嫌犯罪案件移送书")
    assert "override" in crime
    assert "field.案由" in crime


def test_from_the_draft_to_the_answer(house):
    number = house.draft(**{"field.补充说明": "请予核查"})
    page = house.zhao.get(f"/referrals/{number}").text
    assert "审核通过" in page
    assert house.approve(number).status_code == 303
    assert queries.one(house.db, number).status == "approved"
    assert house.step(number, "send", reference="专人送达", happened_at="2026-11-02T08:30").status_code == 303
    one = queries.one(house.db, number)
    assert (one.status, one.due_kind) == ("sent", "receipt")
    assert queue.row(house.db, 1, house.served.clock()).status == "referred"
    answer = house.step(number, "accept", reference="回〔2026〕3号", person="周警官", note="已安排核查")
    assert answer.status_code == 303
    page = said(house.li.get(f"/referrals/{number}"))
    for text in ("已接收", "回〔2026〕3号", "经办人 周警官", "已安排核查", "立案与否", "专人送达"):
        assert text in page
    assert house.step(number, "close", result="行政处罚").status_code == 303
    assert "结果：行政处罚" in said(house.li.get(f"/referrals/{number}"))
    kinds = [one.action for one in audit.recent(house.db, audit.Wanted(kind="referral"))]
    assert kinds == ["referral.answer", "referral.answer", "referral.send", "referral.approve", "referral.draft"]


def test_nobody_approves_what_they_wrote(house):
    number = house.draft()
    assert "这是您拟的稿" in house.li.get(f"/referrals/{number}").text
    answer = house.li.post(f"/referrals/{number}/judge", do="approve", seen=house.seen(number))
    assert answer.status_code == 422
    assert "不能审核自己拟的稿" in said(answer)
    assert queries.one(house.db, number).status == "draft"
    handler = house.served.signed_in("demo_sun", "handler")
    assert handler.post(f"/referrals/{number}/judge", do="approve", seen=house.seen(number)).status_code == 403


def test_who_was_too_late_is_told_and_keeps_what_was_typed(house):
    number = house.draft()
    seen = house.seen(number)
    assert house.approve(number).status_code == 303
    answer = house.li.post(f"/referrals/{number}/step", do="withdraw", seen=seen, note="写错了\r\n主送单位")
    assert answer.status_code == 409
    assert "您的操作没有写入" in answer.text
    assert "demo_zhao先生" in said(answer)
    assert "写错了\n主送单位</textarea>" in answer.text
    assert queries.one(house.db, number).status == "approved"


def test_a_lead_is_not_referred_twice_unknowingly(house):
    number = house.sent()
    page = house.li.get("/referrals/new?lead=1&lead=3").text
    assert "已在移送中" in page
    assert queries.one(house.db, number).number in page
    form = house.form("lead=1&lead=3")
    answer = house.li.post("/referrals/new", **form)
    assert answer.status_code == 409
    assert "确需再次移送" in said(answer)
    assert len(queries.find(house.db, Filter())) == 1
    again = house.draft("lead=1&lead=3", again="对方要求补送")
    assert queries.one(house.db, again).lead_ids == (1, 3)


def test_another_department_needs_a_reason(house):
    form = house.form("lead=1&department=customs")
    answer = house.li.post("/referrals/new", **form)
    assert answer.status_code == 422
    assert "--" not in said(answer)  # no word of the command line
    number = house.draft("lead=1&department=customs", override="经会商由海关承办")
    assert queries.one(house.db, number).routing["override"] == "经会商由海关承办"


def test_what_was_typed_stays_when_the_draft_is_refused(house):
    answer = house.li.post("/referrals/new", **{**house.form(), "title": "", "field.补充说明": "<b>记得</b>"})
    assert answer.status_code in {303, 422}
    answer = house.li.post(
        "/referrals/new", **{**house.form(), "department": "nobody", "field.补充说明": "<b>记得</b>"}
    )
    assert answer.status_code == 422
    assert "&lt;b&gt;记得&lt;/b&gt;" in answer.text


def test_leads_without_evidence_or_not_confirmed_are_named(house):
    (bare,) = confirmed(house.db, house.folder, 1, 1, "bare", sealed=False)
    page = house.li.get(f"/referrals/new?lead={bare}").text
    assert "还没有固定证据" in page
    from tests.console.filling import ad, site_and_run
    from tests.storage.review.making import lead_ids

    (fresh,) = lead_ids(house.db, *site_and_run(house.db, "other"), ad("77"))
    page = house.li.get(f"/referrals/new?lead={fresh}").text
    assert "只有已确认的线索可以移送" in page
    answer = house.li.post("/referrals/new", **{**house.form(), "leads": str(fresh)})
    assert answer.status_code == 422


def test_changing_asks_for_approval_again(house):
    number = house.draft()
    house.approve(number)
    page = house.li.get(f"/referrals/{number}/change").text
    form = fields_of(page[page.index('id="draft"') :])
    assert form["title"] == queries.one(house.db, number).title
    answer = house.li.post(f"/referrals/{number}/change", **{**form, "title": "改过的标题"})
    assert answer.status_code == 303
    one = queries.one(house.db, number)
    assert (one.status, one.title) == ("draft", "改过的标题")
    stale = house.li.post(f"/referrals/{number}/change", **{**form, "title": "又一个"})
    assert stale.status_code == 409
    assert "又一个" in stale.text


def test_refused_withdrawn_undone(house):
    number = house.draft()
    house.approve(number)
    empty = house.zhao.post(f"/referrals/{number}/judge", do="refuse", note=" ", seen=house.seen(number))
    assert empty.status_code == 422
    assert "退回须写明理由" in said(empty)
    assert (
        house.zhao.post(f"/referrals/{number}/judge", do="refuse", note="主送不对", seen=house.seen(number)).status_code
        == 303
    )
    house.approve(number)
    house.step(number, "send")
    assert house.step(number, "undo").status_code == 303
    assert queries.one(house.db, number).status == "approved"
    assert queue.row(house.db, 1, house.served.clock()).status == "confirmed"
    assert house.step(number, "withdraw", note="不移送了").status_code == 303
    page = said(house.li.get(f"/referrals/{number}"))
    assert "已撤回" in page
    assert house.step(number, "send").status_code == 422


def test_papers_are_previewed_kept_and_copied_on_record(house):
    number = house.draft(**{"field.补充说明": "请予核查"})
    shown = house.zhao.get(f"/referrals/{number}/letter.pdf")
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.content.startswith(b"%PDF")
    word = house.li.get(f"/referrals/{number}/letter.docx")
    text = "\n".join(paragraph.text for paragraph in Document(BytesIO(word.content)).paragraphs)
    assert "示林移〔2026〕1号" in text
    assert "请予核查" in text
    assert audit.recent(house.db, limit=1)[0].action == "referral.preview"
    house.approve(number)
    files = queries.get(house.db, number).files
    for file in files:
        answer = house.li.get(f"/referrals/{number}/files/{file.id}")
        assert len(answer.content) == file.size
        link = custody.newest(house.db, 1)[0]
        assert (link.action, link.detail["sha256"]) == ("copied", file.sha256)
    assert audit.recent(house.db, limit=1)[0].detail["sha256"] == files[-1].sha256
    assert house.li.get(f"/referrals/{number}/files/999").status_code == 404
    monitor = house.served.signed_in("demo_mo", "reviewer")
    assert monitor.get(f"/referrals/{number}/files/{files[0].id}").status_code == 403
    assert monitor.get(f"/referrals/{number}").status_code == 200


def test_everything_in_one_zip(house):
    number = house.sent()
    answer = house.li.post(f"/referrals/{number}/export", masked="no")
    with zipfile.ZipFile(BytesIO(answer.content)) as files:
        names = {name.rpartition("/")[2] for name in files.namelist()}
    assert {"案件线索移送函.docx", "线索清单.xlsx", "电子证据包.zip"} <= names
    assert [one.action for one in audit.recent(house.db, limit=1)] == ["referral.export"]
    spool = house.folder / "data" / "spool"
    while list(spool.iterdir()):  # taken away when the answer has been sent
        pass


def filled(content: bytes, **answers: str) -> bytes:
    book = load_workbook(BytesIO(content))
    for row in book["回执"].iter_rows():
        for cell in row:
            if cell.value in answers:
                book["回执"].cell(cell.row, cell.column + 1).value = answers[cell.value]
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def test_a_returned_receipt_is_uploaded(house):
    number = house.sent()
    blank = house.li.get(f"/referrals/{number}/receipt.xlsx").content
    content = filled(blank, 收到日期="2026-11-02", 收件人="周警官", 处理结果="已立案", 立案文号="示公立〔2026〕1号")

    def upload(file: bytes):
        form = {"csrf": house.li.csrf}
        return house.li.client.post("/referrals/receipt", data=form, files={"file": ("回执.xlsx", file)})

    bad = upload(b"no workbook")
    assert bad.status_code == 422
    assert "什么都没有改动" in bad.text
    assert house.li.post("/referrals/receipt").status_code == 422
    done = upload(content)
    assert done.headers["location"] == f"/referrals/{number}"
    one = queries.get(house.db, number)
    assert (one.referral.status, one.steps[-1].reference) == ("filed", "示公立〔2026〕1号")
    assert "已经读过" in said(upload(content))
    page = house.li.get(f"/referrals/{number}").text
    assert "<td>退回的回执</td>" in page
    assert "对方的处理结果" not in page
    book = load_workbook(BytesIO(content))
    book["线索结果"]["E3"], book["线索结果"]["G3"] = "不予立案", "<b>情节轻微</b>"
    made = BytesIO()
    book.save(made)
    assert upload(made.getvalue()).status_code == 303
    page = house.li.get(f"/referrals/{number}").text
    assert "对方的处理结果" in page
    assert "不予立案</span>  &lt;b&gt;情节轻微" in page


def test_the_list_with_what_is_overdue_in_front(house):
    number = house.sent()
    house.draft("lead=3")
    page = said(house.li.get("/referrals"))
    assert page.index("示林移〔2026〕2号") < page.index("示林移〔2026〕1号")
    house.served.clock.now = queries.one(house.db, number).due_at
    house.served.clock.go_on(days=2)
    house.li, house.zhao = house.served.log_in("demo_li"), house.served.log_in("demo_zhao")
    page = said(house.li.get("/referrals"))
    assert page.index("示林移〔2026〕1号") < page.index("示林移〔2026〕2号")
    assert "回执逾期" in page
    assert "示林移〔2026〕2号" not in said(house.li.get("/referrals?status=overdue"))
    assert "示林移〔2026〕1号" in said(house.li.get("/referrals?q=1号&department=forestry"))
    assert "没有符合条件的移送" in said(house.li.get("/referrals?department=customs&status=open"))
    assert house.li.get("/referrals?status=nonsense").status_code == 422
    start = said(house.zhao.get("/"))
    assert "待审核 示林移〔2026〕2号" in start
    assert "逾期 示林移〔2026〕1号" in said(house.li.get("/"))


def test_pages_of_the_list(house, monkeypatch):
    monkeypatch.setattr("console.routers.referrals.PAGE", 2)
    for lead in (1, 2, 3):
        house.draft(f"lead={lead}")
    first = house.li.get("/referrals").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = house.li.get(following[1].replace("&amp;", "&")).text
    numbers = [re.findall(r"data-open>([^<]+)</a>", page) for page in (first, second)]
    assert numbers == [["示林移〔2026〕3号", "示林移〔2026〕2号"], ["示林移〔2026〕1号"]]


def test_contacts_in_titles_are_masked(house):
    confirmed(house.db, house.folder, 1, 1, "other", title="出猫头鹰 微信 13800005678")
    for path in ("/referrals/new?lead=4", "/queue?status=confirmed"):
        assert "13800005678" not in house.li.get(path).text


def test_messages_that_failed_are_shown_and_sent_again(house):
    from datetime import timedelta

    from storage.referral import deliveries
    from storage.referral.deliveries import Attempt, Target

    number = house.draft()
    now = house.served.clock()
    deliveries.spread(house.db, [Target("police")], now + timedelta(seconds=1))
    (one,) = deliveries.take(house.db, now + timedelta(seconds=1))
    deliveries.record(house.db, one.id, Attempt(ok=False, error="<b>连不上</b>", final=True), now)
    page = house.li.get("/referrals").text
    assert "1 条消息没有送达" in page
    assert "&lt;b&gt;连不上" in page
    assert "未送达" in house.li.get(f"/referrals/{number}").text
    assert "没有送达" in house.li.get("/").text
    assert house.li.post(f"/referrals/{number}/again/{one.id}").status_code == 303
    assert deliveries.failed(house.db) == []
    assert house.li.post(f"/referrals/{number}/again/{one.id}").status_code == 422
    assert house.li.post(f"/referrals/{number}/again/999").status_code == 404


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


def test_hostile_words_stay_words(house):
    number = house.draft(title=HOSTILE[:150], **{"field.补充说明": HOSTILE})
    house.step(number, "note", note=HOSTILE)
    for path in (f"/referrals/{number}", "/referrals", f"/referrals/{number}/change"):
        page = house.li.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
