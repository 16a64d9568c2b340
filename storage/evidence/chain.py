"""One pass over the custody chain for whoever verifies: its faults, and what it says of each capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from storage.evidence import custody, guards, heads
from storage.evidence.records import UnreadableLink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Database
    from storage.evidence.heads import Head
    from storage.evidence.records import CustodyEntry

SEALS = ("captured", "recovered")
"""Actions whose link holds the digest of a capture's manifest."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the evidence."""

    kind: str
    """chain, guard, head, capture, file, orphan, timestamp."""
    place: str
    """Where, in Chinese."""
    what: str
    capture_id: int | None = None

    def __str__(self) -> str:
        return f"{self.place}：{self.what}"


@dataclass(slots=True)
class Chain:
    """What the chain says."""

    links: int = 0
    faults: list[Fault] = field(default_factory=list)
    sealed: dict[int, str] = field(default_factory=dict)
    """Capture id -> digest of its manifest; empty where the link that held it cannot be read."""
    deleted: set[int] = field(default_factory=set)
    """Ids of captures whose files were taken away with a record."""
    of_listing: set[int] = field(default_factory=set)
    """Ids of captures of the listing that was asked for."""
    hashes: dict[int, str] = field(default_factory=dict)
    """Of those links that a written-down head names."""
    last: int = 0
    """Id of the newest link."""

    def take(self, link: CustodyEntry | UnreadableLink, listing: tuple[str, str] | None) -> None:
        """Remember what a link says of a capture."""
        self.links += 1
        self.last = link.id
        if link.id in self.hashes:
            self.hashes[link.id] = link.hash
        if link.capture_id is None:
            return
        if isinstance(link, UnreadableLink):
            self._take_remains(link, link.capture_id)
        elif link.action in SEALS:
            self.sealed[link.capture_id] = str(link.detail.get("digest", ""))
            if listing is not None and (link.detail.get("site"), link.detail.get("key")) == listing:
                self.of_listing.add(link.capture_id)
        elif link.action == "deleted":
            self.deleted.add(link.capture_id)

    def _take_remains(self, link: UnreadableLink, capture_id: int) -> None:
        if link.action in SEALS:
            self.sealed.setdefault(capture_id, "")
        elif link.action == "deleted":
            self.deleted.add(capture_id)


def read(db: Database, folder: Path, listing: tuple[str, str] | None = None) -> Chain:
    """Follow the whole chain, then hold it against the heads in `folder` and ask whether it is still guarded.

    `listing` is a site and a key: the captures that the chain ascribes to it are told apart.
    """
    written = heads.written(folder)
    chain = Chain(hashes={one.number: "" for one in written if not isinstance(one, Path)})
    for number, what in custody.follow(_taken(db, chain, listing)):
        chain.faults.append(Fault("chain", f"保管链第 {number} 条", what))
    chain.faults += _against_heads(chain, written)
    if guards.missing(db):
        what = "数据库对保管链的保护（触发器）被去掉或停用"
        chain.faults.append(Fault("guard", "保管链", what))
    return chain


def _taken(db: Database, chain: Chain, listing: tuple[str, str] | None) -> Iterator[CustodyEntry | UnreadableLink]:
    for link in custody.remains(db):
        chain.take(link, listing)
        yield link


def _against_heads(chain: Chain, written: list[Head | Path]) -> Iterator[Fault]:
    beyond = [one for one in written if isinstance(one, heads.Head) and one.number > chain.last]
    if beyond:  # of many, the newest tells it all
        newest = max(beyond, key=lambda one: one.number)
        missing = (
            f"第 {chain.last + 1} 条到第 {newest.number} 条"
            if newest.number > chain.last + 1
            else f"第 {newest.number} 条"
        )
        yield Fault("head", f"链头文件 {newest.file}", f"保管链缺少{missing}：链尾被截断")
    for one in written:
        if isinstance(one, Path):
            yield Fault("head", f"链头文件 {one.name}", "读不出来，被改动或损坏")
        elif one.number > chain.last:
            continue
        elif not chain.hashes[one.number]:
            yield Fault("head", f"链头文件 {one.file}", f"保管链中没有它所记的第 {one.number} 条")
        elif chain.hashes[one.number] != one.hash:
            yield Fault("head", f"链头文件 {one.file}", f"与保管链第 {one.number} 条的哈希不符")
