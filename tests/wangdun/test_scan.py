"""Detection over files: any input, exact offsets, honest about what could not be read."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import warmed
from tests.wangdun.running import PATIENCE, environment, wangdun
from wangdun import inputs
from wangdun.commands.scan import _units
from wangdun.inputs import Unit, read_units
from wangdun.scan import BATCH_UNITS, batches, read_text

MANY = 10_000  # texts: enough for workers to be met at work


def scan(tmp_path, *args, stdin=b"", code=0):
    done = warmed.wangdun("scan", *args, cwd=tmp_path, stdin=stdin)
    assert done.returncode == code, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def texts(path, kind="auto", encoding=None):
    return [read_text(unit) for unit in read_units(str(path), kind, encoding)]


def test_jsonl_in_answers_out_with_offsets_into_title_newline_body(tmp_path):
    rows = [
        {"id": "a1", "title": "转让收藏", "body": "出售象牙手镯，微信 demo_x"},
        {"id": 7, "title": "今天天气", "body": "不错"},
        {"body": "求购穿山甲"},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found, errors = scan(tmp_path, "in.jsonl", "--jobs", "1")
    assert [one["id"] for one in found] == ["a1", 7, "in.jsonl:3"]
    assert [(one["source"], one["line"]) for one in found] == [("in.jsonl", 1), ("in.jsonl", 2), ("in.jsonl", 3)]
    assert set(found[0]) == {"id", "verdict", "score", "hits", "departments", "source", "line"}
    assert found[0]["verdict"] in {"alert", "review"}
    assert found[0]["departments"][0] == "forestry"
    assert (found[1]["verdict"], found[1]["hits"]) == ("none", [])
    hit = found[0]["hits"][0]
    assert set(hit) == {"term", "category", "channel", "matched", "start", "end"}
    assert "转让收藏\n出售象牙手镯，微信 demo_x"[hit["start"] : hit["end"]] == hit["matched"]
    assert found[2]["hits"][0]["start"] == 3, "no title: the body still begins after the newline"
    assert "已检测 3 篇" in errors


def test_bad_lines_are_named_and_skipped_and_the_exit_code_says_so(tmp_path):
    lines = [
        b'{"id": 1, "title": "\\ud800\xe8\xb1\xa1", "body": "\xe5\x87\xba\xe5\x94\xae\xe8\xb1\xa1\xe7\x89\x99\\u0000"}',
        b"",
        b"   ",
        b"[1, 2]",
        b'"text"',
        b"{broken",
        b'{"id": 3}',
        b'{"title": ["a"]}',
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        '{"id": "gbk", "title": "出售象牙"}'.encode("gb18030"),
        b'{"id": null, "title": null, "body": null}',
        b'{"id": {"a": 1}, "body": 12}',
        '{"text": "求购穿山甲", "id": "last"}'.encode(),
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    found, errors = scan(tmp_path, "in.jsonl", "--jobs", "1", code=1)
    assert [one["line"] for one in found] == [1, 11, 12, 13, 14]
    assert found[0]["hits"][0]["matched"] == "象牙"
    assert found[1]["id"] == "gbk"
    assert found[1]["hits"]
    assert found[3]["id"] == "{'a': 1}"
    for line, said in ((4, "这一行不是 JSON 对象"), (5, "这一行不是 JSON 对象"), (6, "不是合法的 JSON"), (7, "缺少 title 和 body"),
                       (8, "title 应为文字"), (9, "编码无法识别"), (10, "不是合法的 JSON")):  # fmt: skip
        assert f"in.jsonl:{line}：{said}" in errors
    assert "Traceback" not in errors


def test_order_and_answers_do_not_depend_on_the_number_of_processes(tmp_path):
    bodies = ["出售象牙手镯", "今天天气不错", "求购穿山甲，电话联系", "九成新冰箱转让"]
    rows = [json.dumps({"id": n, "title": bodies[n % 4], "body": bodies[n % 3]}) for n in range(3 * BATCH_UNITS + 7)]
    rows[5] = "{bad"
    (tmp_path / "in.jsonl").write_text("\n".join(rows))
    one, _ = scan(tmp_path, "in.jsonl", "--jobs", "1", code=1)
    many, _ = scan(tmp_path, "in.jsonl", "--jobs", "3", code=1)
    assert one == many
    assert [row["id"] for row in many] == [n for n in range(len(rows)) if n != 5]


def test_a_killed_worker_costs_nothing(tmp_path):
    rows = [json.dumps({"id": n, "title": "出售象牙手镯" if n % 5 == 0 else "转让沙发"}) for n in range(MANY)]
    (tmp_path / "in.jsonl").write_text("\n".join(rows))
    with started(tmp_path, "in.jsonl", "--workers", "2", "-o", "out.jsonl") as process:
        os.kill(first_worker(process.pid), signal.SIGKILL)
        said = process.communicate(timeout=PATIENCE)[1].decode()
    assert process.returncode == 0, said
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line)["id"] for line in lines]
    assert found == list(range(MANY))


def test_ctrl_c_ends_all_processes_and_leaves_no_half_file(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"title": "出售象牙手镯"}\n' * 200_000)
    with started(tmp_path, "in.jsonl", "--workers", "2", "-o", "out.jsonl") as process:
        worker = first_worker(process.pid)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=PATIENCE)[1].decode()
    assert process.returncode == 130
    assert "已中断" in said
    assert "Traceback" not in said
    assert not Path(f"/proc/{worker}").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


@contextmanager
def started(folder, *args):
    command = [sys.executable, "-m", "wangdun", "scan", *args]
    with subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def first_worker(pid):
    """Wait until the program has workers; one of them."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + PATIENCE
    while not (found := listed.read_text().split()) and time.monotonic() < deadline:
        time.sleep(0.001)
    return int(found[0])


