"""Pages that lie about their encoding, or say nothing."""

from __future__ import annotations

import codecs

import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.fields.charset import decode

TEXT = (
    "<html><head><title>出售信息</title></head><body><p>自家繁育的鹦鹉，三千元一只，有证，加我详谈。</p></body></html>"
)
TRADITIONAL = "<p>出售象牙製品，請聯繫我們，謝謝您的來信。</p>"
HEADERS = (None, "text/html", "text/html; charset=utf-8", "text/html; charset=GBK", 'text/html; charset="gb2312"')


def meta(charset: str) -> str:
    return TEXT.replace("<head>", f'<head><meta http-equiv="Content-Type" content="text/html; charset={charset}">')


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("charset", ["gbk", "gb2312", "utf-8", "big5", "iso-8859-1", "no-such-charset"])
def test_valid_utf8_is_utf8_whatever_is_declared(header, charset):
    assert decode(meta(charset).encode(), header) == (meta(charset), "utf-8")


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("charset", ["gbk", "gb2312", "utf-8", "iso-8859-1", "no-such-charset"])
def test_gbk_is_read_whatever_is_declared(header, charset):
    assert decode(meta(charset).encode("gbk"), header) == (meta(charset), "gb18030")


def test_gb2312_label_reads_characters_beyond_it():
    page = meta("gb2312").replace("详谈", "朱镕基 㐂 𠀀 €")
    assert decode(page.encode("gb18030")) == (page, "gb18030")


@pytest.mark.parametrize("header", HEADERS)
def test_one_broken_byte_in_gbk_costs_one_character(header):
    body = TEXT.encode("gbk")
    at = body.index("三千元".encode("gbk"))
    for broken in (
        body[:at] + b"\xff" + body[at + 1 :],
        body[: at + 1] + b"\xff" + body[at + 2 :],
        body[:at] + b"\x80" + body[at:],
    ):
        text, encoding = decode(broken, header)
        assert encoding == "gb18030"
        assert text.count("\ufffd") == 1
        assert text.startswith(TEXT[: TEXT.index("三")])
        assert text.endswith(TEXT[TEXT.index("千") :])


@pytest.mark.parametrize("header", HEADERS)
def test_one_broken_byte_in_utf8_stays_utf8(header):
    body = meta("gbk").encode()
    at = body.index("三".encode())
    text, encoding = decode(body[:at] + b"\xff" + body[at:], header)
    assert (text.count("\ufffd"), encoding) == (1, "utf-8")
    assert text.replace("\ufffd", "") == meta("gbk")


@pytest.mark.parametrize("cut", [1, 2])
def test_cut_last_character_does_not_flip_the_decision(cut):
    body = meta("gbk").encode()[: meta("gbk").encode().index("谈".encode()) + cut]
    text, encoding = decode(body, "text/html; charset=gbk")
    assert encoding == "utf-8"
    assert text == meta("gbk")[: meta("gbk").index("谈")] + "\ufffd"
    gbk = TEXT.encode("gbk")
    text, encoding = decode(gbk[: gbk.index("谈".encode("gbk")) + 1], "text/html; charset=utf-8")
    assert (text, encoding) == (TEXT[: TEXT.index("谈")] + "\ufffd", "gb18030")


@pytest.mark.parametrize("label", [None, "big5", "Big5-HKSCS", "x-x-big5", "utf-8"])
def test_big5(label):
    header = f"text/html; charset={label}" if label else None
    assert decode(TRADITIONAL.encode("big5"), header) == (TRADITIONAL, "big5hkscs")


def test_hong_kong_characters():
    page = "<p>佢哋嘅嘢喺邊度㗎？唔該晒，啲嘢好平㗎喇，要就快啲嚟攞啦！</p>"
    assert decode(page.encode("big5hkscs"), "text/html; charset=big5") == (page, "big5hkscs")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_byte_order_mark_beats_everything(mark, encoding):
    body = mark + TEXT.encode(encoding)
    assert decode(body, "text/html; charset=gbk", "big5") == (TEXT, encoding)


def test_utf16_without_mark():
    assert decode(TEXT.encode("utf-16-le"), None) == (TEXT, "utf-16-le")


def test_configuration_beats_the_bytes():
    assert decode("中文".encode(), None, "gb2312") == ("涓\ue15f枃", "gb18030")  # the site's keeper knows better
    assert decode(TEXT.encode("gbk"), "text/html; charset=utf-8", "GBK") == (TEXT, "gb18030")
    assert decode(TEXT.encode(), None, "no-such-charset") == (TEXT, "utf-8")


def test_ascii_and_nothing():
    assert decode(b"<p>hello</p>") == ("<p>hello</p>", "utf-8")
    assert decode(b"<p>hello</p>", "text/html; charset=gb2312") == ("<p>hello</p>", "gb18030")
    assert decode(b"") == ("", "utf-8")
    assert decode(b"", "text/html; charset=") == ("", "utf-8")


def test_western_page_keeps_its_letters():
    assert decode("Café £9.99".encode("latin-1"))[0] == "Café £9.99"


def test_gbk_that_happens_to_be_valid_utf8():
    body = "<meta charset=gbk><p>一</p>".encode("gbk")
    assert body.decode("utf-8")
    assert decode(body)[0] == "<meta charset=gbk><p>一</p>"


def test_controls_that_lxml_refuses_are_gone():
    text, _ = decode("象\0牙\x08一\x0c对\ufffe\uffff\t\r\n".encode())
    assert text == "象牙一 对\ufffd\ufffd\t\r\n"
    assert decode("象\0牙".encode("gbk"), None, "gbk")[0] == "象牙"
    assert decode(codecs.BOM_UTF16_LE + b"\x00\xd8a\0")[0].endswith("a")


@pytest.mark.parametrize("label", ["unicode_escape", "rot13", "utf-7", "idna", "undefined", "base64", "punycode"])
def test_python_codecs_are_not_for_pages(label):
    body = f"<meta charset={label}><p>\\u8c61牙</p>"
    assert decode(body.encode(), f"text/html; charset={label}", label) == (body, "utf-8")


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([*HEADERS, "charset=utf-16", "charset=\ud800"]),
    st.none() | st.text(max_size=8),
)
@example(b"\xff\xfe\x00\xd8", None, None)
@example(b"\xff" * 300, None, "gbk")
def test_never_raises_and_lxml_takes_the_text(body, header, declared):
    text, encoding = decode(body, header, declared)
    codecs.lookup(encoding)
    element = lxml.html.Element("p")
    element.text = text
    assert element.text == text


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=60),
    st.sampled_from(HEADERS),
)
def test_utf8_round_trip(text, header):
    assert decode(text.encode(), header) == (text, "utf-8")


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("出售自家繁育的鹦鹉三千元一只有证加我详谈，。abc <>"), max_size=80))
def test_gbk_round_trip_under_a_gbk_label(text):
    assert decode(text.encode("gbk"), "text/html; charset=gbk")[0] == text
