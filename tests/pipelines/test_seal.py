"""Hits are secured before they are stored: real crawls of the test site, with the worker in a process of its own."""

from __future__ import annotations

import json
import random
import signal
from contextlib import contextmanager

import pytest

from storage.config import StorageConfig
from storage.database import Database
from storage.evidence import captures, custody, warc
from storage.evidence.objects import Objects
from storage.evidence.verify import Verifier
from tests import wire
from tests.crawling import Watch
from tests.wangdun.running import python

ROUNDS = 5  # kills of one crawl
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 100
GEAR = {"title": "出售猎夹", "body": "大号捕兽夹，30元一个，加微信 demo_gear"}
IVORY = {"title": "出售象牙手镯", "body": "正品象牙手镯，3000元一只，加微信 demo_ivory"}


def watch_of(tmp_path, site, **evidence):
    more = {"storage": {"data_dir": "data", "evidence": evidence}} if evidence else {}
    return Watch(tmp_path, f"{site.url}/board/", more=more, crawler={"unit": "某县林业局"})


@contextmanager
def opened(watch):
    """The database and the evidence of a watch."""
    config = StorageConfig(data_dir=watch.folder / "data")
    db = Database.open(config)
    try:
        yield db, Objects.of(config)
    finally:
        db.close()


def kept(watch, kind=None):
    """All captures, oldest first, each with the content of its files."""
    with opened(watch) as (db, objects):
        found = [one for one in reversed(captures.recent(db, 1000)) if kind in {None, one.kind}]
        return [(one, {file.name: objects.read(file.sha256) for file in one.files}) for one in found]


def check_all(watch):
    """Everything verifies, and every lead has its page."""
    with opened(watch) as (db, objects):
        verification = Verifier(db, objects).run()
        assert verification.faults == []
        assert custody.check(db) is None
    bare = """SELECT l.key FROM leads JOIN listings l ON l.id = leads.listing_id WHERE NOT EXISTS
              (SELECT 1 FROM captures c WHERE c.site_id = l.site_id AND c.key = l.key AND c.kind = 'page')"""
    assert watch.rows(bare) == []


def test_a_hit_is_sealed_with_all_that_its_page_showed(site, tmp_path):
    site.control(fill=3, add=[GEAR])
    watch = watch_of(tmp_path, site)
    assert watch.run().status == "complete"
    (page, files), (pictures, images) = kept(watch)
    assert (page.kind, page.cause, page.key, page.missing) == ("page", "crawl", "/board/item/4", "")
    assert set(files) == {"page.warc.gz", "text.txt", "listing.json"}
    url = f"{site.url}/board/item/4"
    shown = warc.read_page(files["page.warc.gz"], url).decode()
    assert "<h1>出售猎夹</h1>" in shown
    assert shown.endswith("</body></html>\n")
    text = files["text.txt"].decode()
    assert text.startswith("网络监测线索，供核查\n")
    assert "大号捕兽夹，30元一个，加微信 demo_gear" in text
    record = json.loads(files["listing.json"])
    assert (record["title"], record["url"], record["detection"]["verdict"]) == ("出售猎夹", url, page.facts["verdict"])
    assert "exchanges" not in record
    assert (pictures.kind, list(images)) == ("pictures", ["pictures.warc.gz", "picture-1.png"])
    assert warc.read_page(images["pictures.warc.gz"], f"{site.url}/picture.png") == images["picture-1.png"]
    check_all(watch)


def test_the_circumstances_are_told(site, tmp_path):
    site.control(add=[GEAR])
    watch = watch_of(tmp_path, site)
    watch.keys = {"robots": {"obey": False, "reason": "已获站点书面同意（某函〔2026〕1号）"}}
    watch.run()
    (page, files), *_ = kept(watch, "page")
    facts = page.facts
    told = json.loads(warc.read_metadata(files["page.warc.gz"]))
    assert {name: told[name] for name in facts} == facts, "the WARC file tells it by itself"
    ((config_hash, lexicon),) = watch.rows("SELECT config_hash, lexicon_version FROM runs")
    assert (facts["config_sha256"], facts["lexicon_version"]) == (config_hash, lexicon)
    assert facts["robots"] == {
        "policy": "ignore", "decision": "overridden", "reason": "已获站点书面同意（某函〔2026〕1号）",
    }  # fmt: skip
    assert facts["operator"] == "某县林业局"
    assert facts["notice"] == "网络监测线索，供核查"
    assert facts["network"]["ip"] == "127.0.0.1"
    assert facts["environment"]["exit_ip"] == "未测定"
    assert 0 <= facts["clock"]["server_offset"] < 5
    assert facts["terms"]
    assert page.run_id == 1
    assert {one["what"] for one in facts["not_captured"]} == {"网页脚本执行后的内容", "截屏、MHTML", "信息图片"}
    assert told["exchanges"][0]["asked_at"] < told["exchanges"][0]["answered_at"]


