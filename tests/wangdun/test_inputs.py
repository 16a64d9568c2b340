"""Broken bytes cost the characters that they were, not the line that they stand in."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detectors import whole
from wangdun.bulk import cutting
from wangdun.bulk.judging import shard_units
from wangdun.characters import is_wide, text_encoding
from wangdun.inputs import SHOWN, read_line, read_units
from wangdun.scan import judge, read_record

AD = "出售野生穿山甲鳞片，一斤两千，微信 demo_x"


def units(tmp_path, data, kind="auto", name="in.txt", encoding=None):
    (tmp_path / name).write_bytes(data)
    return list(read_units(str(tmp_path / name), kind, encoding))


def broken(encoding):
    start, end = AD.encode(encoding)[:12], AD.encode(encoding)[12:]
    return start + b"\xff" + end


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_with_a_broken_byte_is_judged_and_named(tmp_path, encoding):
    lines = b"\n".join(["今天天气不错".encode(encoding), broken(encoding), "求购穿山甲".encode(encoding)])
    found = units(tmp_path, lines, "text", encoding=encoding)
    assert [(one.kind, one.lost) for one in found] == [("text", 0), ("text", 1), ("text", 0)]
    assert found[1].body.replace(SHOWN, "") == AD
    judged = judge(found, whole())
    assert len(judged.lines) == 3
    assert json.loads(judged.lines[1])["verdict"] in {"alert", "review"}
    (problem,) = judged.problems
    assert problem.endswith("in.txt:2：1 处字节无法识别，以“�”代替，其余照常检测")


def test_a_broken_byte_does_not_make_another_encoding_of_a_line():
    line = AD.encode()[:-1]  # cut within a character or not: GB 18030 reads nearly anything
    for cut in range(1, len(line)):
        text, lost = read_line(line[:cut] + b"\x80" + line[cut:])
        assert 0 < lost <= 2
        assert sum(char in AD for char in text) >= len(AD) - 4


def test_an_old_line_among_new_ones_is_read(tmp_path):
    found = units(tmp_path, "今天天气不错\n".encode() * 3 + AD.encode("gb18030"), "text")
    assert (found[3].body, found[3].lost) == (AD, 0)


def test_json_with_a_broken_byte_is_judged(tmp_path):
    data = (
        json.dumps({"id": 1, "body": AD}, ensure_ascii=False)
        .encode()
        .replace("一斤".encode(), "一".encode() + b"\xe6\x96")
    )
    judged = judge(units(tmp_path, data, name="in.jsonl"), whole())
    assert json.loads(judged.lines[0])["hits"][0]["matched"] == "穿山甲鳞片"
    assert "1 处字节无法识别" in judged.problems[0]


def test_what_is_no_json_either_is_only_named(tmp_path):
    judged = judge(units(tmp_path, b"\xff\xfe\xfa", name="in.jsonl"), whole())
    assert judged.lines == ()
    assert "编码无法识别" in judged.problems[0]


@pytest.mark.parametrize("kind", ["csv", "whole"])
def test_rows_and_whole_files_say_what_they_lost(tmp_path, kind):
    found = units(tmp_path, b"title,body\n" + "出售,".encode() + broken("utf-8") + b"\n", kind, encoding="utf-8")
    assert [one.lost for one in found] == [1]
    assert found[0].body.count(SHOWN) == 1


def test_a_quotation_mark_that_is_never_closed_is_told(tmp_path):
    rows = 'title,body\n象牙,"一\n二"\n猫头鹰,"出售\n书,旧\n书,旧\n'
    first, second, told = units(tmp_path, rows.encode(), "csv")
    assert (first.line, first.body) == (2, "一\n二")
    assert (second.line, second.title, second.kind) == (4, "猫头鹰", "text")
    assert (told.line, told.kind) == (4, "bad")
    assert "引号没有闭合" in told.body


@pytest.mark.parametrize(
    "rows", ['5" 管,旧\n7" 管,旧\n', '书,"旧\n的 ""好"" 书"\n', '书,"旧"', "书,旧\n\n\n", '书,"\n"\n\n']
)
def test_quotation_marks_that_are_in_order_are_not(tmp_path, rows):
    assert {one.kind for one in units(tmp_path, f"title,body\n{rows}".encode(), "csv")} == {"text"}


def test_lines_of_wide_characters_say_what_they_lost(tmp_path):
    data = b"\xff\xfe" + (AD + "\n").encode("utf-16-le") + b"\x00\xdc" + "象牙\n".encode("utf-16-le")
    assert [(one.body, one.lost) for one in units(tmp_path, data, "text")] == [(AD, 0), (f"{SHOWN}象牙", 1)]


WIDE = {"utf-16": "utf-16", "little": "utf-16-le", "big": "utf-16-be", "gb18030": "gb18030"}


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.txt", "in"])
@pytest.mark.parametrize("encoding", WIDE.values(), ids=WIDE)
def test_every_format_is_read_in_every_encoding_of_spreadsheets_and_editors(tmp_path, name, encoding):
    rows = [{"id": f"n{number}", "title": "出售", "body": AD} for number in range(3)]
    written = {
        "in.csv": "id,title,body\n" + "".join(f"{row['id']},出售,{AD}\n" for row in rows),
        "in.txt": f"{AD}\n" * 6,
    }
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    found = units(tmp_path, written.get(name, lines).encode(encoding), name=name)
    records = [read_record(one) for one in found]
    assert [one.problem for one in records] == [None] * (6 if name == "in.txt" else 3)
    assert {one.text for one in records} == {f"\n{AD}" if name == "in.txt" else f"出售\n{AD}"}
    assert sum(one.lost for one in records) == 0
    assert [one.line for one in found] == [number + (2 if name == "in.csv" else 1) for number in range(len(found))]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_large_file_of_wide_characters_is_not_cut_within_a_line(tmp_path, encoding):
    path = tmp_path / "in.jsonl"
    path.write_bytes("".join(f'{{"id": {number}, "body": "{AD}"}}\n' for number in range(2000)).encode(encoding))
    (shard,) = cutting.cut(str(path), "auto", None, piece=10_000)
    assert len(list(shard_units(shard))) == 2000


def test_stray_zeros_make_no_other_encoding(tmp_path):
    for data in (b"\0" * 400, f"{AD}\0\n".encode() * 40, (AD.encode("gb18030") + b"\0\0\n") * 40, b"ab\0\n" * 3):
        path = tmp_path / "in.txt"
        path.write_bytes(data)
        with path.open("rb") as file:
            assert not is_wide(text_encoding(file))


@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.sampled_from(["utf-8", "gb18030"])
)
@settings(max_examples=60)
def test_text_without_zeros_is_never_taken_for_wide(text, encoding):
    with io.BufferedReader(io.BytesIO(text.encode(encoding))) as file:
        assert text.startswith("\ufeff") or not is_wide(text_encoding(file)) or encoding == "gb18030"


def test_a_genuine_replacement_character_is_no_loss():
    assert read_line(f"象{SHOWN}牙".encode()) == (f"象{SHOWN}牙", 0)


@given(st.binary(max_size=60), st.sampled_from(["utf-8", "gb18030"]))
@settings(max_examples=200)
def test_any_bytes_are_read(line, encoding):
    text, lost = read_line(line, encoding)
    assert text.count(SHOWN) >= lost
    assert line or not text
