"""``wangdun site``: from an address to a site that is crawled and watched."""

from __future__ import annotations

import json
from textwrap import indent

import pytest
import yaml

from tests.crawling import Watch
from tests.warmed import wangdun
from wangdun.demo.server import DemoSites


@pytest.fixture(scope="module")
def demo():
    with DemoSites() as sites:
        yield sites


def run(folder, *args, code=0):
    """What the command printed; it must end with `code` and no traceback."""
    done = wangdun(*args, cwd=folder)
    shown, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, (shown, errors)
    assert "Traceback" not in shown + errors
    return shown, errors


def paste(folder, text):
    """A config.yaml with `text` where a person would put it; the name of its site."""
    head = "crawler:\n  politeness: {delay: 0}\n  sites:\n"
    (folder / "config.yaml").write_text(head + indent(text, "    "), encoding="utf-8")
    return yaml.safe_load(text)[0]["name"]


@pytest.mark.parametrize("which", ["forum", "shop"])
def test_a_site_of_known_make_is_a_few_lines(demo, tmp_path, which):
    start = {"forum": demo.forum_starts, "shop": demo.shop_starts}[which][0]
    shown, errors = run(tmp_path, "site", "add", start)
    assert len(shown.strip().splitlines()) <= 6
    platform = {"forum": "discuz", "shop": "opencart"}[which]
    (proposed,) = yaml.safe_load(shown)
    assert (proposed["platform"], proposed["start"]) == (platform, start)
    assert f"识别为 {platform}" in errors
    name = paste(tmp_path, shown)
    assert "配置正确：1 个站点" in run(tmp_path, "check")[0]
    trial = json.loads(run(tmp_path, "site", "check", name, "--json")[0])
    assert trial["errors"] == []
    assert all(item["title"] and item["body"] and item["price"] for item in trial["items"])


def test_a_site_of_unknown_make_is_proposed_tried_crawled_and_listed(site, tmp_path):
    site.control(fill=45, edit={"45": {"title": "出售猎夹"}})
    shown, errors = run(tmp_path, "site", "add", f"{site.url}/board/")
    assert len(shown.strip().splitlines()) <= 20
    assert "没有识别出平台" in errors
    name = paste(tmp_path, shown)

    tried, _ = run(tmp_path, "site", "check", name)
    for words in (
        "列表：20 条",
        "下一页：",
        "出售猎夹",
        "145元  →  145 CNY",
        "卖家3",
        "phone 13800000045",
        "2026-10-03 05:00",
    ):
        assert words in tried
    assert "图片（images）在读到的 3 条信息中都是空的" in tried

    crawled = json.loads(run(tmp_path, "crawl", "--json")[0])
    assert [(one["site"], one["status"], one["tally"]["listings_new"]) for one in crawled] == [(name, "complete", 45)]
    (row,) = json.loads(run(tmp_path, "site", "list", "--json")[0])
    assert (row["status"], row["listings"], row["new"], row["leads"], row["stored"]) == ("complete", 45, 45, 1, 45)

    site.control(wall="login")
    shown, _ = run(tmp_path, "crawl", code=1)
    assert "列表页变成了登录墙：需要登录才能查看：抱歉，您需要登录后才能继续本操作" in shown
    listed, _ = run(tmp_path, "site", "list")
    assert "异常" in listed
    assert "列表页变成了登录墙" in listed.replace(" ", "").replace("\n", "")


def test_pages_that_are_no_list_are_said_so(site, tmp_path):
    (tmp_path / "config.yaml").write_text("crawler:\n  politeness: {delay: 0, retries: 0}\n")
    assert "HTTP 500" in run(tmp_path, "site", "add", f"{site.url}/500", code=1)[1]
    assert "需要登录才能查看" in run(tmp_path, "site", "add", f"{site.url}/login-wall")[1]
    site.control(robots="deny")
    assert "robots.txt 不允许访问" in run(tmp_path, "site", "add", f"{site.url}/board/", code=1)[1]
    nobody = run(tmp_path, "site", "add", "http://127.0.0.1:1/", code=1)[1]
    assert "拒绝连接" in nobody
    assert "网址应以 http:// 或 https:// 开头" in run(tmp_path, "site", "add", "ftp://127.0.0.1/", code=2)[1]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"wall": "captcha"}, "列表页出现验证码或安全验证"),
        ({"fail": {"list:1": "soft"}}, "列表页已不存在"),
        ({"empty": True}, "列表页上没有读到任何信息：可能是空版块，也可能是页面结构已改变（以往约 30 条）"),
        ({"fail": {"list:1": 503}}, "列表页读取失败：服务暂不可用（503）"),
        ({"fail": {"list:1": "reset"}}, "列表页读取失败：连接失败（对方中断了连接）"),
    ],
)
def test_a_list_that_turned_into_something_else_is_an_alarm(site, tmp_path, order, words):
    site.control(fill=30)
    watch = Watch(tmp_path, f"{site.url}/board/")
    assert watch.run().status == "complete"
    site.control(**order)
    ran = watch.run()
    assert (ran.code, ran.status) == (1, "failed")
    assert words in ran.reasons
    assert watch.rows("SELECT count(*) FROM listings WHERE gone_at IS NULL") == [(30,)], "nothing is taken for gone"


def test_expectations_and_fields_that_are_no_longer_read(site, tmp_path):
    site.control(fill=30)
    watch = Watch(tmp_path, f"{site.url}/board/", {"expect": {"listings": [40, None]}})
    ran = watch.run()
    assert (ran.code, ran.reasons) == (1, "读到 30 条信息，少于设定的最少 40 条")
    watch.keys = {}
    assert watch.run("--full").reasons == ""
    watch.keys = {"item": {"title": "h1", "body": "div.moved", "price": "span.moved"}}
    changed = watch.run("--full")
    assert (changed.code, changed.status) == (0, "complete")
    assert "100% 的信息没有读到价格（以往 0%）" in changed.reasons, "the text is found on any page, a price is not"
