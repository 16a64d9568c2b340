"""Quality of entries, candidates for code words, and the way from there into the lexicon's form."""

from __future__ import annotations

import html
import re

import pytest

from console import charts, lexicon_forms
from storage.database import Database
from storage.review import accounts, audit, decisions
from storage.review.audit import Wanted
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.console import filling
from tests.console.monitoring import monitored
from tests.storage.making import NOW
from tests.storage.review.making import lead_ids, offer

HOSTILE = "<script>alert(1)</script>\u202e"


def tusk(key, body, channel="exact", **facts):
    hit = {"entry": "animals_products:象牙", "channel": channel, "category": "animal_product"}
    return offer(key, "象牙", body=body, hit_facts=hit, **facts)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    opened = Database.open(f"sqlite:///{tmp_path_factory.mktemp('quality')}/console.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def served(db, tmp_path_factory):
    with monitored(db, tmp_path_factory.mktemp("settings")) as running:
        running.person("demo_li", "reviewer")
        who = accounts.by_name(db, "demo_li").actor()
        place = filling.site_and_run(db)
        right = (
            tusk(f"r{n}", f"象牙到货,果冻料{n}号,{HOSTILE}电话1380000{n}234", "split", title=HOSTILE, seller=f"藏家{n}")
            for n in range(4)
        )
        wrong = (tusk(f"w{n}", f"全新象牙白沙发{n}号,到货", seller=f"家具{n}") for n in range(9))
        for lead in lead_ids(db, *place, *right):
            decisions.decide(db, Decision(lead, who, "confirm"), NOW, policy=ALONE)
        for lead in lead_ids(db, *place, *wrong):
            decisions.decide(db, Decision(lead, who, "dismiss", reason="not_object.brand"), NOW, policy=ALONE)
        yield running


@pytest.fixture(scope="module")
def keeper(served):
    return served.signed_in("demo_ci", "lexicon", "approver")


def rows(text):
    return re.findall(r"<tr data-row>(.*?)</tr>", text, re.DOTALL)


def numbers(row):
    return [re.sub(r"<[^>]+>|\s", "", cell) for cell in re.findall(r'<td class="number">(.*?)</td>', row, re.DOTALL)]


def test_precision_volume_and_reasons_of_each_entry_and_channel(keeper):
    first, second = rows(keeper.get("/quality?days=365").text)
    assert "原词" in first
    assert numbers(first)[:4] == ["0%（0%–30%）", "9", "0", "9"]
    assert "品牌、型号、颜色等名称 9" in first
    assert "拆字" in second
    assert numbers(second)[:4] == ["100%（51%–100%）", "4", "4", "0"]
    assert 'aria-label="象牙：' in first


def test_the_table_is_sorted_and_narrowed_by_the_address(keeper):
    assert [numbers(row)[1] for row in rows(keeper.get("/quality?days=365&sort=right").text)] == ["4", "9"]
    assert [numbers(row)[1] for row in rows(keeper.get("/quality?days=365&channel=split").text)] == ["4"]
    assert len(rows(keeper.get("/quality", params={"days": "365", "q": "animals_products:"}).text)) == 2
    assert rows(keeper.get("/quality", params={"days": "365", "q": "%"}).text) == []
    assert rows(keeper.get("/quality?days=30").text) == []  # decided half a year ago
    for wrong in ("sort=x", "channel=x", "days=7"):
        assert keeper.get(f"/quality?{wrong}").status_code == 422


def test_a_suggested_exclusion_goes_into_the_form(keeper):
    text = keeper.get("/quality/entry", params={"entry": "animals_products:象牙", "days": "365"}).text
    assert ">象牙白</strong>" in text
    assert "<polyline" in text
    assert "数据表" in text
    days = re.findall(r"<tr><td>(\d{4}-\d\d-\d\d)</td>", text)
    assert len(days) > 1  # with the year: a trend of a year begins and ends in the same month
    assert days == sorted(days)
    (address,) = re.findall(r'href="(/lexicon/edit\?[^"]*exclude_add=[^"]+)"', text)
    form = keeper.get(html.unescape(address)).text
    assert 'value="象牙白"' in form
    assert keeper.get("/quality/entry", params={"entry": "nothing"}).status_code == 404


def test_candidates_show_examples_harmlessly_and_go_into_the_form(keeper):
    text = keeper.get("/quality/words").text
    (row,) = [row for row in rows(text) if '<strong class="foreign">果冻料</strong>' in row]
    assert numbers(row)[:3] == ["4", "4", "0"]
    assert "到货,<mark>果冻料</mark>0号" in row
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "13800000234" not in text
    (address,) = re.findall(r'href="(/lexicon/edit[^"]+)"', row)
    form = keeper.get(html.unescape(address)).text
    assert 'value="果冻料"' in form
    assert re.search(r'<option value="codeword" selected>', form)
    assert re.search(r'<option value="animal_product" selected>', form)


def test_a_word_that_is_no_code_word_is_put_aside_and_can_come_back(keeper, db):
    assert keeper.post("/quality/words", word="果冻料", verdict="plain").status_code == 303
    text = keeper.get("/quality/words").text
    assert not [row for row in rows(text) if "果冻料" in row]
    assert "已定为“不是暗语”的 1 个词" in text
    keeper.post("/quality/words", word="果冻料", verdict="open")
    assert [row for row in rows(keeper.get("/quality/words").text) if "果冻料" in row]
    assert [row.action for row in audit.recent(db, Wanted(kind="word"))] == ["word.open", "word.plain"]
    assert keeper.post("/quality/words", word="果冻料", verdict="x").status_code == 422


def test_who_may_not_edit_the_lexicon_gets_no_button_for_it(served):
    text = served.log_in("demo_li").get("/quality/words").text
    assert "果冻料" in text
    assert "/lexicon/edit" not in text
    assert "不是暗语</button>" not in text


def test_a_proposal_is_added_to_what_is_there():
    there = {"exclude_add": "象牙白、象牙塔", "strength": "weak"}
    values = lexicon_forms.shown_in("change", {}) | there
    for asked, expected in (
        ("象牙果", "象牙白、象牙塔、象牙果"),
        ("象牙塔", "象牙白、象牙塔"),
        ("\x07", "象牙白、象牙塔"),
    ):
        assert lexicon_forms.prefilled("change", values, {"exclude_add": asked})["exclude_add"] == expected
    made = lexicon_forms.prefilled("change", values, {"strength": "x", "severity": "2", "id": "y"})
    assert (made["strength"], made["severity"]) == ("weak", "2")
    assert "id" not in made


def test_a_small_chart_is_a_picture_with_a_name():
    made = str(charts.spark("象牙<1>", [(1, 0), (0, 3), (0, 0)]))
    assert 'aria-label="象牙&lt;1&gt;"' in made
    assert made.count("<rect") == 6
    assert "style=" not in made
    assert charts.spark("x", []).count("<rect") == 0
