"""``wangdun site add`` and ``check`` for lists that are drawn by script; mistakes in what is written for them."""

from __future__ import annotations

import json
import os
from textwrap import indent

import pytest
import yaml

from crawler.browser import finding
from tests.site.fixture import serve
from tests.wangdun.running import wangdun

WRONG = """\
crawler:
  contact: x@example.org
  browser: {second: 3, megabytes: 10}
  sites:
    - name: a
      start: https://a.cn/l
      render: chrome
    - name: b
      start: https://a.cn/l
      render: {lists: {wiat: div}, items: htpp}
    - name: c
      start: https://a.cn/l
      json:
        list: {rows: a..b, url: "/x/{id", next: {page: p, offset: o}, unit: 块}
        item: {url: "/a/{id}", body: [x, {path: "y["}]}
    - name: d
      start: https://a.cn/l
      render: browser
      json:
        list: {rows: a, url: /x}
    - name: e
      start: https://a.cn/l
      render: {lists: {wait: "a::text", more: "//a"}, allow: ["http://x.cn/"]}
"""
TOLD = """\
config.yaml:3  crawler.browser.megabytes：不能小于 300，现在是 10
config.yaml:3  crawler.browser.second：没有这个设置，是不是 seconds？
config.yaml:7  crawler.sites[0].render：render 应写成 browser，或 {lists: browser, items: http}
config.yaml:10  crawler.sites[1].render.items.by：只能是 'browser'、'http' 之一，现在是 'htpp'
config.yaml:10  crawler.sites[1].render.lists.wiat：没有这个设置，是不是 wait？
config.yaml:14  crawler.sites[2].json.list.next：address、cursor、page、offset 须写一个，且只能写一个
config.yaml:14  crawler.sites[2].json.list.rows：JSON 路径无法识别：'a..b'
config.yaml:14  crawler.sites[2].json.list.unit：只能是
config.yaml:14  crawler.sites[2].json.list.url：网址模板无法识别：'/x/{id'
config.yaml:15  crawler.sites[2].json.item.body[1].path：JSON 路径无法识别：'y['
config.yaml:15  crawler.sites[2].json.item.url：json.item.url 里只能用 {key}（信息编号）：'/a/{id}'
config.yaml:16  crawler.sites[3]：json.list 已直接读取 JSON，render.lists 应为 http
config.yaml:23  crawler.sites[4].render.allow[0]：应为主机名
config.yaml:23  crawler.sites[4].render.lists.more：选择器无法识别：'//a'
config.yaml:23  crawler.sites[4].render.lists.wait：这里须是元素的 CSS 选择器"""


@pytest.fixture(scope="module")
def program():
    """Chromium; without one, CI fails and a person's tests are skipped."""
    if not finding.find() and os.environ.get("CI") == "true":
        pytest.fail(finding.absence())
    return finding.find() or pytest.skip(finding.absence())


@pytest.fixture(scope="module")
def site():
    with serve() as running:
        running.control(fill=9)
        yield running


def run(folder, *args, code=0):
    """What the command printed; it must end with `code` and no traceback."""
    done = wangdun(*args, cwd=folder)
    shown, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, (shown, errors)
    assert "Traceback" not in shown + errors
    return shown, errors


def added(folder, url):
    """What is proposed, pasted where a person would put it, and what reading by it shows."""
    shown, errors = run(folder, "site", "add", url)
    (entry,) = yaml.safe_load(shown)
    head = "crawler:\n  politeness: {delay: 0}\n  sites:\n"
    (folder / "config.yaml").write_text(head + indent(shown, "    "), encoding="utf-8")
    trial = json.loads(run(folder, "site", "check", entry["name"], "--json")[0])
    assert trial["errors"] == []
    assert [row["title"] for row in trial["list"]["rows"]][:4] == [f"第{number}号 闲置转让" for number in (9, 8, 7, 6)]
    assert len(trial["items"]) == 3
    for item in trial["items"]:
        assert "有意请联系，非诚勿扰。" in item["body"]
        assert item["price"]["amount"].startswith("10")
    assert "这个网页的列表由脚本绘制" in errors
    return entry, errors, trial


def test_an_interface_is_found(program, site, tmp_path):
    entry, errors, trial = added(tmp_path, f"{site.url}/app/scroll?size=4")
    assert "不需要浏览器" in errors
    assert "render" not in entry
    assert (entry["json"]["list"]["rows"], entry["json"]["list"]["key"]) == ("data.list[*]", "id")
    assert entry["json"]["item"]["url"] == "/app/api/item/{key}"
    assert trial["list"]["next"].endswith("page=2")
    item = next(one for one in trial["items"] if one["key"] == "9")
    assert (item["seller"], item["posted_at"], item["contacts"][0]["value"]) == (
        "卖家2",
        "2026-10-01T09:00:00+00:00",
        "13800000009",
    )
    assert item["images"] == [f"{site.url}/picture.png"]


def test_data_in_the_page_is_found(program, site, tmp_path):
    entry, errors, _ = added(tmp_path, f"{site.url}/app/state/variable")
    assert "不需要浏览器" in errors
    assert entry["json"]["list"]["source"] == entry["json"]["item"]["source"] == "window.__INITIAL_STATE__"


def test_otherwise_a_browser_is_proposed_where_it_is_needed(program, site, tmp_path):
    entry, errors, _ = added(tmp_path, f"{site.url}/app/written")
    assert "用浏览器打开网页" in errors
    assert entry["render"] == {"lists": "browser"}, "the items can be read without"
    assert "json" not in entry


def test_without_a_browser_it_says_so(site, tmp_path):
    (tmp_path / "config.yaml").write_text("crawler: {browser: {program: nowhere}}\n", encoding="utf-8")
    shown, errors = run(tmp_path, "site", "add", f"{site.url}/app/scroll")
    assert yaml.safe_load(shown)[0]["render"] == "browser"
    assert "没有找到浏览器" in errors


def test_a_check_says_that_a_list_is_drawn_by_script(site, tmp_path):
    (tmp_path / "config.yaml").write_text(
        f"crawler:\n  sites:\n    - {{name: a, start: '{site.url}/app/scroll'}}\n", encoding="utf-8"
    )
    shown, _ = run(tmp_path, "site", "check", "a", code=1)
    assert "这个网页的列表由脚本绘制" in shown


def test_mistakes_are_named_with_their_line(tmp_path):
    (tmp_path / "config.yaml").write_text(WRONG, encoding="utf-8")
    _, errors = run(tmp_path, "check", code=2)
    for line, told in zip(errors.removeprefix("错误：").splitlines(), TOLD.splitlines(), strict=True):
        assert line.startswith(told)
