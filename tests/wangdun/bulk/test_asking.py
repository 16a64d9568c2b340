"""`wangdun scan --to`: killed and run again it ends with the same bytes; what changed is done anew, with a word."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from hashlib import sha256

import pytest
from pyarrow import parquet

from keywords.detector import Detector
from tests import detectors
from tests.wangdun.bulk.test_readers import page, write_parquet, write_warc
from tests.wangdun.running import PATIENCE, environment
from wangdun.bulk import asking, cutting, running
from wangdun.bulk.folder import Order, done
from wangdun.bulk.judging import Failed
from wangdun.cli import run
from wangdun.cores import Cores
from wangdun.exceptions import WorkersLost

AD, PLAIN = "出售象牙手镯，微信 demo_x", "二手沙发转让"


@pytest.fixture
def ask(monkeypatch, capsys, tmp_path):
    """The command in this process, where the lexicon is loaded once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Detector, "load", detectors.once)

    def answer(*args, code=0):
        before = os.umask(0o077)
        try:
            assert run(["scan", *args]) == code
        finally:
            os.umask(before)
        return capsys.readouterr()

    return answer


def write_lines(path, number, every=4):
    rows = [{"id": n, "title": AD if n % every == 0 else PLAIN} for n in range(number)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def everything(folder):
    """Name -> bytes of the results and the summary; what a killed process left half written has a hidden name."""
    paths = [*(folder / "hits").glob("[!.]*"), folder / "summary.json"]
    return {path.name: path.read_bytes() for path in paths}


def findings(folder):
    paths = sorted((folder / "hits").iterdir())
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def test_all_formats_become_one_folder_of_findings_with_their_reasons(ask, tmp_path):
    (tmp_path / "in").mkdir()
    write_lines(tmp_path / "in" / "a.jsonl", 9)
    write_parquet(tmp_path / "in" / "b.parquet", {"id": [1, 2], "title": [AD, PLAIN]})
    write_warc(
        tmp_path / "in" / "c.warc.gz", ("response", "http://example.org/1", "text/html; charset=gbk", page("gbk"))
    )
    write_warc(tmp_path / "in" / "d.wet.gz", ("conversion", "http://example.org/2", "text/plain", AD.encode()))
    (tmp_path / "in" / "e.txt").write_bytes(f"{AD}\n{PLAIN}\n".encode("gb18030"))
    said = ask("in", "--to", "out", "--workers", "1")
    found = findings(tmp_path / "out")
    assert [(one["source"], one["line"], one["id"]) for one in found] == [
        *(("in/a.jsonl", n, n - 1) for n in (1, 5, 9)), ("in/b.parquet", 1, "1"), ("in/c.warc.gz", 2, "http://example.org/1"),
        ("in/d.wet.gz", 2, "http://example.org/2"), ("in/e.txt", 1, "in/e.txt:1"),
    ]  # fmt: skip
    first = found[0]
    hit = first["explanation"]["hits"][0]
    assert f"{AD}\n"[hit["start"] : hit["end"]] == hit["matched"]
    assert first["explanation"]["factors"]
    assert (first["terms"], first["departments"][0]) == (["象牙"], "forestry")
    assert AD in first["excerpt"]
    assert "合计" in said.out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["totals"]["texts"], summary["totals"]["shards"], summary["totals"]["problems"]) == (15, 5, 0)
    assert summary["totals"]["alert"] + summary["totals"]["review"] == 7
    assert sum(shard["written"] for shard in summary["shards"]) == len(found) == 7
    for path in tmp_path.rglob("out/**/*.json*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_parquet_findings_say_the_same(ask, tmp_path):
    write_lines(tmp_path / "a.jsonl", 9)
    ask("a.jsonl", "--to", "lines", "--workers", "1")
    ask("a.jsonl", "--to", "rows", "--form", "parquet", "--least", "none", "--workers", "1")
    (path,) = (tmp_path / "rows" / "hits").iterdir()
    table = parquet.read_table(path).to_pylist()
    assert [row["id"] for row in table] == [str(n) for n in range(9)]
    flagged = [row | {"explanation": json.loads(row["explanation"]), "id": int(row["id"])} for row in table[::4]]
    assert flagged == findings(tmp_path / "lines")


def test_a_second_call_does_nothing_and_a_changed_file_only_itself(ask, tmp_path):
    for name in ("a", "b"):
        write_lines(tmp_path / f"{name}.jsonl", 5)
    ask("a.jsonl", "b.jsonl", "--to", "out", "--workers", "1")
    before = everything(tmp_path / "out")
    assert "2 个分片已经完成" in ask("a.jsonl", "b.jsonl", "--to", "out", "--workers", "1").err
    os.utime(tmp_path / "a.jsonl", (1, 1))
    write_lines(tmp_path / "b.jsonl", 6, every=1)
    said = ask("a.jsonl", "b.jsonl", "--to", "out", "--workers", "1").err
    assert "2 个分片的文件有改动，从头检测" in said
    after = everything(tmp_path / "out")
    assert sorted(name for name in after if after[name] != before[name]) == sorted(
        name for name in after if name.startswith(("b.", "summary"))
    )
    said = ask("a.jsonl", "--to", "out", "--workers", "1").err
    assert "1 个分片不在这次的输入里" in said
    assert len(everything(tmp_path / "out")) == 2
    assert "已经完成" not in ask("a.jsonl", "--to", "out", "--restart", "--workers", "1").err


def test_another_lexicon_starts_again_with_a_word(ask, tmp_path):
    write_lines(tmp_path / "a.jsonl", 5)
    (tmp_path / "config.yaml").write_text("storage: {data_dir: data}\n")
    ask("a.jsonl", "--to", "out", "--workers", "1")
    (tmp_path / "own.yaml").write_text(
        "entries:\n  - term: 二手沙发\n    kind: product\n    category: animal_product\n    agency: forestry\n    strength: strong\n"
        "    tests: {must: [出售二手沙发], must_not: [沙发垫]}\n",
        encoding="utf-8",
    )
    (tmp_path / "config.yaml").write_text("storage: {data_dir: data}\nkeywords: {overlay: [own.yaml]}\n")
    before = json.loads((tmp_path / "out" / "summary.json").read_text())["lexicon_version"]
    assert "1 个分片是用另一个词库检测的，从头检测" in ask("a.jsonl", "--to", "out", "--workers", "1").err
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["lexicon_version"] != before


def test_marks_and_results_that_do_not_fit_are_not_believed(ask, tmp_path):
    write_lines(tmp_path / "a.jsonl", 5)
    ask("a.jsonl", "--to", "out", "--workers", "1")
    whole = everything(tmp_path / "out")
    (result,) = (tmp_path / "out" / "hits").iterdir()
    (mark,) = (tmp_path / "out" / "state").iterdir()
    facts = json.loads(mark.read_text(encoding="utf-8"))
    for damage in (
        lambda: result.write_bytes(result.read_bytes()[:-3]),
        result.unlink,
        lambda: mark.write_text("{"),
        lambda: mark.write_text("[]"),
        lambda: mark.write_text(json.dumps({name: facts[name] for name in facts if name != "texts"} | {"order": {}})),
        lambda: (tmp_path / "out" / "hits" / f".{result.name}.ab.part").write_text("half"),
    ):
        damage()
        ask("a.jsonl", "--to", "out", "--workers", "1")
        assert everything(tmp_path / "out") == whole
    order = Order(str(tmp_path / "out"), cutting.cut("a.jsonl", "auto", None)[0])
    assert done(order).results_sha256 == sha256(result.read_bytes()).hexdigest()


def test_results_within_the_input_are_no_input(ask, tmp_path):
    write_lines(tmp_path / "a.jsonl", 5)
    ask(".", "--to", "out", "--workers", "1")
    before = everything(tmp_path / "out")
    assert "1 个分片已经完成" in ask(".", "--to", "out", "--workers", "1").err
    assert everything(tmp_path / "out") == before


def test_what_cannot_be_done_is_refused(ask, tmp_path):
    write_lines(tmp_path / "a.jsonl", 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    assert "不是空的" in ask("a.jsonl", "--to", "mine", code=2).err
    assert "只能选一个" in ask("a.jsonl", "--to", "out", "-o", "x", code=2).err
    assert "标准输入" in ask("-", "--to", "out", code=2).err
    assert "无法读取" in ask("none.jsonl", "--to", "out", code=2).err
    assert (tmp_path / "mine" / "letter.txt").read_text() == "x"


def test_broken_places_are_told_and_kept_in_the_state(ask, tmp_path):
    (tmp_path / "a.jsonl").write_text(f'{{"title": "{AD}"}}\n{{bad\n', encoding="utf-8")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    said = ask("a.jsonl", "b.parquet", "--to", "out", "--workers", "1", code=1)
    assert "a.jsonl:2：不是合法的 JSON" in said.err
    assert "b.parquet:0：Parquet 文件不完整或已损坏" in said.err
    marks = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((tmp_path / "out" / "state").iterdir())]
    assert [(one["problems"], len(one["told"])) for one in marks] == [(1, 1), (1, 1)]
    assert ask("a.jsonl", "b.parquet", "--to", "out", "--workers", "1", code=1).err.count("不是合法的") == 0


def test_a_file_that_changes_under_its_reader_is_not_taken(ask, tmp_path, monkeypatch):
    write_lines(tmp_path / "a.jsonl", 5)
    units = asking.on_this_machine

    def meddle(todo, cores):
        from wangdun.bulk import judging

        inner = judging.shard_units

        def growing(shard):
            yield from inner(shard)
            write_lines(tmp_path / "a.jsonl", 7)

        monkeypatch.setattr(judging, "shard_units", growing)
        yield from units(todo, cores)
        monkeypatch.setattr(judging, "shard_units", inner)

    monkeypatch.setattr(asking, "on_this_machine", meddle)
    assert "检测期间文件有改动" in ask("a.jsonl", "--to", "out", "--workers", "1", code=1).err
    monkeypatch.setattr(asking, "on_this_machine", units)
    ask("a.jsonl", "--to", "out", "--workers", "1")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["totals"]["texts"] == 7


def die(order, detector):
    if "deadly" in order.shard.source:
        os.kill(os.getpid(), signal.SIGKILL)
    return scan_shard(order, detector)


scan_shard = running.scan_shard


@pytest.mark.usefixtures("loaded_once")
def test_a_shard_that_kills_its_readers_costs_no_other(tmp_path, monkeypatch, ask):
    for name in ("a", "deadly", "c"):
        write_lines(tmp_path / f"{name}.jsonl", 5)
    monkeypatch.setattr(running, "scan_shard", die)
    said = ask("a.jsonl", "deadly.jsonl", "c.jsonl", "--to", "out", "--workers", "2", code=1).err
    assert f"没有检测 deadly.jsonl：{running.LOST}" in said
    assert {one["source"] for one in findings(tmp_path / "out")} == {"a.jsonl", "c.jsonl"}
    monkeypatch.setattr(running, "scan_shard", scan_shard)
    ask("a.jsonl", "deadly.jsonl", "c.jsonl", "--to", "out", "--workers", "2")
    assert len(findings(tmp_path / "out")) == 6


def lose(number, _detector):
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.usefixtures("loaded_once")
def test_lost_tasks_have_an_answer_where_one_is_given():
    from keywords.config import KeywordsConfig

    with Cores(KeywordsConfig(), 2) as cores:
        cores.start()
        assert list(cores.map(lose, range(9), lost=lambda number: -number)) == [0, 1, 2, 3, 4, -5, 6, 7, 8]
        with pytest.raises(WorkersLost):
            list(cores.map(lose, range(9)))


def started(folder, *args):
    command = [sys.executable, "-m", "wangdun", "scan", *args]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, env=environment(), **pipes)


