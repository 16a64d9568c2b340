"""Packs for other offices and from them: writing one, checking one, installing one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keywords.lexicon.exchange import read_sealed, sealed, written
from keywords.lexicon.overlay import gather
from keywords.lexicon.packs import HERE, pack_files, placed_entries
from keywords.lexicon.reader import read_document, understand
from keywords.lexicon.schema import Header, Pack
from wangdun.exceptions import UsageError
from wangdun.files import replacing
from wangdun.lexicon.differing import compare, facts_of
from wangdun.lexicon.installed import header_of
from wangdun.mistakes import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from keywords.lexicon.schema import Change, Entry
    from wangdun.lexicon.differing import Difference
    from wangdun.lexicon.installed import Installed

LONGEST_NAME = 60  # characters: three bytes each, a file name holds 255
PRIVATE = 0o700  # the folder's mode, as of all that is kept


@dataclass(frozen=True, slots=True)
class Arrival:
    """A pack that could be installed, and what that would change."""

    pack: Pack
    target: Path
    replaces: Header | None
    """The installed version of the same pack."""
    difference: Difference

    @property
    def header(self) -> Header:
        """Who made it."""
        assert self.pack.pack is not None
        return self.pack.pack


def sources(here: Installed, name: str | None) -> tuple[str, list[Path]]:
    """Return a name for the export and its files: one pack, or all local files.

    Raises:
        UsageError: there is no such pack, or there are no local files.
    """
    if name is None:
        files = here.local_files()
        if not files:
            raise UsageError(
                "没有本地词库（config.yaml 的 keywords.overlay 是空的）；用 --pack 名称 导出随附或已导入的词库"
            )
        return files[0].stem, files
    known = {path.stem: path for path in (*pack_files(), *here.keywords.overlay)}
    if name not in known:
        near = nearest(name, sorted(known))
        raise UsageError(
            f"没有词库文件 {name}" + (f"，是不是 {near}？" if near else f"，可用：{'、'.join(sorted(known))}")
        )
    return name, [known[name]]


def collect(files: Sequence[Path], header: Header) -> Pack:
    """Return one sealed pack of all that the files say.

    Raises:
        LexiconError: a file is not valid.
        UsageError: two files have an entry of the same id.
    """
    entries: list[Entry] = []
    change: list[Change] = []
    disable: list[str] = []
    about: list[str] = []
    for path in files:
        document = read_document(path)
        pack = understand(document, Pack)
        entries += [placed.entry for placed in placed_entries(document, pack)]
        disable += pack.disable
        change += pack.change
        about += [pack.about] if pack.about else []
    identities = [entry.id for entry in entries]
    twice = sorted({identity for identity in identities if identities.count(identity) > 1})
    if twice:
        raise UsageError(f"这些编号在几个文件中重复，请先改名：{'、'.join(twice[:10])}")
    return sealed(header, entries, disable=list(dict.fromkeys(disable)), change=change, about="；".join(about))


def save(pack: Pack, target: Path, *, force: bool) -> None:
    """Write a pack, whole or not at all.

    Raises:
        UsageError: the file exists and `force` is off, or its folder cannot be written.
    """
    with replacing(target, force=force) as temporary:
        temporary.write_text(written(pack), encoding="utf-8")


def arrival(path: Path, here: Installed) -> Arrival:
    """Return a checked pack and what installing it would change.

    Raises:
        LexiconError: it is not valid, was tampered with, or does not fit what is installed.
        UsageError: there is no config.yaml, or another pack has the name of its file.
    """
    if here.packs is None:
        raise UsageError("没有 config.yaml，不知道装到哪里；请在放 config.yaml 的文件夹里运行，或用 --config 指定")
    pack = read_sealed(path)
    assert pack.pack is not None
    target = here.packs / f"{file_name(pack.pack.name)}.yaml"
    if target.stem in {path.stem for path in HERE.glob("*.yaml")}:
        target = target.with_stem(f"{target.stem}-imported")  # ids of files are made of their names
    replaces = header_of(target) if target.exists() else None
    if replaces and replaces.name != pack.pack.name:
        raise UsageError(f"文件名 {target.name} 已被另一个包“{replaces.name}”占用，请先把它移走")
    new = files_with(path, target, here)
    return Arrival(pack, target, replaces, compare(facts_of(gather(here.keywords.overlay)), facts_of(gather(new))))


def files_with(path: Path, target: Path, here: Installed) -> list[Path]:
    """Return the local files with `path` in the place that `target` has or would have."""
    local = here.local_files()
    packs = {one: one for one in here.keywords.overlay if one not in local} | {target: path}
    return [*(packs[one] for one in sorted(packs)), *local]


def install(found: Arrival) -> None:
    """Put a pack where it is read from now on.

    Raises:
        UsageError: the folder cannot be written.
    """
    from wangdun.words import why

    try:
        found.target.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    except OSError as error:
        raise UsageError(f"无法建立文件夹 {found.target.parent}：{why(error)}") from error
    save(found.pack, found.target, force=True)


def file_name(name: str) -> str:
    """Return a pack's name as a safe file name: letters, digits, Chinese, ``-`` and ``_``."""
    return re.sub(r"[^\w-]+", "_", name).strip("_")[:LONGEST_NAME] or "pack"


def with_and_without(change: Path, here: Installed) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the local files without a change and with it; a newer version of an installed pack takes its place.

    Raises:
        LexiconError: the file is not valid.
    """
    overlay = here.keywords.overlay
    same = [path for path in overlay if path.exists() and change.exists() and path.samefile(change)]
    if same:
        return tuple(path for path in overlay if path not in same), overlay
    header = header_of(change)
    if header is None or here.packs is None:
        return overlay, (*overlay, change)
    return overlay, tuple(files_with(change, here.packs / f"{file_name(header.name)}.yaml", here))
