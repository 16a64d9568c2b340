"""Readable text of elements."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from crawler.fields.text import block_text, line_text


def element(html: str) -> lxml.html.HtmlElement:
    return lxml.html.fragment_fromstring(html, create_parent="div")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("出售<b>猎</b><i>夹</i>，全新", "出售猎夹，全新"),
        ("一<br>二<br/>三", "一\n二\n三"),
        ("一<br><br>二", "一\n\n二"),
        ("一<br><br><br><br>二", "一\n\n二"),
        ("<br><br>一<br><br>", "一"),
        ("<p>一</p><p>二</p>", "一\n二"),
        ("<p>一</p>\n\n  <p></p><p>&nbsp;</p><p>二</p>尾", "一\n二\n尾"),
        ("前<div>中</div>后", "前\n中\n后"),
        ("<ul><li>一</li><li>二</li></ul>", "一\n二"),
        (
            "<table><tr><th>价格</th><td>300元</td></tr><tr><td>产地</td><td>福建</td></tr></table>",
            "价格 300元\n产地 福建",
        ),
        ("a&nbsp;&nbsp;b\u3000c\u2003d \n\t e", "a b c d e"),
        (
            "一<script>var a='猎夹'</script>二<style>p{}</style>三<noscript>四</noscript><template>五</template>六",
            "一二三六",
        ),
        ("一<!-- 注释 -->二<?php x ?>三", "一二三"),
        ('一<span style="display:none">噪</span>二', "一二"),
        ('一<span style="color:red; DISPLAY : none !important">噪</span>二', "一二"),
        ('一<span style="visibility:hidden">噪</span>二', "一二"),
        (
            '一<span style="font-size:0px">噪</span>二<i style="font-size:0">噪</i>三<i style="font-size:0.0em;">噪</i>四',
            "一二三四",
        ),
        ('一<span style="opacity:0">噪</span>二<i style="opacity:0.0;color:red">噪</i>三', "一二三"),
        (
            '一<span style="font-size:0.9em">二</span><i style="opacity:0.5">三</i><i style="font-size:09px">四</i>',
            "一二三四",
        ),
        ('一<span style="display:nonesuch">二</span><i style="x-display:none">三</i>', "一二三"),
        ("一<span hidden>噪</span>二<i aria-hidden=true>噪</i>三<i aria-hidden=false>四</i>", "一二三四"),
        ("一<div hidden><p>噪<b>声</b></p></div>二", "一\n二"),
        ("<pre>一\n  二\n\n三</pre>四 \n五", "一\n二\n\n三\n四 五"),
        ("<pre hidden>噪\n声</pre>一\n二", "一 二"),
        ("象\u200b牙", "象\u200b牙"),
        ("&lt;b&gt; &amp;", "<b> &"),
        ("", ""),
    ],
)
def test_block_text(html, expected):
    assert block_text(element(html)) == expected


def test_the_element_itself_may_be_hidden_and_its_tail_is_not_its_text():
    root = element('<p id=x style="visibility:hidden">正文</p>尾巴')
    assert block_text(root.get_element_by_id("x")) == "正文"


def test_whole_page():
    page = lxml.html.document_fromstring(
        "<html><head><title>标题</title><script>x</script></head><body><h1>一</h1>二</body></html>"
    )
    assert block_text(page) == "标题\n一\n二"


def test_ten_thousand_deep():
    root = node = lxml.html.Element("div")
    for number in range(10_000):
        node = etree.SubElement(node, "b")
        node.text = str(number % 10)
    node.tail = "完"
    assert block_text(root) == "0123456789" * 1000 + "完"


def test_line_text():
    assert line_text(" 一\u3000 二\n三\xa0") == "一 二 三"
    assert line_text(element("一<br><br>二<p>三</p>")) == "一 二 三"


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("象牙 \n\t\xa0\u3000<>/brpdivsan=\"'&;!-"), max_size=120))
def test_laws_on_any_markup(html):
    text = block_text(element(html))
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert all(line == " ".join(line.split()) for line in text.split("\n"))
    assert line_text(text) == " ".join(text.split())
