"""Cutting: parts that together are the whole, whatever the file holds."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from wangdun.bulk.cutting import Shard, cut
from wangdun.bulk.judging import shard_units
from wangdun.inputs import read_units

lines = st.lists(st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b"")), max_size=40)
settings.register_profile("here", suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def whole(path, kind, encoding=None):
    return [replace(unit, source="") for unit in read_units(str(path), kind, encoding)]


def by_parts(shards):
    return [replace(unit, source="") for shard in shards for unit in shard_units(shard)]


@given(lines, st.integers(1, 80), st.booleans(), st.sampled_from(["jsonl", "text"]))
@settings(settings.get_profile("here"), max_examples=120)
def test_parts_of_lines_are_the_whole(tmp_path, given_lines, piece, ended, kind):
    data = b"\n".join(given_lines) + (b"\n" if ended else b"")
    if data.startswith((b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff", b"PAR1", b"\x28\xb5\x2f\xfd")):
        data = b"x" + data
    path = tmp_path / "in.txt"
    path.write_bytes(data)
    shards = cut(str(path), kind, None, piece=piece)
    assert by_parts(shards) == whole(path, kind, shards[0].encoding)
    assert [shard.start for shard in shards] == [0, *(shard.end for shard in shards)][:-1]
    assert sum(shard.bytes for shard in shards) == len(data)
    assert sorted(shard.name for shard in shards) == [shard.name for shard in shards]
    assert [Shard.of_facts(shard.as_facts()) for shard in shards] == shards


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 20))
@settings(settings.get_profile("here"), max_examples=40)
def test_parts_of_row_groups_are_the_whole(tmp_path, sizes, most):
    path = tmp_path / "in.parquet"
    numbers = iter(range(1000))
    with parquet.ParquetWriter(str(path), pa.schema([("text", pa.string())])) as writer:
        for size in sizes:
            writer.write_table(pa.table({"text": [f"象牙 {next(numbers)}" for _ in range(size)]}))
    shards = cut(str(path), "auto", None, rows=most)
    assert by_parts(shards) == whole(path, "auto")
    assert len({shard.name for shard in shards}) == len(shards)
    assert all(0 <= shard.start < shard.end <= path.stat().st_size for shard in shards)
    if len(shards) > 1:
        assert max(sum(sizes[one] for one in shard.part.groups) for shard in shards) < most + max(sizes)


@pytest.mark.parametrize("data", [b"", b"\n\n\n", "象牙\n".encode("utf-16"), b"x" * 500])
def test_what_cannot_be_cut_is_one_shard(tmp_path, data):
    path = tmp_path / "in.txt"
    path.write_bytes(data)
    shards = cut(str(path), "auto", None, piece=10)
    assert by_parts(shards) == whole(path, "auto")
    assert len(shards) == 1 or data == b""
    assert len(cut(str(path), "csv", None, piece=10)) == 1
    assert len(cut(str(path), "text", "utf-16-le", piece=10)) == 1


def test_gb18030_is_known_in_every_part(tmp_path):
    path = tmp_path / "in.txt"
    path.write_bytes("".join(f"出售象牙 {n} 䴙䴘\n" for n in range(50)).encode("gb18030"))
    shards = cut(str(path), "auto", None, piece=100)
    assert len(shards) > 5
    assert by_parts(shards) == whole(path, "auto")
    assert "䴙䴘" in by_parts(shards)[-1].body


def test_names_are_safe_short_and_tell_files_apart(tmp_path):
    names = ["a/同名.txt", "b/同名.txt", "-rf ;$(x)\n.txt", "长" * 80 + ".txt", ".hidden.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / os.fsdecode(b"\xff.txt")).write_text("x")
    found = [cut(str(path), "auto", None)[0].name for path in sorted(tmp_path.rglob("*.txt"), key=os.fsencode)]
    assert len(set(found)) == len(names) + 1
    for name in found:
        (tmp_path / f"{name}.jsonl").write_text("")
        assert Path(name).name == name
        assert not name.startswith(("-", "."))