def test_a_page_is_sealed_once_for_each_of_its_versions(site, tmp_path):
    site.control(fill=2, add=[GEAR, IVORY])
    watch = watch_of(tmp_path, site)
    watch.run()
    watch.grow_old()
    watch.run()
    watch.run("--full")
    assert len(kept(watch, "page")) == 2
    site.control(
        edit={"3": {"title": "餐桌", "body": "实木餐桌，搬家出，城南自提"}, "1": {"body": "改了几个字，城南自提"}},
        delete=[4],
    )
    watch.grow_old()
    watch.run()
    *_, changed, gone = sorted(kept(watch, "page"), key=lambda one: one[0].facts.get("outcome", ""))
    assert changed[0].key == "/board/item/3"
    assert changed[0].facts["verdict"] == "none"
    assert (gone[0].key, gone[0].facts["outcome"], list(gone[1])) == ("/board/item/4", "gone", ["page.warc.gz"])
    assert b"404" in warc.read_page(gone[1]["page.warc.gz"], f"{site.url}/board/item/4")
    assert len(kept(watch, "page")) == 4, "a changed page that never was a lead is not evidence"
    check_all(watch)


@pytest.mark.parametrize(("policy", "jobs"), [("always", 1), ("alert", 1), ("manual", 0)])
def test_the_browser_is_asked_as_the_policy_says(site, tmp_path, policy, jobs):
    site.control(add=[GEAR])
    watch = watch_of(tmp_path, site, screens=policy, pictures=0)
    watch.run()
    (page, _), *more = kept(watch)
    assert more == [], "no pictures were wanted"
    assert (
        watch.rows("SELECT key, occasion, cause, asked_by FROM capture_jobs")
        == [("/board/item/1", page.facts["listing_digest"], "crawl", "采集程序")] * jobs
    )


def test_a_full_disk_ends_the_run_and_costs_nothing(site, tmp_path):
    site.control(fill=30, edit={"15": GEAR, "3": IVORY})
    watch = watch_of(tmp_path, site, keep_free_mb=10**9)
    full = watch.run()
    assert (full.code, full.status) == (1, "failed")
    assert "磁盘" in full.reasons
    assert watch.rows("SELECT status FROM runs") == [("failed",)]
    assert "磁盘" in watch.rows("SELECT reason FROM runs")[0][0]
    assert watch.rows("SELECT count(*) FROM leads") == [(0,)], "what is not secured is not stored"
    assert watch.rows("SELECT count(*) FROM captures") == [(0,)]
    watch.more = {}
    again = watch.run()
    assert again.status == "complete"
    assert watch.rows("SELECT count(*), count(DISTINCT key) FROM listings") == [(30, 30)]
    assert watch.rows("SELECT count(*) FROM leads") == [(2,)]
    check_all(watch)


def test_kills_at_any_moment_leave_no_lead_without_its_page(site, tmp_path):
    site.control(fill=60, edit={str(number): GEAR for number in range(3, 60, 4)}, delay={"item": 0.005})
    watch = watch_of(tmp_path, site)
    moments, killed = random.Random(20261122), 0
    for _ in range(ROUNDS):
        timer = f"import os, threading; threading.Timer({moments.uniform(0.4, 1.5)}, os.kill, (os.getpid(), 9)).start()"
        if watch.run(before=timer).code == -signal.SIGKILL:
            killed += 1
    assert killed
    assert watch.run().status == "complete"
    assert watch.rows("SELECT count(*) FROM leads") == [(15,)]
    check_all(watch)