def marks(folder):
    return len(list((folder / "state").glob("*.json"))) if (folder / "state").is_dir() else 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_stopped_at_work_it_goes_on_and_ends_with_the_same_bytes(tmp_path, ask, number):
    names = [f"{n}.jsonl" for n in range(12)]
    for name in names:
        write_lines(tmp_path / name, 4000, every=50)
    with started(tmp_path, *names, "--to", "stopped", "--workers", "2") as process:
        deadline = time.monotonic() + PATIENCE
        while marks(tmp_path / "stopped") < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(number)
        said = process.communicate(timeout=PATIENCE)[1].decode()
    halfway = marks(tmp_path / "stopped")
    assert 0 < halfway < len(names)
    assert process.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in said
    again = ask(*names, "--to", "stopped", "--workers", "1").err
    assert f"{halfway} 个分片已经完成，不再检测" in again
    ask(*names, "--to", "whole", "--workers", "1")
    assert everything(tmp_path / "stopped") == everything(tmp_path / "whole")
    assert list((tmp_path / "stopped" / "hits").glob(".*")) == []


def test_a_large_file_is_cut_and_its_parts_are_the_whole(ask, tmp_path, monkeypatch):
    write_lines(tmp_path / "a.jsonl", 500)
    ask("a.jsonl", "--to", "one", "--workers", "1")
    monkeypatch.setattr(asking, "cut", lambda *args: cutting.cut(*args, piece=4000))
    ask("a.jsonl", "--to", "many", "--workers", "2")
    assert len(list((tmp_path / "many" / "hits").iterdir())) > 5
    assert findings(tmp_path / "many") == findings(tmp_path / "one")


def test_a_failed_shard_knows_why(tmp_path):
    write_lines(tmp_path / "a.jsonl", 1)
    (shard,) = cutting.cut(str(tmp_path / "a.jsonl"), "auto", None)
    (tmp_path / "a.jsonl").unlink()
    found = running.scan_shard(Order(str(tmp_path), shard), detectors.whole())
    assert found == Failed(Order(str(tmp_path), shard), "文件或文件夹不存在")
