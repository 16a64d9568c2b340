from __future__ import annotations

from datetime import timedelta

from storage.review import decisions, mining, quality
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import HOUR, NOW
from tests.storage.review.making import lead_ids, offer

DAY = timedelta(days=1)


def judge(  # noqa: PLR0917 - one fact each
    db, who, leads, kind, reason=None, at=NOW
):
    for lead in leads:
        decisions.decide(db, Decision(lead, who.actor(), kind, reason=reason), at, policy=ALONE)


def ivory(key, body, **facts):
    return offer(key, "象牙", body=body, hit_facts={"entry": "p-1", "channel": "split"}, **facts)


def test_precision_per_entry_and_channel(db, site_id, run_id, anna):
    leads = lead_ids(db, site_id, run_id, *(ivory(str(n), f"象牙{n}") for n in range(8)), offer("owl"))
    judge(db, anna, leads[:2], "confirm")
    judge(db, anna, leads[2:5], "dismiss", "not_object.toy", NOW + HOUR)
    judge(db, anna, leads[5:6], "dismiss", "outside", NOW + HOUR)
    judge(db, anna, leads[8:], "confirm", at=NOW + 2 * DAY)
    (one,) = quality.entries(db, NOW, NOW + DAY)
    assert (one.entry, one.channel, one.term, one.right, one.wrong, one.waiting) == ("p-1", "split", "象牙", 2, 4, 2)
    assert one.reasons == (("not_object.toy", 3), ("outside", 1))
    assert one.precision.value == 2 / 6
    assert [(row.entry, row.right, row.wrong) for row in quality.entries(db, NOW, NOW + 3 * DAY)] == [
        ("p-1", 2, 4),
        ("sp-1", 1, 0),
    ]
    assert quality.trend(db, "p-1", "split", [NOW, NOW + HOUR, NOW + DAY, NOW + 2 * DAY]) == [(2, 0), (0, 4), (0, 0)]
    assert quality.trend(db, "p-1", "exact", [NOW, NOW + DAY]) == [(0, 0)]
    assert quality.trend(db, "sp-1", None, [NOW, NOW + 3 * DAY]) == [(1, 0)]


def test_suggested_exclusions(db, site_id, run_id, anna):
    wrong = lead_ids(db, site_id, run_id, *(ivory(f"w{n}", f"全新象牙白沙发{n}号,包邮") for n in range(4)))
    right = lead_ids(db, site_id, run_id, *(ivory(f"r{n}", f"老象牙手镯{n}号,全新") for n in range(3)))
    judge(db, anna, wrong, "dismiss", "not_object.brand")
    judge(db, anna, right, "confirm")
    found = quality.exclusions(db, "p-1")
    assert found == [quality.Exclusion("p-1", "象牙白", 4, tuple(wrong[:3]))]
    more = lead_ids(db, site_id, run_id, *(ivory(f"t{n}", f"找对象牙{n}齿矫正") for n in range(3)))
    judge(db, anna, more, "dismiss", "outside")
    assert [(one.text, one.wrong) for one in quality.exclusions(db, "p-1")] == [("象牙白", 4), ("对象牙", 3)]
    assert quality.exclusions(db, "none") == []


def test_candidates_for_code_words(db, site_id, run_id, anna):
    right = lead_ids(
        db, site_id, run_id, *(ivory(f"r{n}", f"象牙到货,果冻料{n},加微信聊", seller=f"会员{n}") for n in range(4))
    )
    wrong = lead_ids(
        db, site_id, run_id, *(ivory(f"w{n}", f"象牙白衣柜{n},加微信聊,到货", seller=f"商家{n}") for n in range(20))
    )
    judge(db, anna, right, "confirm")
    judge(db, anna, wrong, "dismiss", "outside")
    found = quality.candidates(db, known=["象牙"])
    assert [one.text for one in found] == ["果冻料"]
    assert (found[0].leads, found[0].sellers, found[0].elsewhere, found[0].examples) == (4, 4, 0, tuple(right[:3]))
    assert quality.candidates(db, known=["象牙", "果冻料"]) == []


def test_one_sellers_habit_is_no_code():
    assert mining.mine([(n, "a", f"果冻料{n}") for n in range(9)], ["别的"] * 20) == []
    assert mining.mine([], []) == []
    assert mining.words("a果 冻\ud800料子") == {"料子"}


def test_trends_are_each_entrys_own(db, site_id, run_id, anna):
    leads = lead_ids(db, site_id, run_id, *(ivory(str(n), f"象牙{n}") for n in range(4)), offer("owl"))
    judge(db, anna, leads[:1], "confirm", at=NOW)
    judge(db, anna, leads[1:3], "dismiss", "outside", NOW + HOUR)
    judge(db, anna, leads[3:], "confirm", at=NOW + 2 * HOUR)
    edges = [NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR]
    found = quality.trends(db, edges)
    assert found == {("p-1", "split"): [(1, 0), (0, 2), (1, 0)], ("sp-1", "exact"): [(0, 0), (0, 0), (1, 0)]}
    for (entry, channel), numbers in found.items():
        assert quality.trend(db, entry, channel, edges) == numbers
    assert quality.trends(db, [NOW + HOUR, NOW + 2 * HOUR]) == {("p-1", "split"): [(0, 2)]}
