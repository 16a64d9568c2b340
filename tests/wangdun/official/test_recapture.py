from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from io import BytesIO

import pytest
from docx import Document
from warcio.archiveiterator import ArchiveIterator

from storage import listings, runs, sites
from storage.database import Database
from storage.evidence import captures, custody, sealing
from storage.evidence.objects import Objects
from storage.evidence.records import CaptureDraft, FileDraft
from tests import databases
from tests.referrals.making import screenshot
from tests.site.fixture import serve
from tests.storage.evidence.authority import Authority, find_openssl
from tests.storage.evidence.authority import serve as stamps
from tests.storage.making import full
from tests.wangdun.evidence import NOW
from tests.wangdun.running import write_config
from tests.warmed import wangdun
from wangdun.config import load

ITEM = {
    "id": 1, "title": "出鸟，低价", "body": "出售猫头鹰\n活体\n微信 demo_owl2", "price": "3500元", "seller": "林中客",
    "contact": "13800001234",
}  # fmt: skip
SITE = """
- name: demo
  platform: generic
  start: {url}/board/
  delay: 0
  item: {{title: h1, body: div.content, price: .price, seller: .seller, contact: .contact, images: img}}
"""
PEOPLE = ("--officer", "张三,某县林业局,执法 0001", "--officer", "李四,某县林业局,执法 0002")
ABOUT = ("--place", "某县林业局监测室", "--case", "涉嫌非法出售野生动物案", "--no-witness", "夜间紧急")


@pytest.fixture(scope="module")
def server():
    with serve() as site:
        yield site


