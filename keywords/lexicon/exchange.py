"""Packs for other offices: one YAML file that says who made it, sealed by a checksum over all it says."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import yaml

from keywords.exceptions import LexiconError
from keywords.lexicon.reader import read_document, understand
from keywords.lexicon.schema import Header, Pack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from keywords.lexicon.schema import Change, Entry

WIDTH = 160  # columns of a written line


class _Plain(yaml.SafeDumper):
    """Writes every value out: the reader refuses references."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- PyYAML calls it
        return True


def canonical(pack: Pack) -> dict[str, Any]:
    """Return all that a pack says, JSON-ready, but its checksum."""
    said = pack.model_dump(mode="json", exclude_unset=True)
    header = dict(said.get("pack") or {})
    header.pop("sha256", None)
    return {key: value for key, value in said.items() if value} | {"pack": header}


def checksum(pack: Pack) -> str:
    """Return SHA-256 (hex) over the canonical content: layout and comments do not count."""
    text = json.dumps(canonical(pack), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sealed(
    header: Header,
    entries: Sequence[Entry],
    *,
    disable: Sequence[str] = (),
    change: Sequence[Change] = (),
    about: str = "",
) -> Pack:
    """Return a pack with its checksum; `entries` spelled out, with their ids."""
    bare = Pack.model_validate({
        "about": about,
        "pack": header.model_dump(exclude={"sha256"}),
        "entries": [entry.model_dump(mode="json", exclude_unset=True) for entry in entries],
        "disable": list(disable),
        "change": [one.model_dump(mode="json", exclude_unset=True) for one in change],
    })  # fmt: skip
    return Pack.model_validate(canonical(bare) | {"pack": canonical(bare)["pack"] | {"sha256": checksum(bare)}})


def written(pack: Pack) -> str:
    """Return the pack as YAML; reading it gives the same pack."""
    said = canonical(pack)
    header = said.pop("pack") | ({"sha256": pack.pack.sha256} if pack.pack else {})
    parts = [_dumped("pack", header), *(_dumped(key, value) for key, value in said.items())]
    return "".join(["# 网盾词库包：由 wangdun lexicon export 写出；手工改动后校验和不符，不能导入\n", *parts])


def _dumped(key: str, value: Any) -> str:
    """Return one key of the file; lists within an entry stay on their line."""
    flow = None if isinstance(value, list) else False
    return yaml.dump(
        {key: value}, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=flow
    )


def read_sealed(path: Path) -> Pack:
    """Return a pack whose checksum holds.

    Raises:
        LexiconError: the file is not valid, has no header, or was changed after it was written.
    """
    document = read_document(path)
    pack = understand(document, Pack)
    if pack.pack is None or not pack.pack.sha256:
        raise LexiconError(
            f"{path} 不是词库包（没有 pack: 和校验和）；自己写的词库文件请列入 config.yaml 的 keywords.overlay"
        )
    if checksum(pack) != pack.pack.sha256:
        raise document.error(
            "校验和不符：文件在导出后被改动过或传输中损坏，未导入；请向编制单位重新索取", "pack", "sha256"
        )
    return pack
