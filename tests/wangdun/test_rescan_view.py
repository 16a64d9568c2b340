"""Progress of a rescan where nobody watches: lines with rate and remaining time."""

from __future__ import annotations

import pytest

from wangdun.rescan_view import View, span


def test_lines_say_how_far_it_is(capsys):
    view = View(every=0)
    with view.of(1000, 200):
        view.show(600, [])
    said = capsys.readouterr().err
    assert "已复查 600/1,000 条" in said
    assert "条/秒" in said


def test_nothing_is_said_before_its_time(capsys):
    view = View()
    with view.of(1000, 0):
        view.show(600, [])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("seconds", "said"), [(-1, "0 秒"), (89, "89 秒"), (600, "10 分钟"), (9000, "2.5 小时")])
def test_spans(seconds, said):
    assert span(seconds) == said
