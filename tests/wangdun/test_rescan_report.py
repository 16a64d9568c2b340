"""What a report says about one lead."""

from storage.differing import Differences, FactorChange
from wangdun.rescan_report import _factors


def test_a_weight_that_looks_the_same_before_and_after_is_not_listed():
    changes = (FactorChange("措辞", 9.9, 10.1), FactorChange("命中：象牙", 29, 17), FactorChange("数量", 0, 2.2))
    assert _factors(Differences((), (), changes)) == "命中：象牙 +29→+17，数量 +0→+2"


def test_nothing_but_such_weights_is_a_dash():
    assert _factors(Differences((), (), (FactorChange("措辞", 1.6, 1.8),))) == "—"
