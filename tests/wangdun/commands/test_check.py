"""``wangdun check`` and the table of duties."""

from __future__ import annotations

import json

from tests.wangdun.running import wangdun, write_config

CONFLICT = """version: 1
rules:
  - {id: a, lead: customs, priority: 50, when: {category: [plant]}, because: x, clause: y}
  - {id: b, lead: postal, priority: 50, when: {acts: [sell]}, because: x, clause: y}
"""
IDLE = """version: 1
rules:
  - {id: idle, lead: customs, when: {category: [plant]}, because: x, clause: y}
"""


def with_rules(tmp_path, text: str):
    path = write_config(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "\nreferrals:\n  rules: duties.yaml\n", encoding="utf-8")
    (tmp_path / "duties.yaml").write_text(text, encoding="utf-8")


def test_shipped_duties_are_sound(tmp_path):
    write_config(tmp_path)
    done = wangdun("check", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    duties = json.loads(done.stdout)["duties"]
    assert duties["hints"] == []
    assert duties["rules"] > 30


def test_conflict_is_told_with_file_and_line(tmp_path):
    with_rules(tmp_path, CONFLICT)
    done = wangdun("check", cwd=tmp_path)
    assert done.returncode == 2
    said = done.stderr.decode()
    assert "duties.yaml:4" in said
    assert "规则 a（duties.yaml:3）与 b 同样具体而结论不同" in said


def test_mistake_in_the_file_is_told_with_its_line(tmp_path):
    with_rules(tmp_path, "version: 1\nrules:\n  - {id: a, lead: forestri, because: x, clause: y}\n")
    done = wangdun("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "duties.yaml:3  rules[0].lead：没有这个部门：forestri，是不是 forestry？" in done.stderr.decode()


def test_idle_rule_is_a_hint(tmp_path):
    with_rules(tmp_path, IDLE)
    done = wangdun("check", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "提示：duties.yaml:3  规则 idle 永远用不到" in done.stdout.decode()
