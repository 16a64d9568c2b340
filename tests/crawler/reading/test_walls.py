"""Notices are told apart by the software's own marks first, then by their words."""

from __future__ import annotations

import pytest

from crawler.platforms import recipe as recipes
from crawler.reading.page import parse
from crawler.reading.walls import diagnose, is_short

URL = "https://x.example/"


def kind_of(body: str, platform: str = "generic", missing_is: str = "gone") -> str | None:
    wall = diagnose(
        parse(f"<title>站</title><body>{body}".encode(), URL), recipes.load(platform), missing_is=missing_is
    )  # type: ignore[arg-type]
    return wall.kind if wall else None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("抱歉，指定的主题不存在或已被删除或正在被审核", "gone"),
        ("该商品已下架", "gone"),
        ("The requested topic does not exist.", "gone"),
        ("您需要登录后才可以继续本操作", "login_wall"),
        ("抱歉，您所在的用户组无法进行此操作", "login_wall"),
        ("You must be logged in to view this page", "login_wall"),
        ("请完成验证后继续访问", "captcha"),
        ("访问过于频繁，请稍后再试", "captcha"),
        ("新到画眉一批", None),
        ("", None),
    ],
)
def test_notice_is_known_by_its_words(text: str, kind: str | None) -> None:
    assert kind_of(f"<p>{text}</p>") == kind


def test_missing_list_is_named_as_its_caller_asks() -> None:
    assert kind_of("<p>该页面不存在</p>", missing_is="soft_404") == "soft_404"


def test_password_field_alone_is_a_log_in_wall() -> None:
    assert kind_of("<form><input type='PASSWORD' name='p'></form>") == "login_wall"


def test_challenge_script_is_a_captcha() -> None:
    assert kind_of("<script src='/cdn-cgi/challenge-platform/x.js'></script>") == "captcha"


def test_the_software_s_own_notice_comes_before_general_words() -> None:
    page = "<form><input type=password></form><a>登录</a><div id='messagetext'><p>抱歉，指定的主题不存在</p></div>"
    assert kind_of(page, "discuz") == "gone"


def test_reason_is_chinese_and_quotes_the_notice_within_bounds() -> None:
    wall = diagnose(parse(f"<div id=messagetext>主题不存在{'啊' * 5000}</div>".encode(), URL), recipes.load("discuz"))
    assert wall is not None
    assert wall.reason.startswith("信息已不存在或被删除：主题不存在")
    assert len(wall.reason) < 200


def test_short_page_is_told_from_a_full_one() -> None:
    assert is_short(parse("<p>提示</p>".encode(), URL))
    assert not is_short(parse(f"<p>{'正文' * 2000}</p>".encode(), URL))


@pytest.mark.parametrize("name", recipes.names())
@pytest.mark.parametrize(
    "body", [b"", b"\0", b"<" * 100_000, "主题".encode() * 500_000, ("抱歉，您访问的" + "页" * 100).encode() * 5000]
)
def test_hostile_page_is_diagnosed_without_error(name: str, body: bytes) -> None:
    wall = diagnose(parse(body, URL), recipes.load(name))
    assert wall is None or wall.kind
