"""Archived pages, packed lines and Parquet as texts: real files, whole, torn, hostile, under wrong names."""

from __future__ import annotations

import gc
import gzip
import io
import json
import tracemalloc
import warnings

import pyarrow as pa
import pytest
from pyarrow import parquet
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from wangdun.bulk import members as members_module
from wangdun.bulk import parquet as parquet_module
from wangdun.bulk import warc as warc_module
from wangdun.bulk.sources import expand
from wangdun.commands.scan import _units
from wangdun.exceptions import UsageError
from wangdun.inputs import read_units
from wangdun.scan import read_batch, read_record, read_text

PAGE = '<html><head><meta charset="{0}"><title>出售象牙</title></head><body><h1>出售象牙手镯</h1><article><p>祖传象牙手镯一只，价格面议。</p></article></body></html>'
MEGABYTE = 1 << 20


def page(charset="utf-8"):
    return PAGE.format(charset).encode(charset)


def write_warc(path, *records, packed=True):
    """Records as (kind, address, content type, content), as the library that Common Crawl's files are read with writes them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the library leaves its temporary files to be collected
        with path.open("wb") as file:
            writer = WARCWriter(file, gzip=packed)
            writer.write_record(writer.create_warcinfo_record(path.name, {"software": "test"}))
            for record in records:
                writer.write_record(record_of(writer, *record))
        gc.collect()
    return path


def record_of(writer, kind, address, content_type, content):
    payload = io.BytesIO(content)
    if kind == "conversion":
        return writer.create_warc_record(address, kind, payload=payload, warc_content_type=content_type)
    headers = StatusAndHeaders("200 OK", [("Content-Type", content_type)], protocol="HTTP/1.1")
    if content.startswith(b"\x1f\x8b"):
        headers.add_header("Content-Encoding", "gzip")
    if kind == "request":
        headers = StatusAndHeaders("GET / HTTP/1.1", [("Host", "example.org")], is_http_request=True)
    return writer.create_warc_record(address, kind, payload=payload, http_headers=headers)


def units(path, kind="auto"):
    return list(read_units(str(path), kind, None))


def texts(path, kind="auto"):
    return [read_text(unit)[0] for unit in units(path, kind) if unit.kind != "bad"]


def problems(path, kind="auto"):
    return [unit.body for unit in units(path, kind) if unit.kind == "bad"]


@pytest.mark.parametrize("packed", [True, False])
def test_a_wet_file_is_read_as_it_is(tmp_path, packed):
    path = write_warc(
        tmp_path / ("CC-MAIN-00000.warc.wet.gz" if packed else "CC-MAIN-00000.warc.wet"),
        ("conversion", "http://example.org/1", "text/plain", "出售象牙手镯\n祖传\n".encode()),
        ("conversion", "http://example.org/2", "text/plain", "GBK 写的：象牙".encode("gb18030")),
        ("conversion", "http://example.org/3", "text/plain", b"  \n"),
        ("conversion", "http://example.org/4", "application/json", b"{}"),
        packed=packed,
    )
    found = units(path)
    assert [(unit.line, unit.id, unit.kind) for unit in found] == [
        (2, "http://example.org/1", "text"), (3, "http://example.org/2", "text"),
    ]  # fmt: skip
    assert texts(path) == ["\n出售象牙手镯\n祖传", "\nGBK 写的：象牙"]


def test_pages_of_a_warc_in_any_charset_and_nothing_else(tmp_path):
    path = write_warc(
        tmp_path / "a.warc.gz",
        ("request", "http://example.org/1", "", b""),
        ("response", "http://example.org/1", "text/html; charset=gbk", page("gb18030")),
        ("response", "http://example.org/2", "text/html; charset=utf-8", page("gb18030").replace(b"gb18030", b"utf-8")),
        ("response", "http://example.org/3", "image/png", b"\x89PNG"),
        ("response", "http://example.org/4", "application/xhtml+xml", page()),
    )
    found = units(path)
    assert [unit.line for unit in found] == [3, 4, 6]
    judged = [read_record(unit).text for unit in found]
    assert "出售象牙手镯" in judged[0]
    assert "出售象牙手镯" in judged[2]


def members_of(data):
    """Where each member of a packed file begins."""
    packed = members_module.Packed(io.BufferedReader(io.BytesIO(data)))
    starts = [at for at in range(len(data)) if data.startswith(b"\x1f\x8b\x08", at)]
    assert packed.more()
    return starts


def test_a_broken_record_is_said_and_costs_no_other(tmp_path):
    path = write_warc(
        tmp_path / "a.warc.gz",
        *(("response", f"http://example.org/{n}", "text/html", page() + b"x" * 5000) for n in range(4)),
    )
    data = bytearray(path.read_bytes())
    third = members_of(bytes(data))[2]
    data[third + 40 : third + 60] = b"\0" * 20
    path.write_bytes(bytes(data))
    found = units(path)
    assert [unit.id for unit in found if unit.kind == "html"][-2:] == ["http://example.org/2", "http://example.org/3"]
    assert any("已损坏" in unit.body for unit in found if unit.kind == "bad")
    assert next(unit.id for unit in found if unit.kind == "html") == "http://example.org/0"


def test_torn_anywhere_a_warc_gives_what_came_before(tmp_path):
    path = write_warc(
        tmp_path / "a.warc.gz", *(("response", f"http://example.org/{n}", "text/html", page()) for n in range(3))
    )
    data = path.read_bytes()
    starts = members_of(data)
    for end in range(starts[2] + 20, starts[3] - 1, 17):
        path.write_bytes(data[:end])
        found = units(path)
        assert found[0].id == "http://example.org/0"
        assert found[-1].kind == "bad", end
        assert "http://example.org/2" not in [unit.id for unit in found]


LONG = b"".join(f"<p>{n * 7919 % 1009}</p>".encode() for n in range(700))


@pytest.mark.parametrize("packed", [True, False])
def test_one_damage_is_one_problem_wherever_it_is(tmp_path, packed):
    name = "a.warc.gz" if packed else "a.warc"
    path = write_warc(
        tmp_path / name,
        *(("response", f"http://example.org/{n}", "text/html", page() + LONG) for n in range(4)),
        packed=packed,
    )
    data = path.read_bytes()
    starts = members_of(data) if packed else [at for at in range(len(data)) if data.startswith(b"WARC/1.0", at)]
    begin, end = starts[2], starts[3]
    for at in [*range(begin, begin + 60, 12), *range(begin + 60, end - 40, (end - begin) // 12), end - 12, end - 9]:
        path.write_bytes(data[:at] + b"\0" * 25 + data[at + 25 :])
        found, told = units(path), read_batch(units(path))[1]
        assert len(told) <= (1 if at < end - 25 else 2), (at - begin, told)
        if packed:
            assert len(told) >= 1, at - begin
            assert not any("在这里断掉" in one for one in told), "the file goes on"
        assert found[0].id == "http://example.org/0"


@pytest.mark.parametrize("ending", [".gz", ".zst", ""])
def test_one_tear_is_one_problem(tmp_path, ending):
    path = write_warc(
        tmp_path / f"a.warc{ending if ending == '.gz' else ''}",
        *(("response", f"http://example.org/{n}", "text/html", page() + LONG) for n in range(3)),
        packed=ending == ".gz",
    )
    if ending == ".zst":
        plain = path.read_bytes()
        path = tmp_path / "a.warc.zst"
        path.write_bytes(pa.Codec("zstd").compress(plain, asbytes=True))
    data = path.read_bytes()
    for end in range(len(data) // 2, len(data) - 20, len(data) // 9):
        path.write_bytes(data[:end])
        found, told = list(_units([str(path)], "auto", None)), read_batch(_units([str(path)], "auto", None))[1]
        assert len(told) == 1, told
        assert found[-1].kind == "bad"


def test_padding_and_garbage_between_members_do_no_harm(tmp_path):
    path = write_warc(
        tmp_path / "a.warc.gz", *(("response", f"http://example.org/{n}", "text/html", page()) for n in range(2))
    )
    data = path.read_bytes()
    last = members_of(data)[-1]
    path.write_bytes(data[:last] + b"\0" * 100_000 + b"garbage" * 10 + data[last:] + b"\0" * 7)
    found = units(path)
    assert [unit.id for unit in found if unit.kind == "html"] == ["http://example.org/0", "http://example.org/1"]


def test_a_record_of_fifty_megabytes_is_cut_and_said(tmp_path):
    body = b"\xe8\xb1\xa1" * (50 * MEGABYTE // 3)
    path = write_warc(
        tmp_path / "a.warc.wet.gz",
        ("conversion", "http://example.org/1", "text/plain", body),
        ("conversion", "http://example.org/2", "text/plain", "象牙".encode()),
    )
    tracemalloc.start()
    found = [(unit.kind, len(unit.body)) for unit in read_units(str(path), "auto", None)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [("text", warc_module.MAX_PAGE // 3 + 1), ("bad", len(warc_module.CUT)), ("text", 2)]
    assert peak < 12 * warc_module.MAX_PAGE


@pytest.mark.parametrize("kind", ["text", "warc", "jsonl"])
def test_a_bomb_stays_small(tmp_path, kind, monkeypatch):
    monkeypatch.setattr("wangdun.inputs.MAX_LINE", MEGABYTE)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"\0" * (48 * MEGABYTE), 1))
    tracemalloc.start()
    found = units(path, kind)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [unit.kind for unit in found] == ["bad"]
    assert peak < 32 * MEGABYTE


def test_a_page_packed_as_a_bomb_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(warc_module, "MAX_PAGE", MEGABYTE)
    bomb = gzip.compress(b"<html>" + b" " * (48 * MEGABYTE), 1)
    path = write_warc(tmp_path / "a.warc.gz", ("response", "http://example.org/", "text/html", bomb))
    tracemalloc.start()
    first, second = units(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(first.raw) == MEGABYTE
    assert second.body == warc_module.CUT
    assert peak < 40 * MEGABYTE


def test_headers_without_an_end_are_no_record(tmp_path):
    path = write_warc(
        tmp_path / "a.warc", *(("response", f"http://example.org/{n}", "text/html", page()) for n in range(3)), packed=False
    )  # fmt: skip
    data = path.read_bytes()
    second = data.index(b"WARC/1.0", data.index(b"example.org/0"))
    third = data.index(b"WARC/1.0", data.index(b"example.org/1"))
    for hostile in (
        b"WARC/1.0\r\nX: " + b"x" * MEGABYTE,
        b"WARC/1.0\r\n" + b"X: y\r\n" * MEGABYTE,
        b"WARC/1.0\r\nContent-Length: -1\r\n\r\nx",
        b"WARC/1.0\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        b"\0" * MEGABYTE,
        b"x\n" * MEGABYTE,
    ):
        path.write_bytes(data[:second] + hostile + b"\r\n" + data[third:])
        found = units(path)
        assert [unit.id for unit in found if unit.kind == "html"] == ["http://example.org/0", "http://example.org/2"]
        assert len([unit for unit in found if unit.kind == "bad"]) == 1


def test_bytes_that_only_look_like_members_end_soon(tmp_path):
    path = write_warc(tmp_path / "a.warc.gz", ("response", "http://example.org/0", "text/html", page()))
    path.write_bytes(path.read_bytes() + b"\x1f\x8b\x08" * 100_000)
    found = units(path)
    assert found[0].id == "http://example.org/0"
    assert [unit.kind for unit in found] == ["html", "bad"], "it is one damage"


@pytest.mark.parametrize("frames", [1, 3])
def test_zstd_lines_and_a_tear_in_them(tmp_path, frames):
    lines = [json.dumps({"id": n, "title": f"出售象牙 {n * 7919}"}).encode() + b"\n" for n in range(6000)]
    size = len(lines) // frames
    parts = [b"".join(lines[at : at + size]) for at in range(0, len(lines), size)]
    data = b"".join(pa.Codec("zstd").compress(part, asbytes=True) for part in parts)
    path = tmp_path / "in.jsonl.zst"
    path.write_bytes(data)
    assert [unit.line for unit in units(path)] == list(range(1, 6001))
    path.write_bytes(data[: len(data) // 2])
    torn = []
    with pytest.raises(OSError, match="不完整"):
        torn.extend(read_units(str(path), "auto", None))


def test_a_warc_under_zstd_is_read(tmp_path):
    plain = write_warc(tmp_path / "a.warc", ("response", "http://example.org/1", "text/html", page()), packed=False)
    path = tmp_path / "a.warc.zst"
    path.write_bytes(pa.Codec("zstd").compress(plain.read_bytes(), asbytes=True))
    assert [unit.id for unit in units(path)] == ["http://example.org/1"]


def write_parquet(path, columns, **options):
    parquet.write_table(pa.table(columns), path, compression="zstd", **options)
    return path


def test_parquet_with_every_kind_of_text_column(tmp_path):
    path = write_parquet(
        tmp_path / "in.parquet",
        {
            "ID": [7, 8, 9],
            "标题": pa.array(["出售", None, "转让"]).dictionary_encode(),
            "正文": pa.array(["象牙".encode(), "GBK 象牙".encode("gb18030"), b"\xff\xfe\xfa"]),
            "replies": [["还在吗", None], None, []],
            "price": [None, "300", " "],
            "nested": [{"a": 1}] * 3,
        },
        row_group_size=2,
    )
    found = [(unit.line, unit.id, read_record(unit).text, unit.offered) for unit in units(path)]
    assert found[0] == (1, "7", "出售\n象牙\n还在吗", False)
    assert found[1] == (2, "8", "\nGBK 象牙", True)
    assert found[2][:2] == (3, "9")
    assert found[2][2].startswith("转让\n")
    assert [unit.lost > 0 for unit in units(path)] == [False, False, True]
    assert read_batch(units(path))[1][-1].endswith("其余照常检测")


def test_identity_of_a_parquet_row(tmp_path):
    columns = {"id": pa.array([7, None]), "url": ["http://example.org/1", "http://example.org/2"], "text": ["a", "b"]}
    path = write_parquet(tmp_path / "in.parquet", columns)
    assert [read_text(unit)[1] for unit in units(path)] == ["7", f"{path}:2"]
    path = write_parquet(tmp_path / "in.parquet", {name: columns[name] for name in ("url", "text")})
    assert [unit.id for unit in units(path)] == ["http://example.org/1", "http://example.org/2"]


@pytest.mark.parametrize(
    "columns",
    [{"a": [1]}, {"title": [1]}, {"body": [{"text": "象牙"}]}, {"text": [["象牙"]]}, {"title": pa.array([None])}],
)
def test_parquet_without_a_text_column_is_said_once(tmp_path, columns):
    assert problems(write_parquet(tmp_path / "in.parquet", columns)) == [parquet_module.UNKNOWN]


def test_parquet_torn_or_overwritten_anywhere_never_raises(tmp_path):
    path = write_parquet(tmp_path / "in.parquet", {"text": [f"象牙 {n * n}" for n in range(3000)]}, row_group_size=1000)
    data = path.read_bytes()
    for at in range(4, len(data), max(1, len(data) // 40)):
        for hostile in (data[:at], data[:at] + b"\xff" * 24 + data[at + 24 :]):
            path.write_bytes(hostile)
            found = units(path)
            assert len(found) <= 3001, at
    path.write_bytes(data[: len(data) // 2])
    assert problems(path) == [f"{parquet_module.BROKEN}（ArrowInvalid）"]


def test_one_long_text_in_every_row_does_not_swell(tmp_path):
    long = pa.array(["象" * MEGABYTE])
    rows = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), long)
    path = write_parquet(tmp_path / "bomb.parquet", {"text": rows})
    assert path.stat().st_size < 100_000
    before = pa.total_allocated_bytes()
    source = read_units(str(path), "auto", None)
    assert len(next(source).body) == MEGABYTE
    assert pa.total_allocated_bytes() - before <= parquet_module.SWOLLEN * 2
    source.close()


def test_what_a_file_is_is_seen_in_it_where_that_is_beyond_doubt(tmp_path):
    real = write_parquet(tmp_path / "a.parquet", {"text": ["象牙"]})
    renamed = tmp_path / "notes.txt"
    renamed.write_bytes(real.read_bytes())
    assert texts(renamed) == ["\n象牙"]
    (tmp_path / "b.parquet").write_text("象牙\n穿山甲\n", encoding="utf-8")
    assert texts(tmp_path / "b.parquet") == ["\n象牙", "\n穿山甲"]
    archive = write_warc(tmp_path / "c.warc.gz", ("conversion", "http://example.org/", "text/plain", b"x"))
    archive = archive.rename(tmp_path / "c.jsonl")
    assert texts(archive) == ["\nx"]


def test_folders_and_patterns_stand_for_their_files_in_order(tmp_path):
    for name in ("b.jsonl", "a.csv", "sub/c.txt.gz", ".hidden.txt", "readme.md", "sub/d.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = [name.removeprefix(f"{tmp_path}/") for name in expand([str(tmp_path), str(tmp_path / "b.jsonl")])]
    assert found == ["a.csv", "b.jsonl", "sub/c.txt.gz", "sub/d.parquet"]
    assert expand([f"{tmp_path}/**/*.txt.gz", "-"]) == [f"{tmp_path}/sub/c.txt.gz", "-"]
    (tmp_path / "empty").mkdir()
    for name in ("empty", "none.txt", "*.warc"):
        with pytest.raises(UsageError):
            expand([str(tmp_path / name)])
