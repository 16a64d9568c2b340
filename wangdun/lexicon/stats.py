"""Counts what the lexicon holds: by file, kind, category, protection and way of writing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from keywords.lexicon.overlay import gather
from wangdun.lexicon.installed import header_of
from wangdun.output import print_line, print_table
from wangdun.words import CATEGORIES, CHANNELS, DEPARTMENTS, said

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from keywords.lexicon.packs import Placed
    from keywords.lexicon.schema import Protection

KINDS = {"species": "物种", "product": "制品", "gear": "工具", "part": "部位", "codeword": "暗语", "context": "语境"}
STRENGTHS = {"strong": "强", "medium": "中", "weak": "弱"}
COLUMNS = ("文件", "来源", "词条", "写法", "已核对", "有例子")


def count(overlay: Iterable[Path], compiled: dict[str, Any]) -> dict[str, Any]:
    """Return all counts, JSON-ready; `compiled` is made of the same files.

    Raises:
        LexiconError: a file is not valid.
    """
    local = list(overlay)
    lexicon = gather(local)
    writings: Counter[int] = Counter()
    channels: Counter[str] = Counter()
    for _, ways in compiled["patterns"]:
        for number, channel, _ in ways:
            writings[number] += 1
            channels[channel] += 1
    entries = [placed.entry for placed in lexicon.entries]
    return {
        "version": compiled["version"],
        "entries": len(entries),
        "disabled": len(lexicon.disabled),
        "verified": sum(bool(entry.verified) for entry in entries),
        "files": _files(lexicon.entries, writings, local),
        "kinds": dict(Counter(entry.kind or "species" for entry in entries)),
        "categories": dict(Counter(entry.category or "terrestrial_animal" for entry in entries)),
        "strengths": dict(Counter(entry.strength or "medium" for entry in entries)),
        "agencies": dict(Counter(entry.agency or "forestry" for entry in entries)),
        "protection": dict(Counter(name for entry in entries for name in _levels(entry.protection))),
        "patterns": dict(channels.most_common()),
        "groups": len(compiled["groups"]),
        "kits": len(compiled["kits"]),
    }


def _levels(protection: Protection | None) -> list[str]:
    if protection is None:
        return ["未分项"]
    names = [f"国家{protection.cn}"] if protection.cn else []
    names += ["三有"] if protection.sanyou else []
    names += [f"CITES 附录{protection.cites}"] if protection.cites else []
    names += ["仅限野外种群"] if protection.wild_only else []
    return names


def _files(entries: Iterable[Placed], writings: Counter[int], local: list[Path]) -> list[dict[str, Any]]:
    files: dict[Path, dict[str, Any]] = {}
    for path in local:
        files[path] = _row(path, _origin(path))
    for number, placed in enumerate(entries):
        row = files.setdefault(placed.path, _row(placed.path, "随附"))
        row["entries"] += 1
        row["writings"] += writings[number]
        row["verified"] += bool(placed.entry.verified)
        row["with_tests"] += bool(placed.entry.tests.must)
    return sorted(files.values(), key=lambda row: (row["origin"] != "随附", row["file"]))


def _row(path: Path, origin: str) -> dict[str, Any]:
    return {"file": path.name, "origin": origin, "entries": 0, "writings": 0, "verified": 0, "with_tests": 0}


def _origin(path: Path) -> str:
    header = header_of(path)
    return f"{header.name} {header.version}（{header.author or '编制单位未写'}）" if header else "本地"


def print_stats(found: dict[str, Any]) -> None:
    """Show the counts to a person."""
    print_table(COLUMNS, [tuple(str(cell) for cell in row.values()) for row in found["files"]], title="文件")
    for title, key, words in (
        ("类别", "kinds", KINDS),
        ("标的", "categories", CATEGORIES),
        ("强度", "strengths", STRENGTHS),
        ("主办部门", "agencies", DEPARTMENTS),
        ("保护级别", "protection", {}),
        ("写法（按渠道）", "patterns", CHANNELS | {"reordered": "倒写对调"}),
    ):
        rows = [(said(words, name), f"{number:,}") for name, number in found[key].items()]
        print_table((title, "数"), rows)
    print_line(
        f"词库版本 {found['version']}：{found['entries']:,} 条词条，经正式文本核对 {found['verified']:,} 条，"
        f"停用 {found['disabled']} 条，语境组 {found['groups']} 个，配件组 {found['kits']} 个"
    )