def test_unreadable_input_is_exit_code_2_before_anything_is_written(tmp_path):
    (tmp_path / "ok.txt").write_text("出售象牙")
    (tmp_path / "empty").mkdir()
    for args in (["none.jsonl"], ["empty"], ["*.jsonl"], ["ok.txt", "none.txt"], ["ok.txt", "--encoding", "klingon"]):
        found, errors = scan(tmp_path, *args, code=2)
        assert found == []
        assert "错误：" in errors


def test_a_folder_stands_for_its_files_and_a_pattern_for_what_it_names(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / "in" / name).write_text("出售象牙", encoding="utf-8")
    found, _ = scan(tmp_path, "in", "--jobs", "1")
    assert [one["source"] for one in found] == ["in/a.txt", "in/b.txt"]
    found, _ = scan(tmp_path, "in/*.md", "--jobs", "1")
    assert [one["source"] for one in found] == ["in/c.md"]


def test_output_file_appears_whole_and_is_not_overwritten(tmp_path):
    (tmp_path / "in.txt").write_text("出售象牙\n", encoding="utf-8")
    found, _ = scan(tmp_path, "in.txt", "-o", "out.jsonl", "--jobs", "1")
    assert found == []
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["line"] == 1
    (tmp_path / "out.jsonl").write_text("kept")
    _, errors = scan(tmp_path, "in.txt", "-o", "out.jsonl", code=2)
    assert "已存在" in errors
    assert (tmp_path / "out.jsonl").read_text() == "kept"
    scan(tmp_path, "in.txt", "-o", "out.jsonl", "--force", "--jobs", "1")
    assert (tmp_path / "out.jsonl").read_text() != "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.txt", "out.jsonl"]


def test_standard_input_is_recognised(tmp_path):
    found, _ = scan(tmp_path, "-", "--jobs", "1", stdin='{"id": 5, "title": "出售象牙"}\n'.encode())
    assert found[0]["id"] == 5
    found, _ = scan(tmp_path, "-", "--jobs", "1", stdin="出售象牙\n\n求购穿山甲\n".encode())
    assert [(one["source"], one["line"]) for one in found] == [("-", 1), ("-", 3)]
    assert scan(tmp_path, "-", "--jobs", "1", stdin=b"")[0] == []


def test_a_ten_megabyte_line_is_read(tmp_path):
    body = "家用电器转让，" * 1_000_000 + "出售象牙手镯"
    (tmp_path / "in.txt").write_text(body, encoding="utf-8")
    ((text, _, problem),) = texts(tmp_path / "in.txt")
    assert problem is None
    assert text == "\n" + body


def test_an_endless_line_is_refused_and_the_next_one_read(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "MAX_LINE", 1000)
    (tmp_path / "in.txt").write_bytes(b"a" * 5000 + b"\n" + b"b" * 10)
    first, second = texts(tmp_path / "in.txt")
    assert "一行超过" in first[2]
    assert second[0] == "\n" + "b" * 10


