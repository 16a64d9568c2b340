"""Extractions for tests; persons and numbers are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from referrals.record.comparing import Look
from referrals.record.facts import Extraction, Officer, Order, Origin, Step, Witness
from storage.evidence.records import Capture, StoredFile

NOW = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
OFFICERS = (Officer("张三", "某县林业局", "执法证 0001"), Officer("李四", "某县林业局", "执法证 0002"))
URL = "http://127.0.0.1:8080/thread-12.html"


def stored(name: str, role: str, media_type: str, content: bytes = b"content") -> StoredFile:
    return StoredFile(name, role, media_type, len(content), sha256(content).hexdigest(), "66c7f0f4" * 8)


def capture(**facts: Any) -> Capture:
    given = {
        "id": 7, "site_id": 1, "site": "某论坛", "key": "12", "url": URL, "kind": "official", "cause": "official",
        "taken_at": NOW, "sealed_at": NOW + timedelta(seconds=2), "digest": "ab" * 32,
        "files": (
            stored("page.warc.gz", "warc", "application/warc"),
            stored("screen.png", "screenshot", "image/png"),
            stored("page.mhtml", "mhtml", "multipart/related"),
            stored("page.txt", "text", "text/plain"),
        ),
        "facts": {}, "run_id": None, "missing": "", "removed_at": None,
    }  # fmt: skip
    return Capture(**given | facts)


def order(**facts: Any) -> Order:
    given = {
        "officers": OFFICERS, "witness": Witness("王五", "身份证 demo"), "place": "某县林业局监测室",
        "case": "涉嫌非法出售野生动物案",
    }  # fmt: skip
    return Order(**given | facts)


def extraction(**facts: Any) -> Extraction:
    given: dict[str, Any] = {
        "order": order(), "lead_id": 12, "site": "某论坛", "account": "林中客", "url": URL,
        "began_at": NOW, "ended_at": NOW + timedelta(seconds=9), "zone": ZONE,
        "clock": "本机系统时钟（systemd-timesyncd 已同步，偏差 0.012 秒）", "device": "x86_64 工作站，Debian GNU/Linux 12",
        "software": "网盾 0.1.0；Python 3.11；Scrapy 2.19；Chromium 140", "network": "192.0.2.10",
        "targets": (("127.0.0.1:8080", "127.0.0.1", ""), ("shop.example", "192.0.2.1", "cd" * 32)),
        "method": "在未登录状态下，由软件以公开身份访问公开网页，未绕过任何访问限制。",
        "steps": (
            Step(NOW, "核对本机时间"),
            Step(NOW + timedelta(seconds=1), "以 HTTP GET 请求该网址，保存请求与响应的原始字节"),
            Step(NOW + timedelta(seconds=5), "以浏览器打开同一网址，整页截屏并保存网页存档"),
        ),
        "exchanges": ((f"{URL}\n200 OK", "Content-Type: text/html; charset=utf-8\nServer: demo"),),
        "robots": "已遵守 robots.txt", "screen": "整页截屏 screen.png，1280 × 2400 像素",
        "capture": capture(), "origins": {"screen.png": Origin(URL, NOW + timedelta(seconds=8))},
    }  # fmt: skip
    return Extraction(**given | facts)


def look(**facts: Any) -> Look:
    given = {
        "at": NOW, "source": "首次采集（线索）", "reached": "200 正常", "title": "出鸟", "text": "出售猫头鹰\n活体\n微信 demo_owl",
        "price": "3000元/只", "seller": "林中客", "contacts": "微信 demo_owl", "region": "某县", "images": 2,
    }  # fmt: skip
    return Look(**given | facts)


def screenshot(height: int = 900, *, price: str = "3000", mark: tuple[int, int, int, int] | None = None) -> bytes:
    sheet = Image.new("RGB", (1280, height), "white")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 0, 1280, 80), fill=(40, 90, 60))
    for row in range(140, height - 60, 40):
        pen.rectangle((100, row, 100 + (row * 7) % 800 + 100, row + 16), fill=(70, 70, 70))
    pen.text((110, 100), f"CNY {price}", fill="black")
    if mark:
        pen.rectangle(mark, fill=(20, 60, 200))
    sink = BytesIO()
    sheet.save(sink, "PNG")
    return sink.getvalue()
