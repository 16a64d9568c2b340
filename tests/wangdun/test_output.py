"""Text from pages is made harmless before a terminal or a program sees it."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wangdun.running import ROOT, python
from wangdun.output import json_text, one_line, plain, signed

ANY = st.text(st.characters(codec=None))  # lone surrogates included


@given(ANY)
@settings(max_examples=200)
def test_plain_keeps_every_position_and_nothing_harmful(text):
    safe = plain(text)
    assert len(safe) == len(text)
    safe.encode()
    assert plain(safe) == safe
    assert not any(ord(char) < 32 and char != "\n" for char in safe)
    assert not set("\x1b\x7f\x9b\u202e\u2066\u200f\u2028\r\0") & set(safe)


def test_plain_leaves_chinese_and_zero_width_evidence_alone():
    assert plain("象\u200b牙🐘\n正文") == "象\u200b牙🐘\n正文"
    assert plain("a\x1b[31mb\tc") == "a␛[31mb c"


@given(st.recursive(ANY | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(ANY, inner), max_leaves=8))
@settings(max_examples=200)
def test_json_is_the_same_value_and_harmless(value):
    text = json_text(value)
    text.encode()
    assert json.loads(text) == value
    assert not set("\x7f\x9b\u202e\u2066\x1b\n") & set(text)


def test_one_line():
    assert one_line("a\nb\r\nc", 10) == "a b␍ c"
    assert one_line("一二三四五", 4) == "一二三…"


def test_a_quote_tells_hidden_characters_by_their_names():
    assert (
        signed("象\u200b\u200b牙\u202e\x1b[2J坏\ufffd\n")
        == "象［零宽空格×2］牙［强制右至左］［U+001B］[2J坏［乱码字符］ "
    )
    assert signed("出售❤️\t象牙") == "出售❤️ 象牙"


@given(ANY)
@settings(max_examples=100)
def test_a_quote_is_harmless(text):
    assert plain(signed(text)) == signed(text)


def test_tables_do_not_obey_markup_and_are_wide_in_a_pipe():
    code = """
        from wangdun.output import print_table
        print_table(("标题", "链接"), [("[bold red]x[/] :smile: \\x1b[2J", "http://example.org/" + "a" * 80)])
    """
    shown = python(code, ROOT)
    assert "[bold red]x[/] :smile: ␛[2J" in shown
    assert "http://example.org/" + "a" * 80 in shown
    assert "\x1b" not in shown
