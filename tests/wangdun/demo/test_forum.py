"""The forum looks to a crawler like Discuz! X3.4."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.wangdun.demo.conftest import NOW
from tests.wangdun.demo.visiting import visit
from wangdun.demo.catalogue import load
from wangdun.demo.forum import shown_date

ROWS = "//tbody[starts-with(@id,'normalthread_')]//a[contains(concat(' ',@class,' '),' xst ')]"
BODIES = "//td[@class='t_f']"


def thread(demo, number, rest="&extra=page%3D1"):
    return visit(f"{demo.forum_url}?mod=viewthread&tid={number}{rest}")


def test_the_home_page_leads_to_every_board(demo):
    page = visit(demo.forum_url)
    links = page.all("//table[@class='fl_tb']//h2/a/@href")
    assert links == [f"forum.php?mod=forumdisplay&fid={board.id}" for board in load().forum_boards]
    assert page.all("//base/@href") == [demo.forum_url.removesuffix("forum.php")]


def test_a_board_has_pinned_threads_twenty_rows_and_a_next_page(demo):
    page = visit(demo.forum_starts[0])
    assert page.all("//tbody[starts-with(@id,'stickthread_')]/@id") == ["stickthread_1001"]
    assert len(page.all(ROWS)) == 20
    assert page.all(ROWS + "/@href")[0].endswith("&extra=page%3D1")
    assert page.all("//div[@class='pg']/a[@class='nxt']/@href")[0] == "forum.php?mod=forumdisplay&fid=36&page=2"
    last = visit(demo.forum_starts[0] + "&page=2")
    assert len(last.all(ROWS)) == 2
    assert not last.all("//a[@class='nxt']")


def test_all_boards_together_show_every_listing_once(demo):
    shown = []
    for start in demo.forum_starts:
        for page in (visit(start), visit(start + "&page=2")):
            shown += page.all(ROWS) if page.all("//div[@class='pg']/strong") or "page=2" not in page.text else []
    expected = [" ".join(row.title.split()) for row in load().listings if row.site == "forum" and not row.pinned]
    assert set(shown) == set(expected)


def test_a_classified_thread(demo):
    page = thread(demo, 1003)
    assert page.all("//*[@id='thread_subject']") == ["自制猎套猎夹低价处理，量大从优"]
    assert page.all("//table[@class='cgtl mbm']//th") == ["价格:", "所在地:", "联系方式:"]
    assert page.all("//table[@class='cgtl mbm']//td") == ["35元/个", "青溪县大坪乡", "13800001002"]
    assert "钢丝猎套还有一百多个" in page.all(BODIES)[0]
    assert page.all("//div[@class='authi']/a[@class='xw1']")[0] == "山里人家"
    assert page.all("//em[@id='authorposton100300']/span/@title") == ["2026-11-20 05:00:00"]
    assert page.all("//em[@id='authorposton100300']") == ["发表于 7 小时前"]
    assert page.all("//td[@class='t_f']//img/@zoomfile") == ["data/attachment/forum/tool.png"]


def test_old_dates_are_written_in_full(demo):
    assert thread(demo, 1001).all("//em[@id='authorposton100100']") == ["发表于 2026-5-25 08:00:00"]


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=5), "1&nbsp;分钟前"),
        (timedelta(minutes=59), "59&nbsp;分钟前"),
        (timedelta(hours=5), "5&nbsp;小时前"),
        (timedelta(hours=13), "昨天&nbsp;23:00"),
        (timedelta(hours=37), "前天&nbsp;23:00"),
        (timedelta(days=6, hours=23), "6&nbsp;天前"),
        (timedelta(days=7), "2026-11-13"),
    ],
)
def test_dates_are_relative_for_a_week(passed, text):
    assert text in shown_date(NOW - passed, NOW)


def test_noise_is_new_on_each_load(demo):
    noise = [thread(demo, 1003).all("//font[@class='jammer'] | //td[@class='t_f']//span") for _ in range(2)]
    assert len(noise[0]) >= 4
    assert noise[0] != noise[1]


def test_replies_go_on_a_second_page(demo):
    first, second = thread(demo, 1102), thread(demo, 1102, "&extra=page%3D1&page=2")
    assert len(first.all(BODIES)) == 10
    assert len(second.all(BODIES)) == 4
    assert "晚上能看货不" in second.all(BODIES)[-1]


def test_goods_stand_in_the_second_post(demo):
    page = thread(demo, 1202)
    assert page.all("//div[@class='trdb cl']//strong") == ["1280.00"]
    assert page.all("//div[@class='trdb cl']//del") == ["1980.00 元"]
    bodies = page.all(BODIES)
    assert "欢迎光临本柜台" in bodies[0]
    assert "新款背负式电鱼机" in bodies[1]


def test_guests_see_no_attachments_and_no_locked_text(demo):
    page = thread(demo, 1009)
    assert page.all("//div[contains(@class,'attach_nopermission')]")
    assert not page.all("//td[@class='t_f']//img")
    assert "回复" in thread(demo, 1117).all("//div[@class='locked']")[0]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("?mod=viewthread&tid=99999", "指定的主题不存在"),
        ("?mod=viewthread&tid=²", "指定的主题不存在"),
        ("?mod=forumdisplay&fid=44", "您需要登录"),
        ("?mod=forumdisplay&fid=77", "版块不存在"),
        ("?mod=post&action=reply", "您需要登录"),
        ("?mod=<script>", "未定义"),
    ],
)
def test_refusals_answer_200(demo, path, words):
    page = visit(demo.forum_url + path.replace("²", "%C2%B2"))
    assert page.status == 200
    assert words in page.all("//div[@id='messagetext']")[0]


def test_rewritten_addresses(demo):
    root = demo.forum_url.removesuffix("forum.php")
    assert visit(root + "thread-1003-1-1.html").all("//*[@id='thread_subject']")
    assert len(visit(root + "forum-37-2.html").all(ROWS)) == 1


def test_text_is_escaped_and_robots_allow(demo):
    assert "<script>alert" not in visit(demo.forum_url + "?mod=<script>alert").text
    robots = visit(demo.forum_url.replace("forum.php", "robots.txt"))
    assert robots.text == "User-agent: *\nDisallow: /admin\n"
