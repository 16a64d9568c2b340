"""What differs between two lexicons, entry by entry and field by field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keywords.lexicon.overlay import gather
from keywords.lexicon.packs import placed_entries
from keywords.lexicon.reader import read_document, understand
from keywords.lexicon.schema import Entry, Pack
from wangdun.exceptions import UsageError
from wangdun.output import one_line, print_line, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from keywords.lexicon.overlay import Lexicon
    from wangdun.lexicon.installed import Installed

Facts = dict[str, Any]
INSTALLED = "installed"
SHOWN = 200  # lines of a list for people; --json has all
LONGEST = 60  # characters of a value
LABELS = {name: (info.description or name).split("：")[0].split("，")[0] for name, info in Entry.model_fields.items()}


@dataclass(frozen=True, slots=True)
class Difference:
    """Entries by id: those only in the new one, those only in the old one, and the fields of those that changed."""

    added: Mapping[str, Facts]
    removed: Mapping[str, Facts]
    changed: Mapping[str, Mapping[str, tuple[Any, Any]]]

    @property
    def nothing(self) -> bool:
        """Both say the same."""
        return not (self.added or self.removed or self.changed)

    def as_facts(self) -> Facts:
        """JSON-ready."""
        changed = {
            identity: {field: {"old": old, "new": new} for field, (old, new) in fields.items()}
            for identity, fields in self.changed.items()
        }
        return {"added": dict(self.added), "removed": dict(self.removed), "changed": changed}


def compare(old: Mapping[str, Facts], new: Mapping[str, Facts]) -> Difference:
    """Return what differs."""
    changed = {}
    for identity in old.keys() & new.keys():
        fields = {
            field: (old[identity].get(field), new[identity].get(field))
            for field in old[identity].keys() | new[identity].keys()
            if old[identity].get(field) != new[identity].get(field)
        }
        if fields:
            changed[identity] = {field: fields[field] for field in Entry.model_fields if field in fields} | fields
    return Difference(
        {identity: new[identity] for identity in new if identity not in old},
        {identity: old[identity] for identity in old if identity not in new},
        dict(sorted(changed.items())),
    )


def facts_of(lexicon: Lexicon) -> dict[str, Facts]:
    """Return what each entry in force says, without what it leaves at its default."""
    return {placed.entry.id: said(placed.entry) for placed in lexicon.entries}


def said(entry: Entry) -> Facts:
    """Return what an entry says, JSON-ready."""
    return entry.model_dump(mode="json", exclude_defaults=True, exclude={"id"})


def two_versions(old: str, new: str, here: Installed) -> tuple[dict[str, Facts], dict[str, Facts]]:
    """Return the two lexicons that a person names; one file beside ``installed`` is taken as added to it.

    Raises:
        UsageError: there is no such file or folder.
        LexiconError: a file is not valid.
    """
    added = INSTALLED in {old, new}
    return version_of(old, here, added=added), version_of(new, here, added=added)


def version_of(name: str, here: Installed, *, added: bool = False) -> dict[str, Facts]:
    """Return the lexicon that a person names: ``installed``, a folder of YAML files, or one file.

    `added`: a file is read together with all that is installed, as a local lexicon after the others.

    Raises:
        UsageError: there is no such file or folder.
        LexiconError: a file is not valid.
    """
    path = Path(name)
    if name == INSTALLED:
        return facts_of(gather(here.keywords.overlay))
    if path.is_dir():
        return facts_of(gather(folder=path))
    if not path.exists():
        raise UsageError(f"没有文件或文件夹 {name}；可写 installed、词库文件或放着 YAML 的文件夹")
    if added:
        others = [one for one in here.keywords.overlay if one.resolve() != path.resolve()]
        return facts_of(gather((*others, path)))
    return _file_facts(path)


def _file_facts(path: Path) -> dict[str, Facts]:
    """Return what one file says; what it disables and changes stands beside its entries."""
    document = read_document(path)
    pack = understand(document, Pack)
    facts = {placed.entry.id: said(placed.entry) for placed in placed_entries(document, pack)}
    facts |= {f"停用 {name}": {"term": name} for name in pack.disable}
    for change in pack.change:
        name = change.id or change.term
        facts[f"改动 {name}"] = {"term": name} | change.model_dump(mode="json", exclude_unset=True)
    return facts


def print_difference(found: Difference) -> None:
    """Show a difference to a person."""
    if found.nothing:
        print_line("两者的词条相同")
        return
    rows = list(_rows(found))
    print_table(("变化", "词条", "字段", "原来", "现在"), rows[:SHOWN])
    if len(rows) > SHOWN:
        print_line(f"另有 {len(rows) - SHOWN} 行未列出，--json 可得全部")
    print_line(f"新增 {len(found.added)} 条，删除 {len(found.removed)} 条，改动 {len(found.changed)} 条")


def _rows(found: Difference) -> Iterator[tuple[str, ...]]:
    for identity, facts in found.added.items():
        yield "新增", one_line(identity, LONGEST), "", "", _summary(facts)
    for identity, facts in found.removed.items():
        yield "删除", one_line(identity, LONGEST), "", _summary(facts), ""
    for identity, fields in found.changed.items():
        for field, (old, new) in fields.items():
            yield "改动", one_line(identity, LONGEST), LABELS.get(field, field), *_sides(old, new)


def _sides(old: Any, new: Any) -> tuple[str, str]:
    """Return both values; of lists only what is not in both."""
    if isinstance(old or [], list) and isinstance(new or [], list):
        gone, came = _without(old or [], new or []), _without(new or [], old or [])
        return (f"去掉 {shown(gone)}" if gone else "", f"增加 {shown(came)}" if came else ("" if gone else "次序改变"))
    return shown(old), shown(new)


def _without(these: Sequence[Any], those: Sequence[Any]) -> list[Any]:
    return [one for one in these if one not in those]


def _summary(facts: Facts) -> str:
    parts: Iterable[Any] = (facts.get("term"), facts.get("strength"), shown(facts.get("aliases")))
    return one_line("，".join(str(part) for part in parts if part), LONGEST)


def shown(value: Any) -> str:
    """Return a value for people."""
    if value is None:
        return ""
    if isinstance(value, list):
        return one_line("、".join(str(one) for one in value), LONGEST)
    if isinstance(value, dict):
        return one_line("；".join(f"{key}={shown(one)}" for key, one in value.items()), LONGEST)
    if isinstance(value, bool):
        return "是" if value else "否"
    return one_line(str(value), LONGEST)
