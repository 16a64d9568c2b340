"""What leaves the house of a lead: quotes masked as the whole text is, departments as a referral would name them."""

from __future__ import annotations

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from storage import leads, runs, sites
from storage.database import Database
from storage.review import permits
from storage.review.audit import Actor
from tests.storage.making import NOW, detection, hit, listing
from tests.storage.review.making import lead_ids
from wangdun.config import load
from wangdun.dossier import as_facts, print_lead
from wangdun.export import Export
from wangdun.lead_record import lead_record
from wangdun.routed_leads import all_routed, routed

BODY = "出售猫头鹰，加微信：demo_owl77，量大从优"
TOLD = ("demo_owl77", "owl77", "mo_owl")


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path / "w.sqlite")
    yield database
    database.close()


@pytest.fixture
def place(db):
    site_id = sites.register(db, "demo", "discuz", ["http://127.0.0.1/forum"], NOW)
    run_id = runs.start(db, site_id, now=NOW, pid=1, lexicon_version="lex-1", config_hash="c", trigger="manual")
    return site_id, run_id


def quoting(key):
    """A lead whose explanation and hits quote parts of an account, without the label that gives it away."""
    made = listing(key, BODY)
    start = made.text.index("demo_owl77")
    facts = {
        "factors": [{"name": "wording", "label": "措辞", "weight": 1.0, "matched": "owl77", "start": start + 5, "end": start + 10}],
        "suppressed": [{"term": "鸮", "matched": "owl77", "rule": "英文", "start": start + 5, "end": start + 10}],
        "claims": [{"kind": "许可证", "number": "mo_owl", "start": start + 2, "end": start + 8}],
    }  # fmt: skip
    hits = [hit(made.text, "猫头鹰"), hit(made.text, "owl77", term="鸮")]
    return listing(key, BODY, detection=replace(detection(hits=hits), explanation=facts))


def test_quotes_are_masked_as_the_text_is(db, place, capsys):
    (number,) = lead_ids(db, *place, quoting("a"))
    file = leads.get(db, number)
    masked, full = (Export(ZoneInfo("Asia/Shanghai"), whole, {}) for whole in (False, True))
    print_lead(file, masked)
    record = lead_record(file, masked)
    written = [
        json.dumps(as_facts(file, masked), ensure_ascii=False),
        "".join(masked.row(file.lead)),
        capsys.readouterr().out,
    ]
    written += [
        part if isinstance(part, str) else part.decode() for part in (record.facts, record.listing, record.readable)
    ]
    for text in written:
        assert "猫头鹰" in text
        assert not any(told in text for told in TOLD), text
    known = as_facts(file, full)
    assert known["explanation"] == file.explanation
    assert [one["matched"] for one in known["hits"]] == ["猫头鹰", "owl77"]


def claiming(key, *papers):
    made = detection(hits=[hit(listing(key, BODY).text, "猫头鹰")])
    claims = [{"kind": kind, "number": number, "start": 0, "end": 2} for kind, number in papers]
    return listing(key, BODY, detection=replace(made, explanation={"claims": claims}))


def claimed(db, number):
    """What the record of an evidence package says of papers."""
    file, papers = leads.get(db, number), permits.of_lead(db, number)
    record = lead_record(file, Export(ZoneInfo("Asia/Shanghai"), True, {}), papers)
    assert json.loads(record.facts)["permits"][0]["outcome"] == papers[0].outcome
    return [line for line in record.readable.splitlines() if line.startswith("声称有证")]


def test_hidden_characters_are_told_by_their_names(db, place, capsys):
    body = "出售象\u200b牙\u202e手串坏\ufffd了"
    made = listing("z", body)
    facts = {
        "factors": [{"name": "wording", "label": "措辞", "weight": 1.0, "matched": "牙\u202e手"}],
        "suppressed": [{"term": "象", "matched": "坏\ufffd", "rule": "别的词"}],
    }
    found = replace(detection(hits=[hit(made.text, "象\u200b牙")]), explanation=facts)
    (number,) = lead_ids(db, *place, listing("z", body, detection=found))
    print_lead(leads.get(db, number), Export(ZoneInfo("Asia/Shanghai"), True, {}))
    shown = capsys.readouterr().out
    assert shown.count("象［零宽空格］牙") >= 2  # in the text and in the table
    assert shown.count("牙［强制右至左］手") == 2
    assert shown.count("坏［乱码字符］") == 2
    assert "\ufffd" not in shown


def test_what_was_found_out_of_a_claimed_permit_is_told(db, place, capsys):
    papers = [("驯养繁殖许可证", "某林繁〔2024〕1号"), ("合法来源证明", "")]
    one, other = lead_ids(db, *place, claiming("a", *papers), claiming("b", papers[0]))
    assert claimed(db, one) == ["声称有证（待核实）：驯养繁殖许可证 某林繁〔2024〕1号；合法来源证明"]
    shown = permits.Place(one, leads.get(db, one).lead.detection_id, 1)
    actor = Actor(None, "anna")
    permits.say(db, shown, "verified", "县林业局电话答复属实", actor, NOW)
    told = "县林业局电话答复属实）"
    first, second = claimed(db, one)
    assert first.startswith("声称有证（已核实）：驯养繁殖许可证 某林繁〔2024〕1号（")
    assert first.endswith(told)
    assert second == "声称有证（待核实）：合法来源证明"
    (elsewhere,) = claimed(db, other)
    assert elsewhere.startswith(f"声称有证（待核实）：驯养繁殖许可证 某林繁〔2024〕1号（同一编号在线索 {one} 已核实，")
    permits.say(db, shown, "invalid", "查无此证，联系 13800001234", actor, NOW)
    assert claimed(db, one)[0].startswith("声称有证（不属实）：驯养繁殖许可证")
    print_lead(leads.get(db, one), Export(ZoneInfo("Asia/Shanghai"), False, {}), permits.of_lead(db, one))
    printed = capsys.readouterr().out
    assert "声称有证（不属实）" in printed
    assert "查无此证" in printed
    assert "13800001234" not in printed


def test_departments_are_those_of_the_table_of_duties(db, place, tmp_path):
    numbers = lead_ids(db, *place, *(quoting(f"k{number}") for number in range(3)))
    found = [leads.get(db, number).lead for number in numbers]
    (tmp_path / "config.yaml").write_text("{}\n", encoding="utf-8")
    config = load(tmp_path / "config.yaml")
    known = list(all_routed(config, db, iter(found)))
    assert [one.id for one in known] == numbers
    assert known == [routed(config, db, one) for one in found]
    assert all(one.departments for one in known)
    assert {one.departments for one in known} != {one.departments for one in found}
