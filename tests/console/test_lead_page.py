"""What a lead's page puts together: long explanations folded, what was verified, pictures that look alike."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

import pytest

from storage.evidence.objects import Objects
from storage.evidence.records import FileDraft
from tests.console import filling
from tests.console.serving import serving
from tests.storage.evidence.making import overwrite
from tests.storage.making import detection, hit, listing
from tests.storage.review.making import lead_ids


@pytest.fixture
def served(db, tmp_path):
    with serving(db, facts=filling.facts_in(tmp_path)) as running:
        yield running


@pytest.fixture
def li(served):
    return served.signed_in("demo_li", "reviewer")


def wordy(cues: int):
    """A listing with one hit that counts, and many that add nothing; the same word was left out twice."""
    body = "出售猫头鹰" + "".join(f"暗语{number:02}" for number in range(cues))
    made = listing("1", body=body)
    idle = [hit(made.text, f"暗语{number:02}", weight=0.0) for number in range(cues)]
    found = detection(hits=[hit(made.text, "猫头鹰"), *idle])
    left_out = [
        {"term": "鹦鹉", "matched": "鹦鹉", "start": at, "end": at + 2, "rule": "被普通词盖住"} for at in (0, 1)
    ]
    explained = {**found.explanation, "suppressed": [*left_out, {**left_out[0], "rule": "读音跨过标点"}]}
    return replace(made, detection=replace(found, explanation=explained))


def test_hits_that_add_nothing_are_folded_and_none_is_lost(served, li):
    (lead,) = lead_ids(served.db, *filling.site_and_run(served.db), wordy(20))
    page = li.get(f"/leads/{lead}").text
    first, folded = page.split("另有 14 处命中，没有另外加分</summary>")
    assert len(re.findall(r'<tr id="hit-\d+">', first)) == 7
    assert sorted(map(int, re.findall(r'<tr id="hit-(\d+)">', first + folded))) == list(range(1, 22))


def test_what_was_left_out_is_told_once_with_its_rule(served, li):
    (lead,) = lead_ids(served.db, *filling.site_and_run(served.db), wordy(3))
    page = li.get(f"/leads/{lead}").text
    assert "没有另外加分" not in page
    told = page.split("看到但不计</h3>")[1].split("</ul>")[0]
    assert told.count("<li>") == 2
    assert re.search(r"“鹦鹉”</span> <span class=\"faint\">2 处</span> <span class=\"faint\">被普通词盖住", told)
    assert "读音跨过标点" in told


def test_a_hidden_character_is_a_box_with_its_name_in_every_table(served, li):
    made = listing("1", body="出售象\u200b牙手串，原\u2067文坏\ufffd了")
    spoken = hit(made.text, "象\u200b牙", term="象牙", detail={"folded": "象\u200c牙", "segmentation": ["象\u200d牙"]})
    factor = {"name": "wording", "label": "学习判断：措辞", "weight": 1.5, "matched": "原\u2067文坏\ufffd"}
    near = {"term": "象牙", "matched": "象\u200b牙手", "start": -1, "end": -1, "rule": "被普通词盖住"}
    found = detection(hits=[spoken])
    explained = {**found.explanation, "factors": [factor], "suppressed": [near]}
    made = replace(made, detection=replace(found, explanation=explained))
    (lead,) = lead_ids(served.db, *filling.site_and_run(served.db), made)
    page = li.get(f"/leads/{lead}").text
    why = page[page.index('id="t-why"') : page.index('id="t-facts"')]
    box = '<span class="unseen" title="看不见的字符">{}</span>'.format
    for said in (
        f"象{box('零宽空格')}牙 <",
        f"＝象{box('零宽断开')}牙",
        f"象{box('零宽连接')}牙〕",
        f"“象{box('零宽空格')}牙手”",
    ):
        assert said in why, said
    assert f"原{box('右至左隔离')}文坏" in why
    assert '<span class="unseen" title="网页上的字节无法识别">乱码字符</span>' in why
    assert "\ufffd" not in page


def test_the_last_verification_stays_on_the_page(served, li, tmp_path):
    lead = filling.one(served.db)
    assert "尚未核验" not in li.get(f"/leads/{lead}").text  # there is nothing to verify
    filling.seal_pictures(served.db, tmp_path, "1")
    assert "尚未核验" in li.get(f"/leads/{lead}").text
    li.post(f"/leads/{lead}/verify")
    page = li.get(f"/leads/{lead}").text
    assert re.search(r"核验相符</span> 2026-11-02 09:00 demo_li先生", page)
    assert "还没有核验" not in page
    content = filling.picture(colour="blue")
    file = FileDraft("picture-1.png", "picture", "image/png", content)
    filling.seal_pictures(served.db, tmp_path, "1", file, now=served.clock.now.replace(hour=9))
    assert "此后又有固定，还没有核验" in li.get(f"/leads/{lead}").text
    overwrite(Objects.of(filling.facts_in(tmp_path)["storage"]), sha256(content).hexdigest(), b"another picture")
    served.clock.go_on(hours=9)
    again = served.log_in("demo_li")
    again.post(f"/leads/{lead}/verify")
    assert "核验有问题" in again.get(f"/leads/{lead}").text


def test_leads_with_nearly_the_same_picture_are_shown(served, li, tmp_path):
    first, second = filling.fill(served.db, 2)
    for key, kind in (("1", "PNG"), ("2", "JPEG")):  # the same picture, made anew
        content = filling.picture(kind)
        file = FileDraft(f"picture-1.{kind.lower()}", "picture", f"image/{kind.lower()}", content)
        filling.seal_pictures(served.db, tmp_path, key, file)
    li.get(f"/leads/{first}")  # pictures are looked at when their lead is opened
    page = li.get(f"/leads/{second}").text
    assert f'href="/leads/{first}"' in page.split("<h3>图片近似</h3>")[1].split("</ul>")[0]
