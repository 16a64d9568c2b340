"""What one answer to a request for an item page means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crawler.answers import Answer, AnswerReader, Wanted
from crawler.config import Site
from crawler.items import Gone, Listing, Problem, Sighting
from tests.crawling import ITEM, LIST
from tests.site import pages

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOST = "http://127.0.0.1"
URL = f"{HOST}/board/item/7"
KEY = "/board/item/7"
LOGIN = pages.page("<form><p>您需要登录后才能继续本操作</p><input type=password></form>", "提示")
CAPTCHA = pages.page('<div id="captcha"><h2>安全验证</h2></div>', "安全验证")
MISSING = pages.page('<div class="alert">主题不存在</div>', "主题不存在")


@dataclass(frozen=True)
class Known:
    key: str = KEY
    url: str = URL
    row_signature: str | None = "o:a"
    digest: str | None = "d1"
    etag: str | None = '"e1"'
    last_modified: str | None = None
    checked_at: datetime | None = NOW
    gone_at: datetime | None = None


def reader(**keys):
    given = {"name": "b", "start": f"{HOST}/board/", "list": LIST, "item": ITEM, **keys}
    return AnswerReader(Site.model_validate(given))


def answer(text="", status=200, url=URL, kind="text/html; charset=utf-8", **more):
    body = text if isinstance(text, bytes) else text.encode()
    return Answer(url, status, body, NOW, kind, **more)


def read(given, known=None, **keys):
    return reader(**keys).read(given, Wanted(URL, KEY, "o:b", known))


def test_an_offer():
    item = read(answer(pages.item_page(), etag='"e2"', last_modified="yesterday"), Known())
    assert isinstance(item, Listing)
    assert (item.site, item.key, item.url, item.title, item.body) == ("b", KEY, URL, pages.TITLE, pages.BODY)
    assert (item.price.text, item.seller, item.contacts[0].value) == ("380元", "演示卖家", "13800000001")
    assert item.posted_at == datetime(2026, 10, 16, 5, 37, tzinfo=UTC)
    assert item.images == (f"{HOST}/picture.png",)
    fetch = item.fetch
    assert (fetch.etag, fetch.last_modified, fetch.row_signature) == ('"e2"', "yesterday", "o:b")
    assert (fetch.known_digest, fetch.fetched_at) == ("d1", NOW)


def test_one_that_was_gone_is_stored_anew_even_when_it_says_the_same():
    assert read(answer(pages.item_page()), Known(gone_at=NOW)).fetch.known_digest is None


def test_not_modified():
    assert read(answer(status=304), Known()) == Sighting("b", ((KEY, "o:b"),), NOW, checked=True)
    renewed = read(answer(status=304, last_modified="today"), Known())
    assert renewed.validators == ('"e1"', "today"), "what such an answer says of the page is newer than what is known"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(status=404), "HTTP 404"),
        (answer(status=410), "HTTP 410"),
        (answer(MISSING), "主题不存在"),
        (answer(pages.page("<h1>首页</h1>"), url=f"{HOST}/"), "首页"),
        (answer(pages.list_page([]), url=f"{HOST}/board/"), "列表页"),
    ],
)
def test_gone_when_it_was_known_else_a_problem_that_is_not_tried_again(given, reason):
    gone = read(given, Known())
    assert isinstance(gone, Gone)
    assert (gone.key, gone.url, gone.seen_at) == (KEY, URL, NOW)
    assert reason in gone.reason
    missed = read(given)
    assert isinstance(missed, Problem)
    assert (missed.kind, missed.key) == ("soft_404", KEY)
    assert reason in missed.reason


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (answer("no", 500), "http_error"),
        (answer("no", 403), "http_error"),
        (answer("no", 401), "login_wall"),
        (answer(LOGIN), "login_wall"),
        (answer(CAPTCHA), "captcha"),
        (answer(b"%PDF-1.4", kind="application/pdf"), "not_html"),
        (answer(bytes(range(256)) * 8), "not_html"),
        (answer(b"PK\x03\x04\0\0\0\0" + b"\0" * 90), "not_html"),
        (answer(b""), "parse_error"),
        (answer("<html></html>"), "parse_error"),
    ],
)
@pytest.mark.parametrize("known", [None, Known()])
def test_problems_keep_the_key_and_never_mark_a_known_listing_as_gone(given, kind, known):
    item = read(given, known)
    assert isinstance(item, Problem)
    assert (item.kind, item.key, item.url, item.page, item.seen_at) == (kind, KEY, URL, "item", NOW)
    assert item.reason


@pytest.mark.parametrize("text", [LOGIN, CAPTCHA, MISSING])
def test_a_notice_is_no_offer_on_a_site_of_unknown_make(text):
    item = read(answer(text), list=None, item=None)
    assert isinstance(item, Problem)
    assert item.kind in {"login_wall", "captcha", "soft_404"}


def test_an_offer_may_speak_of_logging_in():
    body = "低价出售，看图片请登录后查看，此商品已下架的不要再问。\n" + pages.BODY
    item = read(answer(pages.page(pages.item(body=body), pages.TITLE)))
    assert isinstance(item, Listing)
    assert item.body == body


@pytest.mark.parametrize(
    ("body", "kind", "is_page"),
    [
        (b"<html>", "text/html", True),
        (b"<html>", None, True),
        (b"<html>", "application/octet-stream", True),
        (b"text", "text/plain", True),
        (b"text", "image/png", False),
        ("<html>你好".encode("utf-16"), "text/html", True),
        ("<html>你好".encode("utf-16-le"), "text/html", True),
        ("<html>你好".encode("gbk"), "text/html", True),
        (b"<html>a\0b" + b"x" * 300, "text/html", True),
        (b"\x1f\x8b\x08\0\0\0\0\0", "text/html", False),
        (b"", "text/html", True),
    ],
)
def test_is_page(body, kind, is_page):
    assert answer(body, kind=kind).is_page is is_page


GENERIC = {"list": None, "item": None, "platform": "generic"}


def ad(text, title="求购斑鸠"):
    return answer(pages.page(f"<h1>{title}</h1><article><p>{text}</p></article>", title))


@pytest.mark.parametrize(
    "text",
    [
        "长期求购斑鸠，有货联系，登录后查看联系方式。",
        "斑鸠现货，量大从优，如信息已失效请勿扰，谢谢。",
        "出画眉三只，需要登录才能私信我，电话 13800001234",
    ],
)
@pytest.mark.parametrize("known", [None, Known()])
def test_a_short_offer_that_uses_a_notices_words_is_an_offer(text, known):
    item = read(ad(text), known, **GENERIC)
    assert isinstance(item, Listing), item
    assert text[:8] in item.body


def test_a_page_that_moved_to_a_log_in_form_is_no_offer():
    words = "会员登录后可以查看全部信息，注册会员请联系管理员。" * 12
    page = pages.page(
        f"<h1>会员登录</h1><article><p>{words}</p></article><form><input type=password></form>", "会员登录"
    )
    item = read(answer(page, url=f"{HOST}/login?next=7"), Known(), **GENERIC)
    assert (type(item), item.kind) == (Problem, "login_wall")


@pytest.mark.parametrize(("known", "kind"), [(Known(), Gone), (None, Problem)])
def test_a_redirect_to_another_listing_is_not_taken_for_the_one_asked_for(known, kind):
    start = f"{HOST}/forum.php?mod=forumdisplay&fid=2"
    site = Site.model_validate({"name": "b", "platform": "discuz", "start": start})
    asked = Wanted(f"{HOST}/forum.php?mod=viewthread&tid=5", "5", "o:b", known)
    post = '<div id="post_1"><table><tr><td class="t_f">另一个帖子的正文</td></tr></table></div>'
    page = pages.page(f'<h1><span id="thread_subject">另一个帖子</span></h1>{post}')
    item = AnswerReader(site).read(answer(page, url=f"{HOST}/forum.php?mod=viewthread&tid=9"), asked)
    assert isinstance(item, kind)
    assert "另一条信息" in item.reason


def test_another_sites_address_is_not_taken_for_the_pages_own():
    page = pages.item_page().replace(
        "<head>", '<head><link rel="canonical" href="https://other.example.org/board/item/7">'
    )
    item = read(answer(page))
    assert isinstance(item, Listing)
    assert item.url == URL