class House:
    """A folder with a lead whose page the test site serves."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        server.control(reset=True, add=[ITEM], robots="none")
        self.config = load(write_config(folder, SITE.format(url=server.url)))
        databases.prepare(folder / "data")
        self.db = Database.open(self.config.storage)
        self.objects = Objects.of(self.config.storage)
        self.page = f"{server.url}/board/item/1"
        self.site_id = sites.register(self.db, "demo", "generic", [f"{server.url}/board/"], NOW)
        run = runs.start(
            self.db, self.site_id, now=NOW, pid=1, lexicon_version="lex-1", config_hash="c", trigger="manual"
        )
        listings.write(self.db, self.site_id, run, [full("/board/item/1", at=NOW, url=self.page)])

    def set(self, **evidence):
        """Settings of `storage.evidence`."""
        told = json.dumps(evidence | {"screens": "manual"})
        write_config(self.folder, SITE.format(url=self.server.url), evidence=told)

    def run(self, *args):
        done = wangdun("evidence", *args, cwd=self.folder)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def recapture(self, *args, expected=0):
        code, said, told = self.run("recapture", "1", *PEOPLE, *ABOUT, "--json", *args)
        assert code == expected, told
        return json.loads(said)

    def record(self, told, end="网络在线提取笔录.docx"):
        (path,) = [name for name in told["files"] if name.endswith(end)]
        word = Document(BytesIO((self.folder / path).read_bytes()))
        cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
        return "\n".join([one.text for one in word.paragraphs] + cells)


@pytest.fixture
def house(tmp_path, server):
    made = House(tmp_path, server)
    yield made
    made.db.close()


@pytest.fixture
def blind(tmp_path, server):
    """Without a browser."""
    made = House(tmp_path, server)
    made.set(browser="/no/such/browser")
    yield made
    made.db.close()


def test_two_officers_get_sealed_evidence_and_papers_to_sign(house):
    files = (FileDraft("screen.png", "screenshot", "image/png", screenshot(600)),)
    draft = CaptureDraft(house.site_id, "demo", "/board/item/1", house.page, "screen", "crawl", NOW, files)
    sealing.seal(house.db, house.objects, draft, actor="截屏程序", now=NOW)
    (house.folder / "out").mkdir()
    told = house.recapture("-o", "out")
    capture, papers = (captures.get(house.db, told[name]) for name in ("capture", "papers"))
    assert (capture.kind, capture.cause, papers.kind) == ("official", "official", "official")
    assert [one["name"] for one in capture.facts["official"]["officers"]] == ["张三", "李四"]
    assert papers.facts["drafts_of_digest"] == capture.digest
    assert {one.name for one in papers.files} == {"record.docx", "record.pdf", "list.docx", "list.pdf"}
    names = {one.name for one in capture.files}
    assert {"page.warc.gz", "listing.json", "text.txt", "picture-1.png", "pictures.warc.gz"} <= names
    assert capture.facts["redirects"] == []
    assert "screen.png" in names or capture.missing
    record = house.record(told)
    for word in (
        capture.digest,
        "张三",
        "执法 0002",
        "无见证人，原因：夜间紧急",
        house.page,
        "遵守 robots.txt",
        "3500元",
        "3000元/只",
    ):
        assert word in record
    if "screen.png" in names:
        assert "红框" in record
    assert set(told["changed"]) >= {"标题", "价格", "正文"}
    listed = house.record(told, "电子数据提取固定清单.docx")
    assert all(one.sha256 in listed and one.sm3 in listed for one in capture.files)
    actions = [(one.action, one.actor) for one in custody.entries(house.db)]
    assert actions[-3:] == [("captured", "张三、李四"), ("captured", "张三、李四"), ("copied", "张三、李四")]
    check_package(house)


def check_package(house):
    """Everything of the lead leaves together and is whole."""
    assert house.run("verify")[0] == 0
    code, said, told = house.run("export", "1", "--by", "王五", "--json")
    assert code == 0, told
    with zipfile.ZipFile(house.folder / json.loads(said)[0]["file"]) as archive:
        archive.extractall(house.folder / "there")
    (folder,) = (house.folder / "there").iterdir()
    assert (folder / "data/capture-000003/record.pdf").read_bytes().startswith(b"%PDF")
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "verify.py"], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()


def test_the_sealed_page_is_what_the_server_sent(blind):
    capture = captures.get(blind.db, blind.recapture()["capture"])
    (warc,) = [one for one in capture.files if one.name == "page.warc.gz"]
    records = list(responses(blind.objects.read(warc.sha256)))
    assert [url for url, _ in records] == [blind.page]
    assert "出售猫头鹰<br>活体".encode() in records[0][1]
    assert capture.facts["environment"]["os"]
    assert "没有找到浏览器" in capture.missing
    assert "storage.evidence" not in capture.missing
    sent = [one for one in blind.server.log() if one["path"] == "/board/item/1"]
    assert sent[-1]["headers"]["User-Agent"].startswith("Wangdun/")


def responses(content):
    for one in ArchiveIterator(BytesIO(content), check_digests="raise"):
        if one.rec_type == "response":
            yield one.rec_headers.get_header("WARC-Target-URI"), one.content_stream().read()


def test_a_page_that_is_gone_is_recorded_as_such(blind):
    blind.server.control(delete=[1])
    told = blind.recapture()
    assert told["reached"].startswith("HTTP 404")
    record = blind.record(told)
    assert "HTTP 404" in record
    assert "（已无）" in record
    assert captures.get(blind.db, told["capture"]).files[0].name == "page.warc.gz"


def test_what_robots_txt_forbids_is_not_asked_for(blind):
    blind.server.control(robots="deny")
    before = len(blind.server.log())
    told = blind.recapture(expected=1)
    assert [one["path"] for one in blind.server.log()[before:]] == ["/robots.txt"]
    assert "未能打开" in told["reached"]
    record = blind.record(told)
    for word in (
        "该网址未访问",
        "本次没有向该网址发出请求，也没有用浏览器打开",
        "未使用浏览器",
        "没有用浏览器打开该网址",
    ):
        assert word in record
    for word in ("为准", "浏览器 未使用", "逐字节保存", "（已无）", "storage."):
        assert word not in record


def test_a_site_that_is_down_is_an_attempt_and_no_change(blind):
    page = "http://127.0.0.1:9/board/item/9"  # the port of "discard": nobody answers
    listings.write(blind.db, blind.site_id, 1, [full("/board/item/9", at=NOW, url=page)])
    code, said, told = blind.run("recapture", "2", *PEOPLE, *ABOUT)
    assert code == 1
    assert told.index("没有截屏：") < told.index("没有取得该网页的正式固证")
    assert "未能取得，无法比较" in said
    assert "已变化" not in said
    (path,) = blind.folder.glob("*提取笔录.docx")
    record = blind.record({"files": [path.name]})
    assert record.count("未能取得，无法比较") == 9  # eight rows and the summary
    assert "只记载尝试的经过和结果" in record


def test_the_record_shows_what_was_offered_and_no_witness_signs(blind):
    code, _, told = blind.run("recapture", "1", *PEOPLE, *ABOUT)
    assert code == 0
    assert told.startswith("没有截屏：")
    (path,) = blind.folder.glob("*提取笔录.docx")
    record = blind.record({"files": [path.name]})
    for word in (
        "出鸟，低价",
        "出售〖猫头鹰〗",
        "全文同见 text.txt",
        "没有使用浏览器，没有截屏",
        "本系统内的站点名：demo",
    ):
        assert word in record
    assert "见证人（签名）" not in record
    assert not re.search(r"[快慢] [+-]", record)
    assert "storage." not in record


def test_nothing_is_asked_of_the_page_when_the_order_is_wrong(blind):
    before = len(blind.server.log())
    for args, complaint in (
        (("1", *PEOPLE[:2]), "两名"),
        (("1", *PEOPLE[:2], *PEOPLE[:2]), "不同的人"),
        (("99", *PEOPLE), "没有编号为 99 的线索"),
        (("1", *PEOPLE, "-o", "nowhere"), "没有这个文件夹"),
        (("1", *PEOPLE, "--witness", "王五"), "见证人应写成"),
    ):
        code, _, told = blind.run("recapture", *args)
        assert code == 2
        assert complaint in told
    assert len(blind.server.log()) == before
    assert list(custody.entries(blind.db)) == []


def test_an_official_capture_is_stamped_at_once_and_the_record_says_so(tmp_path, server):
    (tmp_path / "tsa").mkdir()
    authority = Authority(find_openssl(), tmp_path / "tsa")
    authority.make()
    house = House(tmp_path, server)
    with stamps(authority) as service:
        house.set(browser="/no/such/browser", timestamp_url=service.url, timestamp_ca=str(authority.ca))
        told = house.recapture()
        service.status = 503
        refused = house.recapture()
    record = house.record(told)
    assert record.count("演示时间戳机构（RFC 3161）") == 3  # the manifest, the page, the pictures
    assert "未能取得：时间戳服务答复 503" in house.record(refused)
    assert house.run("verify")[0] == 0
    assert [one.action for one in custody.entries(house.db, capture_id=told["capture"])][:3] == [
        "captured", "stamped", "stamped",
    ]  # fmt: skip
    house.db.close()
