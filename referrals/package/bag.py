"""One BagIt 1.0 bag (RFC 8493) as a zip, written in one pass with flat memory: any size, same input, same bytes."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SM3, Hash

from referrals.exceptions import ReferralError, Unfaithful

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

PIECE = 1 << 20  # bytes held at a time
TIME = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the earliest a zip can say: moments stand in the records, and equal input gives equal bytes
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SQUEEZED = (".json", ".jsonl", ".txt", ".py", ".mhtml", ".html", ".pem")  # the rest is packed already


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the bag."""

    name: str
    """Path with ``/``; never from a page. Below ``data/`` it is payload, elsewhere a tag file."""
    content: bytes | Path
    sha256: str | None = None
    """What it must be, where that was sealed; None where it is made here."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What was written under a name."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    sm3: str


@dataclass(slots=True)
class _Tally:
    payload: list[Sums] = field(default_factory=list)
    tags: list[Sums] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def write_bag(
    target: Path, folder: str, members: Iterable[Member], info: Sequence[tuple[str, str]]
) -> tuple[Sums, ...]:
    """Write the zip to `target`, all files below `folder`; the sums of everything in it but the tag manifests.

    Raises:
        Unfaithful: a stored file is missing or differs from what was sealed.
        ReferralError: a name is there twice.
        OSError: the disk is full, or `target` cannot be written.
    """
    tally = _Tally()
    with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
        for member in members:
            _add(archive, folder, member, tally)
        for member in _tag_files(tally, info):
            _add(archive, folder, member, tally)
        for member in _manifests(tally.tags, "tagmanifest"):
            _add(archive, folder, member, _Tally())
    return (*tally.payload, *tally.tags)


def _add(archive: zipfile.ZipFile, folder: str, member: Member, tally: _Tally) -> None:
    if member.name in tally.names:
        raise ReferralError(f"证据包里有两个同名文件：{member.name}")
    tally.names.add(member.name)
    entry = zipfile.ZipInfo(f"{folder}/{member.name}", TIME)
    entry.create_system = 3  # Unix, wherever it is written: the mode below counts
    entry.external_attr = 0o100644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED if member.name.endswith(SQUEEZED) else zipfile.ZIP_STORED
    entry.file_size = _size(member)  # lets the library choose the 64-bit form by itself
    sums = _copy(archive, entry, member)
    (tally.payload if member.name.startswith("data/") else tally.tags).append(sums)


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, member: Member) -> Sums:
    sha256, sm3, size = hashlib.sha256(), Hash(SM3()), 0
    with archive.open(entry, "w") as sink:
        for piece in _pieces(member):
            sink.write(piece)
            sha256.update(piece)
            sm3.update(piece)
            size += len(piece)
    found = sha256.hexdigest()
    if member.sha256 not in {None, found}:
        raise Unfaithful(f"证据文件已不是固定时的内容，未导出：{member.name}（应为 {member.sha256}，实为 {found}）")
    return Sums(member.name, size, found, sm3.finalize().hex())


def _size(member: Member) -> int:
    if isinstance(member.content, bytes):
        return len(member.content)
    try:
        found = member.content.lstat()
    except OSError as error:
        raise Unfaithful(f"证据文件不见了或无法读取，未导出：{member.name}") from error
    if not stat.S_ISREG(found.st_mode):  # a link would lead elsewhere, a pipe would never end
        raise Unfaithful(f"证据文件夹里有不是文件的东西，未导出：{member.name}")
    return found.st_size


def _pieces(member: Member) -> Iterator[bytes]:
    if isinstance(member.content, bytes):
        yield member.content
        return
    with member.content.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _tag_files(tally: _Tally, info: Sequence[tuple[str, str]]) -> Iterator[Member]:
    """What says what the bag is; made when the payload is known."""
    octets = sum(one.size for one in tally.payload)
    facts = (*info, ("Payload-Oxum", f"{octets}.{len(tally.payload)}"))
    yield Member("bagit.txt", DECLARATION)
    yield Member("bag-info.txt", "".join(f"{name}: {_folded(value)}\n" for name, value in facts).encode())
    yield from _manifests(tally.payload, "manifest")


def _manifests(sums: Sequence[Sums], kind: str) -> Iterator[Member]:
    for algorithm in ("sha256", "sm3"):
        lines = "".join(f"{getattr(one, algorithm)}  {one.name}\n" for one in sums)
        yield Member(f"{kind}-{algorithm}.txt", lines.encode())


def _folded(value: str) -> str:
    """One line: a line break would begin another fact."""
    return " ".join(value.split())
