from __future__ import annotations

import pytest
from docx import Document

from tests.warmed import wangdun
from wangdun.config import load
from wangdun.exceptions import UsageError
from wangdun.refer_check import checked, hints


def config(folder, text: str = ""):
    path = folder / "config.yaml"
    path.write_text(f"referrals:\n  days: working\n{text}", encoding="utf-8")
    return load(path)


def template(folder, text: str) -> None:
    (folder / "templates").mkdir(exist_ok=True)
    document = Document()
    document.add_paragraph(text)
    document.save(str(folder / "templates" / "lead.docx"))


def test_what_is_shipped_is_fine(tmp_path):
    assert checked(config(tmp_path)) == {"holidays": [2025, 2026], "templates": []}


def test_a_template_of_the_office_is_tried(tmp_path):
    template(tmp_path, "{{文号}} 主送 {{主送}}")
    assert checked(config(tmp_path, "  templates: templates\n"))["templates"] == ["lead"]


@pytest.mark.parametrize("text", ["{{文浩}}", "{{文号", "{{线索.文号}}"])
def test_a_template_with_a_wrong_field_is_named(tmp_path, text):
    template(tmp_path, text)
    with pytest.raises(UsageError, match=r"函件模板 .*lead\.docx"):
        checked(config(tmp_path, "  templates: templates\n"))


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"referrals\.templates"):
        checked(config(tmp_path, "  templates: nowhere\n"))
    with pytest.raises(UsageError, match=r"nowhere\.yaml"):
        checked(config(tmp_path, "  holidays: nowhere.yaml\n"))


def test_samples_can_be_written_changed_and_used(tmp_path):
    config(tmp_path, "  templates: templates\n")
    (tmp_path / "templates").mkdir()
    for kind in ("lead", "crime", "appraisal", "cleanup", "platform", "postal"):
        done = wangdun("refer", "template", kind, "-o", f"templates/{kind}.docx", cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
    assert len(checked(load(tmp_path / "config.yaml"))["templates"]) == 6
    refused = wangdun("refer", "template", "leed", cwd=tmp_path)
    assert refused.returncode == 1
    assert "没有这种文书：leed" in refused.stderr.decode()


def test_departments_without_full_names_and_an_office_that_may_be_one_are_told(tmp_path):
    assert hints(config(tmp_path)) == []
    said = hints(config(tmp_path, "  office: {name: 青山县林业和草原局}\n  departments: {customs: {name: 某海关}}\n"))
    assert "通用名称：林业局（forestry）、农业农村局（agriculture）" in said[0]
    assert "customs" not in said[0]
    assert said[1:] == [
        "referrals.office.department  本单位（青山县林业和草原局）如是 forestry，请写明，以免移送给自己"
    ]
    own = hints(config(tmp_path, "  office: {name: 青山县林业和草原局, department: forestry}\n"))
    assert len(own) == 1
    assert "forestry" not in own[0]