OTHER = {
    "/a.png": wire.answer(PICTURE),
    "/b.png": wire.answer(b"<svg onload=x>", "Content-Type: image/png"),
    "/robots.txt": wire.answer(b"User-agent: *\nDisallow: /secret\n"),
    "/secret/c.png": wire.answer(PICTURE),
    "/d.png": wire.answer(b"", "Location: http://10.1.2.3/d.png", status="302 Found"),
}
SHOWN = """
import crawler.answers, dataclasses
read = crawler.answers.AnswerReader.read
def more(self, answer, wanted):
    return dataclasses.replace(read(self, answer, wanted), images={urls!r})
crawler.answers.AnswerReader.read = more
"""


def test_pictures_of_another_host_and_those_that_cannot_be_had(site, tmp_path):
    site.control(add=[GEAR])
    watch = watch_of(tmp_path, site)
    with wire.serve(OTHER, host="127.0.0.2") as other:
        urls = [f"{other.url}/{name}" for name in ("a.png", "b.png", "secret/c.png", "d.png", "no.png")]
        urls += ["http://169.254.169.254/x.png", "data:image/png;base64,AAAA"]
        assert watch.run(before=SHOWN.format(urls=tuple(urls))).status == "complete"
    ((pictures, files),) = kept(watch, "pictures")
    assert files["picture-1.png"] == PICTURE
    assert set(files) == {"pictures.warc.gz", "picture-1.png"}
    assert [one["reason"] for one in pictures.facts["failures"]] == [
        "不是图片",
        "robots.txt 不允许访问",
        "指向内部网络的地址，未访问",
        "页面不存在（404）",
        "指向内部网络的地址，未访问",
        "不是网址",
    ]
    assert all(url in pictures.missing for url in urls[1:])
    assert b"/secret" not in b"".join(head.split(b"\r\n")[0] for head in other.heads)
    assert warc.read_page(files["pictures.warc.gz"], urls[0]) == PICTURE
    check_all(watch)


def test_pictures_that_are_too_many_or_too_large_are_named(site, tmp_path):
    site.control(add=[GEAR])
    watch = watch_of(tmp_path, site, pictures=3, max_mb=1)
    large = PICTURE + b"0" * (700 * 1024)
    with wire.serve({f"/{number}.png": wire.answer(large) for number in range(4)}, host="127.0.0.2") as other:
        urls = tuple(f"{other.url}/{number}.png" for number in range(4))
        watch.run(before=SHOWN.format(urls=urls))
    (page, _), (pictures, files) = kept(watch)
    assert {"what": "第 4 张以后的信息图片（共 4 张）", "why": "超过设置的张数"} in page.facts["not_captured"]
    assert [one["reason"] for one in pictures.facts["failures"]] == ["网页超过大小上限，已中止下载"] * 2
    assert "picture-1.png" not in files or files["picture-1.png"] == large
    assert len(other.heads) == 4, "robots.txt and three pictures, no more"
    check_all(watch)


STOPPED = """
import os, signal, threading, time
from urllib.request import urlopen
def stop():
    while b"/slow" not in urlopen({log!r}).read():
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=stop, daemon=True).start()
"""  # as soon as the first picture is asked for


def test_a_run_that_is_stopped_says_which_pictures_it_left(site, tmp_path):
    site.control(add=[GEAR])
    watch = watch_of(tmp_path, site)
    urls = tuple(f"{site.url}/slow?s=1&n={number}" for number in range(8))
    ended = watch.run(before=SHOWN.format(urls=urls) + STOPPED.format(log=f"{site.url}/log"))
    assert ended.status == "interrupted"
    assert watch.rows("SELECT count(*) FROM leads") == [(1,)]
    ((pictures, _),) = kept(watch, "pictures")
    assert pictures.facts["failures"][-1] == {"url": urls[-1], "reason": "采集提前结束，未取"}
    check_all(watch)


def test_a_run_without_evidence_passes_everything_on():
    assert python("""
        from types import SimpleNamespace
        from pipelines.seal import Seal
        stage = Seal.from_crawler(SimpleNamespace(spider=SimpleNamespace(ledger=SimpleNamespace(evidence=None))))
        print(stage.process_item("item"))
    """, cwd="/") == "item\n"  # fmt: skip
