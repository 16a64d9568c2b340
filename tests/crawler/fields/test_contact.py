"""Contacts, plain and disguised; every number and account is fictional."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.fields.contact import contact_spans, read_contacts
from crawler.items import Contact

PHONE = "13800001234"


def found(text: str) -> list[tuple[str, str]]:
    return [(contact.kind, contact.value) for contact in read_contacts(text)]


@pytest.mark.parametrize(
    "written",
    [
        "13800001234", "138 0000 1234", "138-0000-1234", "138.0000.1234", "138·0000·1234", "1380 000 1234", "１３８００００１２３４",
        "1 3 8 0 0 0 0 1 2 3 4", "13 80 00 01 23 4", "1\u200b3800001234", "138\u00a00000\u30001234", "1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣", "①③⑧⓪⓪⓪⓪①②③④",
        "𝟏𝟑𝟖𝟎𝟎𝟎𝟎𝟏𝟐𝟑𝟒", "一三八零零零零一二三四", "幺三八零零零零幺二三四", "壹叁捌零零零零壹贰叁肆", "138零零零0 1234", "一3八〇0零0一2三4", "138OOOO1234",
        "138oooo1234", "+86 138 0000 1234", "8613800001234", "0086-13800001234", "+86-138-0000-1234",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "电话{}", "电话：{}，欢迎来电", "诚信出售 {} 张先生", "tel:{}", "（{}）"])
def test_mobile_phones(written, around):
    assert read_contacts(around.format(written)) == (Contact("phone", PHONE, written),)


@pytest.mark.parametrize(
    "text",
    [
        f"{PHONE}一手货源",
        f"{PHONE}两只起送",
        f"三{PHONE}",
        f"联系方式一{PHONE}",
        f"价3000，{PHONE}",
        f"2026-10-16 {PHONE}",
    ],
)
def test_neighbours_that_are_no_digits_of_the_phone(text):
    assert read_contacts(text) == (Contact("phone", PHONE, PHONE),)


def test_two_phones_side_by_side():
    for mark in "/、 ,，;":
        assert found(f"{PHONE}{mark}13900001234") == [("phone", PHONE), ("phone", "13900001234")]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0591-1234567", "05911234567"),
        ("0591-87654321", "059187654321"),
        ("010 8765 4321", "01087654321"),
        ("(010)87654321", "01087654321"),
        ("（０２１）８７６５４３２１", "02187654321"),
        ("400-123-4567", "4001234567"),
    ],
)
def test_landlines(written, value):
    assert read_contacts(f"座机 {written}。") == (Contact("phone", value, written),)


def test_joined_landline_needs_a_label():
    assert found("电话：059187654321") == [("phone", "059187654321")]
    assert found("编码 059187654321") == []


@pytest.mark.parametrize(
    "text",
    [
        "¥3371.00", "3000元/只", "13800001234元", "¥13800001234", "订单号 13800001234", "订单编号：13800001234", "快递单号13800001234", "ISBN 978-7-111-12345-6",
        "ISBN 9787111123456", "2026-10-16 13:37:00", "2026年10月16日13时", "20261016133700", "1792129020000", "6222020000001380000",
        "350102199001011380", "138****1234", "a13800001234b", "https://example.com/t13800001234.html", "1 3 5 7 9 11 13 15 17",
        "13 15 17 19 21 23 25", "128 0000 1234", "1380000123", "138000012345", "10-13-8000-01234", "0.13800001234", "1,2,3,4,5,6,7,8,9,10,11",
    ],
)  # fmt: skip
def test_numbers_that_are_no_phone(text):
    assert read_contacts(text) == ()


@pytest.mark.parametrize(
    "label",
    [
        "微信", "微信：", "微信号", "微信号:", "微 信：", "微.信：", "薇信", "徽信", "威信：", "维信", "溦信：", "微❤：", "薇❤️", "薇❤：", "V信", "v信：", "v❤",
        "V❤️ ", "＋v ", "+V：", "加V", "加v:", "➕V ", "加薇", "加微：", "加薇 ", "薇：", "微：", "卫星", "卫星：", "+卫星 ", "绿泡泡", "绿泡泡：", "wx:", "wx：", "WX ", "vx：",
        "vx ", "VX:", "WeChat: ", "wechat：", "Weixin ", "v：", "微信(wechat)：", "加我微信：", "联系微信 ", "微信同号：", "ｖｘ：", "Ⓥ❤：", "Ⅴ信：", "薇芯:", "wei信 ", "W X：", "v-x：", "💚", "🛰️",
    ],
)  # fmt: skip
def test_wechat_labels(label):
    assert read_contacts(f"自家繁育，{label}demo_A123，可看货") == (Contact("wechat", "demo_A123", "demo_A123"),)
    assert ("wechat", PHONE) in found(f"自家繁育，{label}138 0000 1234，可看货")


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("微信：demoseller", Contact("wechat", "demoseller", "demoseller")),
        ("微信demoseller", Contact("wechat", "demoseller", "demoseller")),
        ("微信：ｄｅｍｏ＿１２", Contact("wechat", "demo_12", "ｄｅｍｏ＿１２")),
        ("微信：de❤mo_12", Contact("wechat", "demo_12", "de❤mo_12")),
        ("微信：de\u200bmo_12", Contact("wechat", "demo_12", "de\u200bmo_12")),
        ("wx13800001234", Contact("wechat", PHONE, PHONE)),
        ("微信：一三八零零零零一二三四", Contact("wechat", PHONE, "一三八零零零零一二三四")),
        ("微信：12345678", Contact("wechat", "12345678", "12345678")),
    ],
)
def test_wechat_accounts(text, contact):
    assert read_contacts(text) == (contact,)


@pytest.mark.parametrize(
    "text",
    [
        "微信扫一扫",
        "微信 iPhone 版",
        "微信支付",
        "卫星电视 Beidou",
        "卫星电话",
        "威信很高",
        "微博：demo_12",
        "微信 2000元",
        "wxyz123456",
        "加薪demo",
        "请加微信",
    ],
)
def test_no_wechat(text):
    assert read_contacts(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        f"{PHONE}（微信同号）",
        f"{PHONE} 微信同号",
        f"{PHONE}vx同号",
        f"{PHONE}，微信同步",
        f"{PHONE}同微信",
        f"电话微信同号：{PHONE}",
        f"电话/微信：{PHONE}",
    ],
)
def test_phone_that_is_a_wechat_account_too(text):
    assert sorted(found(text)) == [("phone", PHONE), ("wechat", PHONE)]


@pytest.mark.parametrize(
    "label",
    [
        "QQ：",
        "QQ",
        "qq ",
        "Q Q：",
        "ＱＱ：",
        "扣扣",
        "扣扣：",
        "企鹅：",
        "企鹅 ",
        "Q:",
        "Q：",
        "球球",
        "+Q ",
        "加Q",
        "Q号",
        "QQ群：",
        "qq号码是",
    ],
)
def test_qq(label):
    assert read_contacts(f"出售，{label}12345678。") == (Contact("qq", "12345678", "12345678"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QQ 1234 5678", [("qq", "12345678")]),
        ("QQ：一二三四五六七八", [("qq", "12345678")]),
        ("QQ12345678一手货源", [("qq", "12345678")]),
        ("微信/QQ：12345678", [("qq", "12345678"), ("wechat", "12345678")]),
        ("企鹅 15000元", []),
        ("QQ：1234", []),
        ("QQ：123456789012", []),
        ("Q：怎么买？", []),
        ("qq:12345@qq.com", [("email", "12345@qq.com")]),
    ],
)
def test_qq_numbers(text, expected):
    assert sorted(found(text)) == expected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("@demo_name", "@demo_name"),
        ("电报 @demo_name", "@demo_name"),
        ("电报：demo_name", "demo_name"),
        ("TG：demo_name", "demo_name"),
        ("tg@demo_name", "@demo_name"),
        ("飞机：demo_name", "demo_name"),
        ("纸飞机 demo_name", "demo_name"),
        ("Telegram: demo_name", "demo_name"),
        ("https://t.me/demo_name?start=1", "t.me/demo_name"),
        ("t.me/demo_name", "t.me/demo_name"),
    ],
)
def test_telegram(text, written):
    assert read_contacts(text) == (Contact("telegram", "demo_name", written),)


@pytest.mark.parametrize("text", ["飞机 Boeing", "飞机票 300元", "@ab", "电报局"])
def test_no_telegram(text):
    assert read_contacts(text) == ()


@pytest.mark.parametrize(
    "written",
    [
        "demo@example.com", "Demo@Example.COM", "demo＠example.com", "demo[at]example.com", "demo(at)example.com", "demo （at） example.com", "demo#at#example.com",
        "demo[at]example[dot]com", "demo(at)example(dot)com", "ｄｅｍｏ@ｅｘａｍｐｌｅ．ｃｏｍ",
    ],
)  # fmt: skip
def test_email(written):
    assert read_contacts(f"邮箱：{written}，") == (Contact("email", "demo@example.com", written),)


@pytest.mark.parametrize("text", ["logo@2x.png", "demo@example", "@example.com", "a@b"])
def test_no_email(text):
    assert "email" not in dict(found(text))


def test_page_order_and_no_repeats():
    text = f"QQ：12345678 电话{PHONE} 微信demo_A1 电话138-0000-1234 邮箱demo@example.com 电话{PHONE}"
    assert found(text) == [("qq", "12345678"), ("phone", PHONE), ("wechat", "demo_A1"), ("email", "demo@example.com")]


def test_at_most_twenty():
    text = " ".join(f"138000012{number:02}" for number in range(50))
    assert found(text) == [("phone", f"138000012{number:02}") for number in range(20)]


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 3 ",
        "a@",
        "微信：",
        "微 ",
        "+加",
        "13800001234微信同号",
        "(010)",
        "微信a",
        "https://",
        "13" + "o" * 50,
        "一三",
    ],
)
def test_a_large_hostile_text_is_read_in_one_go(piece):
    assert len(read_contacts((piece * 200_000)[:200_000])) <= 20


PIECES = [
    "微信",
    "QQ",
    "：",
    "138",
    "0000",
    "1234",
    " ",
    "-",
    "demo_12",
    "@",
    "example.com",
    "一三八",
    "零",
    "企鹅",
    "TG",
    "同号",
    "元",
    "O",
    "\ud800",
    "薇❤️",
    "+86",
]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
@example("İ微信：ﬁdemo_12")
def test_laws(text):
    contacts = read_contacts(text)
    assert len(contacts) <= 20
    assert len({(contact.kind, contact.value) for contact in contacts}) == len(contacts)
    for contact in contacts:
        assert contact.text in text
        assert contact.value.isascii()
        if contact.kind in {"phone", "qq"}:
            assert contact.value.isdigit()


@pytest.mark.parametrize(
    "text",
    ["加薇❤信：demo_x1", "加 薇 信：demo_x1", "微❤信 demo_x1", "卫❤星：demo_x1", "威♥信:demo_x1", "加我威💗信 demo_x1"],
)
def test_wechat_with_hearts_and_spaces_inside_its_name(text):
    assert [(one.kind, one.value) for one in read_contacts(text)] == [("wechat", "demo_x1")]


@pytest.mark.parametrize(
    "text", ["微信同手机 13800001234", "微信同电话：13800001234", "VX同手机13800001234", "手机同微信：13800001234"]
)
def test_one_number_for_both(text):
    found = [(one.kind, one.value) for one in read_contacts(text)]
    assert found == [("wechat", "13800001234"), ("phone", "13800001234")]


@pytest.mark.parametrize("text", ["扣：12345678", "加扣12345678", "扣号：12345678", "联系扣:１２３４５６７８"])
def test_qq_by_half_its_name(text):
    assert [(one.kind, one.value) for one in read_contacts(text)] == [("qq", "12345678")]


@pytest.mark.parametrize("text", ["折扣：12345678", "卡扣号 12345678", "扣12345678元", "扣款12345678"])
def test_other_words_with_that_character(text):
    assert read_contacts(text) == ()


@pytest.mark.parametrize("text", ["微 信 b i r d 8 8", "微信：b i r d 8 8 欢迎", "加v b.i.r.d.8.8"])
def test_spaced_account(text):
    assert [(one.kind, one.value) for one in read_contacts(text)] == [("wechat", "bird88")]


def test_words_behind_a_label_are_no_spaced_account():
    assert read_contacts("微信 a nice bird for you") == read_contacts("微信 f r e e h o m e") == ()


def test_spans_hold_every_occurrence():
    text = "13800001234 或 138 0000 1234" + "，demo_a@example.org" * 30
    assert [text[slice(*span)] for span in contact_spans(text)][:3] == [
        "13800001234",
        "138 0000 1234",
        "demo_a@example.org",
    ]
    assert len(contact_spans(text)) == 32
