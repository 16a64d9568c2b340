"""What a report says about one lead."""

from dataclasses import replace
from datetime import UTC, datetime

from storage.differing import Differences, FactorChange
from storage.rescans import Rescan, Selection
from wangdun.rescan_report import _factors, _nothing
from wangdun.rescan_summary import Summary

NOW = datetime(2026, 3, 5, tzinfo=UTC)
STOPPED = Rescan(1, "interrupted", "lex-1", (), Selection(), 7, 10, 90, 10, NOW, NOW, None)


def test_a_rescan_that_was_cut_off_does_not_say_that_nothing_changed():
    summary = Summary(scanned=10)
    assert "到中断为止" in _nothing(summary, STOPPED)
    assert "一致" in _nothing(summary, replace(STOPPED, status="complete"))


def test_a_weight_that_looks_the_same_before_and_after_is_not_listed():
    changes = (FactorChange("措辞", 9.9, 10.1), FactorChange("命中：象牙", 29, 17), FactorChange("数量", 0, 2.2))
    assert _factors(Differences((), (), changes)) == "命中：象牙 +29→+17，数量 +0→+2"


def test_nothing_but_such_weights_is_a_dash():
    assert _factors(Differences((), (), (FactorChange("措辞", 1.6, 1.8),))) == "—"
