"""What a rescan changed, counted: exact totals, the weightiest examples, flat in memory."""

from __future__ import annotations

from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.differing import Differences, FactorChange, Term
from storage.revising import Change
from wangdun.rescan_report import as_facts, print_report
from wangdun.rescan_summary import EXAMPLES, Summary, Weightiest


def change(number, kind="raised", *, old=30.0, new=50.0, gained=(), lost=(), title="转让"):
    told = Differences(tuple(gained), tuple(lost), (FactorChange("出售用语", 0.0, 10.0),))
    return Change(kind, number, number, number, title, "review", old, "alert", new, told)


@given(st.lists(st.floats(0, 100), max_size=60), st.integers(1, 12))
@settings(max_examples=60)
def test_the_weightiest_are_kept_heaviest_first(scores, most):
    kept = Weightiest(most)
    for number, score in enumerate(scores):
        kept.add(change(number, old=0.0, new=score))
    expected = sorted(enumerate(scores), key=lambda one: (-one[1], one[0]))[:most]
    assert [one.listing_id for one in kept.changes] == [number for number, _ in expected]


def test_counts_by_kind_and_entry():
    ivory, trap = Term("a:象牙", "象牙", 2), Term("g:猎套", "猎套", 1)
    changes = [change(1, gained=[ivory]), change(2, "lapsed", lost=[ivory, trap]), change(3, "below", gained=[trap])]
    summary = Summary.of(changes, scanned=10)
    assert summary.unchanged == 7
    assert (summary.counts["raised"], summary.counts["lapsed"], summary.counts["new"]) == (1, 1, 0)
    ivory_tally = summary.entries["a:象牙"]
    assert (ivory_tally.gained, ivory_tally.lost, ivory_tally.hits_gained, ivory_tally.hits_lost) == (1, 1, 2, 2)
    assert summary.factors["出售用语"] == 3
    facts = as_facts(summary, None)
    assert facts["changes"]["below"] == 1
    assert {one["term"] for one in facts["entries"]} == {"象牙", "猎套"}


def test_the_report_hides_contacts_and_says_how_many_it_leaves_out(capsys):
    many = [change(n, title="出售象牙 13800001234\x1b[31m", new=40.0 + n) for n in range(EXAMPLES + 5)]
    print_report(Summary.of(many, scanned=100), None, UTC)
    shown = capsys.readouterr().out
    assert "13800001234" not in shown
    assert "\x1b" not in shown
    assert f"风险上调（{EXAMPLES + 5} 条，列出 {EXAMPLES} 条）" in shown
    assert "待核 30 → 告警 54" in shown
    assert "出售用语 +0→+10" in shown
