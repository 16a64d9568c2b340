"""The analysis from the command line."""

from __future__ import annotations

import json

import pytest
from docx import Document

from tests.wangdun import archive
from tests.warmed import wangdun


@pytest.fixture
def ask(tmp_path):
    archive.fill(tmp_path / "data")
    (tmp_path / "config.yaml").write_text("storage: {data_dir: data}\n", encoding="utf-8")

    def run(*args, code=0):
        done = wangdun("report", "analysis", "--from", "2020-01-01", "--to", "2029-01-01", *args, cwd=tmp_path)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == code, said
        return said

    run.folder = tmp_path
    return run


def test_on_screen_as_json_and_as_a_document(ask):
    found = json.loads(ask("--json"))
    assert found["leads"] >= 3
    species = next(one for one in found["queries"] if one["name"] == "species")
    assert species["sql"].startswith("SELECT hits.term")
    assert species["rows"]
    assert species["rows"][0][0] in ask()
    assert "已写出" in ask("-o", "report.docx")
    text = "\n".join(one.text for one in Document(ask.folder / "report.docx").paragraphs)
    assert f"共{found['leads']}条" in text
    assert "已存在" in ask("-o", "report.docx", code=2)


def test_days_that_make_no_sense(ask):
    assert "晚于结束日" in ask("--to", "2019-01-01", code=2)
    assert "不是日期" in ask("--from", "去年", code=2)
    assert "扩展名应为" in ask("-o", "report.txt", code=2)
