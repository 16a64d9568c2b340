from __future__ import annotations

from types import SimpleNamespace

import pytest

from console import tags
from console.codes import PAGE_STATES, STATUSES


@pytest.mark.parametrize(
    ("score", "height", "shown"),
    [(100.0, "high", "100"), (75.0, "high", "75"), (74.6, "middle", "75"), (55.0, "middle", "55"), (0.4, "low", "0")],
)
def test_risk_is_coloured_by_its_height(score, height, shown):
    row = SimpleNamespace(score=score, verdict="alert")
    assert tags.risk(row) == f'<span class="risk {height}" title="告警">{shown}</span>'


def test_every_status_has_its_word():
    for code, word in STATUSES.items():
        assert f">{word}</span>" in tags.status(code)
    assert 'class="tag red"' in tags.status("confirmed")
    assert 'class="tag "' in tags.status("new")


def test_every_state_of_a_page_has_its_word():
    for code, word in PAGE_STATES.items():
        assert f">{word}</span>" in tags.page_state(code)
    assert tags.page_state("") == ""


@pytest.mark.parametrize("made", [tags.status, tags.page_state])
def test_unknown_codes_are_shown_and_harmless(made):
    assert "&lt;b&gt;" in made("<b>")
    assert "<b>" not in made("<b>")


def test_options_are_escaped_and_one_is_chosen():
    words = {"a": "甲", 'x" onclick="': "<b>乙", "z\u202e": "丙"}
    assert tags.options(words, "a") == (
        '<option value="a" selected>甲</option>'
        '<option value="x&#34; onclick=&#34;">&lt;b&gt;乙</option>'
        '<option value="z\ufffd">丙</option>'
    )
    assert "selected" not in tags.options(words, "b")
    assert tags.options({**words, "b": "丁"}, "b").endswith('<option value="b" selected>丁</option>')