def test_text_line_by_line_and_whole(tmp_path):
    path = tmp_path / "in.txt"
    path.write_bytes("\ufeff第一行\r\n\r\n第三行".encode())
    assert [text for text, _, _ in texts(path)] == ["\n第一行", "\n第三行"]
    assert texts(path, "whole") == [("\n第一行\r\n\r\n第三行", str(path), None)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_recognised(tmp_path, encoding):
    (tmp_path / "in.txt").write_bytes("出售象牙手镯\n䴙䴘求购\n".encode(encoding))
    assert [text for text, _, _ in texts(tmp_path / "in.txt")] == ["\n出售象牙手镯", "\n䴙䴘求购"]
    (tmp_path / "in.csv").write_bytes("title,body\n出售,象牙\n".encode(encoding))
    assert texts(tmp_path / "in.csv")[0][0] == "出售\n象牙"


def test_gzip_is_unpacked_and_a_torn_one_said(tmp_path):
    data = gzip.compress("\n".join(json.dumps({"id": n, "title": "出售象牙"}) for n in range(2000)).encode())
    (tmp_path / "in.jsonl.gz").write_bytes(data)
    assert len(scan(tmp_path, "in.jsonl.gz", "--jobs", "1")[0]) == 2000
    (tmp_path / "in.jsonl.gz").write_bytes(data[: len(data) // 2])
    (tmp_path / "ok.txt").write_text("求购穿山甲", encoding="utf-8")
    found, errors = scan(tmp_path, "in.jsonl.gz", "ok.txt", "--jobs", "1", code=1)
    assert found[-1]["source"] == "ok.txt"
    assert "读取中断：压缩文件不完整或已损坏" in errors


def test_csv_with_any_known_header(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(
        '编号,价格,标题,正文\r\n1,9,出售象牙,"多行\r\n正文"\r\n\r\n2,9,短行\r\n3\r\n4,9,"a""b",c\x00d\r\n',
        encoding="utf-8",
    )
    found = [(unit.line, *read_text(unit)) for unit in read_units(str(path), "auto", None)]
    assert found == [
        (2, "出售象牙\n多行\r\n正文", "1", None),
        (5, "短行\n", "2", None),
        (6, "", None, "这一行缺少标题和正文两列"),
        (7, 'a"b\nc\x00d', "4", None),
    ]


def test_a_csv_without_a_known_column_does_not_stop_the_other_files(tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    for name in ("good.csv", "last.csv"):
        (tmp_path / name).write_text("标题\n出售象牙\n", encoding="utf-8")
    done = wangdun("scan", "good.csv", "bad.csv", "last.csv", cwd=tmp_path)
    assert done.returncode == 1
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == ["good.csv", "last.csv"]
    assert "bad.csv:1：CSV 第一行应有" in done.stderr.decode()
    assert "无法读取 1 处" in done.stderr.decode()


def warc(*pages: tuple[str, str, bytes], packed: bool = True) -> bytes:
    records = []
    for url, kind, body in pages:
        answer = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-01T00:00:00Z\r\n"
        head += "WARC-Record-ID: <urn:uuid:12345678-0000-0000-0000-000000000000>\r\nContent-Type: application/http; msgtype=response\r\n"
        record = f"{head}Content-Length: {len(answer)}\r\n\r\n".encode() + answer + b"\r\n\r\n"
        records.append(gzip.compress(record) if packed else record)
    return b"".join(records)


PAGE = """<html><head><meta charset="gbk"><title>出售象牙</title></head><body><nav>首页</nav>
<h1>出售象牙手镯</h1><article><p>祖传象牙手镯一只，诚心要的加微信 demo_x，价格面议。</p><script>象牙</script></article></body></html>"""


@pytest.mark.parametrize("packed", [True, False])
def test_pages_of_a_web_archive_are_read(tmp_path, packed):
    name = "a.warc.gz" if packed else "a.warc"
    data = warc(
        ("http://example.org/1", "text/html; charset=gbk", PAGE.encode("gbk")),
        ("http://example.org/p.png", "image/png", b"\x89PNG"),
        ("http://example.org/2", "text/html", b"<html></html>"),
        packed=packed,
    )
    (tmp_path / name).write_bytes(data)
    found, errors = scan(tmp_path, name, "--jobs", "1", code=1)
    assert [(one["id"], one["line"]) for one in found] == [("http://example.org/1", 1)]
    assert found[0]["verdict"] in {"alert", "review"}
    assert f"{name}:3：网页里没有文字" in errors


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("junk", [b"", b"garbage"])
def test_a_torn_archive_yields_what_came_before_wherever_it_is_torn(tmp_path, packed, junk):
    data = warc(*((f"http://example.org/{n}", "text/html", PAGE.encode("gbk")) for n in range(3)), packed=packed)
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    one = len(data) // 3
    for cut in range(one + 40, 2 * one - 8, 37):
        path.write_bytes(data[:cut] + junk)
        units = list(_units([str(path)], "auto", None))
        assert units[0].id == "http://example.org/0"
        assert units[-1].kind == "bad", cut
        assert re.search("损坏|断掉", units[-1].body)


def test_batches_are_bounded_by_number_and_size():
    small = [Unit("f", n, "text", body="x") for n in range(600)]
    assert [len(batch) for batch in batches(small)] == [256, 256, 88]
    large = [Unit("f", n, "json", raw=b"x" * 700_000) for n in range(5)]
    assert [len(batch) for batch in batches(large)] == [2, 2, 1]
    assert list(batches([])) == []


def test_units_are_read_as_they_are_asked_for(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"title": "a"}\n' * 200_000)
    source = read_units(str(path), "auto", None)
    assert next(source).line == 1
    source.close()  # the rest is never read: memory does not grow with the file
