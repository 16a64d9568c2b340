"""The lexicon as the console shows and changes it (`console.services.LexiconService`).

All changes made in the console stand in one file of its own, which is read after all others. It is written anew each
time, so remarks that people put into it by hand are lost: their own files are named in config.yaml.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import deque
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from console import lexicon_forms
from console.heap import settle
from console.services import Changed, Draft, FoundEntry, Local, Preview, Searched, ServiceRefusal
from keywords.detector import Detector
from keywords.exceptions import KeywordsError
from keywords.lexicon.compile import compile_lexicon, load_compiled
from keywords.lexicon.overlay import gather
from keywords.lexicon.packs import HERE
from keywords.lexicon.reader import read_document, read_pack, understand
from keywords.lexicon.schema import Cues, Pack
from storage.review import newest
from wangdun import settings_file
from wangdun.config import load, written_in_console
from wangdun.exceptions import UsageError, WangdunError
from wangdun.lexicon import checking
from wangdun.lexicon.differing import said, shown
from wangdun.lexicon.previewing import Item, judge
from wangdun.lexicon.showing import MOST_SHOWN, find, rows
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from keywords.lexicon.packs import Placed
    from keywords.results import Detection
    from storage.database import Database
    from wangdun.config import Config
    from wangdun.lexicon.showing import Found

HEAD = "# 在研判台中所作的词库改动。由程序写成，手写的注释会丢失；自己的词库请另建文件，写在 config.yaml 的 keywords.overlay 下。\n"
SECONDS = 6.0  # for looking at texts: a person waits that long for an answer that matters
TEXTS = 2_000  # of each kind, at most
EXAMPLES = 8  # shown of each kind of change
WITHIN = 60  # entries listed whose names contain the text
WIDTH = 110  # characters of a line of YAML


class EditedLexicon:
    """Reads the settings anew for each question, and keeps the detector as long as the lexicon is the same."""

    def __init__(self, path: Path, db: Database) -> None:
        self._path = path
        self._db = db
        self._lock = threading.Lock()
        self._detector: tuple[object, Detector] | None = None

    def local(self) -> Local:
        """What the console's file says."""
        with _speaking_plainly():
            config = load(self._path)
            file = written_in_console(config.storage.data_dir)
            data = _data(file)
            return Local(
                settings_file.version_of(file),
                str(_compiled(config)["version"]),
                tuple((f"{file.stem}:{one['term']}", one["term"]) for one in data["entries"]),
                tuple((one["id"], _in_words(one, _groups())) for one in data["change"]),
                tuple(data["disable"]),
                self._now(config).version,
            )

    def search(self, text: str) -> Searched:
        """Entries by id, name or any writing."""
        with _speaking_plainly():
            config = load(self._path)
            data = _data(written_in_console(config.storage.data_dir))
            within = tuple(islice(_within(text, config), WITHIN))
            try:
                found = find(text, config.keywords, _compiled(config))[:MOST_SHOWN]
            except UsageError as error:
                return Searched(within=within, message=str(error))
        entries = tuple(_shown(one, config, data) for one in found)
        known = {one.id for one in entries}
        return Searched(entries, tuple(pair for pair in within if pair[0] not in known))

    def judge(self, text: str, *, offered: bool) -> Detection:
        """The verdict of the lexicon in force."""
        with _speaking_plainly():
            return self._now(load(self._path)).detect(text, offered=offered)

    def groups(self) -> Mapping[str, str]:
        """Groups of context that `requires` may name: name -> Chinese label."""
        return _groups()

    def preview(self, draft: Draft, now: datetime) -> Preview:
        """Compare the verdicts with and without, on examples and the newest stored listings, for some seconds."""
        del now  # verdicts do not depend on it
        with _speaking_plainly():
            config = load(self._path)
            file = written_in_console(config.storage.data_dir)
            version = settings_file.version_of(file)
            others = tuple(path for path in config.keywords.overlay if path != file)
            with _written(applied(_data(file), draft, file.stem), file.name) as made:
                files = (*others, made)
                entries = gather(files).entries
                new = Detector(compile_lexicon(files), config.keywords.model_copy(update={"overlay": files}))
                touched = [one for one in entries if one.path == made or _changed_by(one, made.name)]
                findings = [*checking.faults(touched), *checking.failed_examples(new, touched)]
                tally, whole = self._compared(config, new, entries)
        return Preview(version, findings=tuple((one.level, one.message) for one in findings), tally=tally, whole=whole)

    def save(self, draft: Draft, version: str, now: datetime) -> None:
        """Put it in force for the next run."""
        with _speaking_plainly():
            config = load(self._path)
            file = written_in_console(config.storage.data_dir)
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # as all that is kept
            data = applied(_data(file), draft, file.stem)
            others = tuple(path for path in config.keywords.overlay if path != file)

            def be_valid(_temporary: Path) -> None:  # under another name its entries would have other ids
                with _written(data, file.name) as made:
                    compile_lexicon((*others, made))

            settings_file.replace(file, _as_yaml(data).encode(), version, now, be_valid)

    def _now(self, config: Config) -> Detector:
        key = (config.keywords, tuple(settings_file.version_of(path) for path in config.keywords.overlay))
        with self._lock:
            if self._detector is None or self._detector[0] != key:
                self._detector = key, Detector.load(config.keywords, cache=_cache(config))
                settle()
            return self._detector[1]

    def _compared(self, config: Config, new: Detector, entries: Iterable[Placed]) -> tuple[dict[str, Any], bool]:
        """What changes in the texts that there is time for, and whether these were all."""
        clock = _Deadline(SECONDS)
        items = clock.until(chain(self._stored(), _examples(entries)))
        last = deque(judge(items, self._now(config), new, most=EXAMPLES), maxlen=1)
        return last[0].as_facts(), not clock.passed

    def _stored(self) -> Iterator[Item]:
        seen: set[int] = set()
        for read in (newest.judged, newest.listings):
            for one in read(self._db, TEXTS):
                if one.snapshot_id not in seen:
                    seen.add(one.snapshot_id)
                    yield Item(f"数据库 {one.snapshot_id}", one.text, one.offered, one.label)


class _Deadline:
    """Hands items on as long as there is time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.passed = False

    def until(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, fewer when the time is up."""
        end = time.monotonic() + self._seconds
        for item in items:
            if time.monotonic() > end:
                self.passed = True
                return
            yield item


@contextmanager
def _speaking_plainly() -> Iterator[None]:
    try:
        yield
    except settings_file.ChangedMeanwhile as error:
        raise Changed(str(error)) from error
    except (WangdunError, KeywordsError) as error:
        raise ServiceRefusal(str(error)) from error
    except OSError as error:
        raise ServiceRefusal(f"词库文件无法读写：{why(error)}") from error


def applied(data: Mapping[str, Any], draft: Draft, stem: str) -> dict[str, Any]:
    """The file's content with the draft: what it said before of the same entry is replaced."""
    target = draft.target
    entries = [one for one in data["entries"] if f"{stem}:{one['term']}" != target]
    own = len(entries) < len(data["entries"])
    change = [one for one in data["change"] if one["id"] != target]
    disable = [name for name in data["disable"] if name != target]
    if draft.operation == "add":
        entries = [one for one in entries if one["term"] != draft.facts["term"]] + [dict(draft.facts)]
    elif draft.operation == "change":
        return {**data, "change": [*change, {"id": target, **draft.facts}]}
    elif draft.operation == "disable" and not own:
        return {**data, "disable": [*disable, target]}
    return {"entries": entries, "change": change, "disable": disable}


def _data(file: Path) -> dict[str, Any]:
    """The file as plain values. Raises LexiconError."""
    if not file.exists():
        return {"entries": [], "change": [], "disable": []}
    document = read_document(file)
    understand(document, Pack)
    said_there = document.data or {}
    return {key: list(said_there.get(key) or ()) for key in ("entries", "change", "disable")}


@contextmanager
def _written(data: Mapping[str, Any], name: str) -> Iterator[Path]:
    """A file of that name elsewhere: ids of entries are made of it."""
    with tempfile.TemporaryDirectory(prefix="wangdun-lexicon-") as folder:
        made = Path(folder) / name
        made.write_text(_as_yaml(data), encoding="utf-8")
        yield made


def _as_yaml(data: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in data.items() if value}
    return HEAD + (yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=WIDTH) if kept else "{}\n")


def _changed_by(one: Placed, name: str) -> bool:
    return any(mark.rpartition(":")[0] == name for mark in one.changes)


def _cache(config: Config) -> Path:
    return config.storage.data_dir / "cache"


def _compiled(config: Config) -> dict[str, Any]:
    return dict(load_compiled(config.keywords.overlay, _cache(config)))


def _examples(entries: Iterable[Placed]) -> Iterator[Item]:
    for placed in entries:
        for label, texts in (("lead", placed.entry.tests.must), ("clear", placed.entry.tests.must_not)):
            yield from (Item(f"例子 {placed.entry.term}", text, offered=False, label=label) for text in texts)


def _within(text: str, config: Config) -> Iterator[tuple[str, str]]:
    for placed in gather(config.keywords.overlay).entries:
        if any(text in name for name in (placed.entry.term, *placed.entry.aliases)):
            yield placed.entry.id, placed.entry.term


def _shown(one: Found, config: Config, data: Mapping[str, Any]) -> FoundEntry:
    entry, place = one.placed.entry, one.placed.place
    local, facts = "", said(entry)
    changes = [change for change in data["change"] if change["id"] == entry.id]
    if entry.id in data["disable"]:
        local = "disabled"
    elif changes:
        local, facts = "changed", changes[0]
    elif one.placed.path == written_in_console(config.storage.data_dir):
        local = "added"
    known = ((label.partition("；")[0], text) for label, text in rows(one, config.keywords))
    pairs = tuple((label, text) for label, text in known if label != "出处")
    return FoundEntry(entry.id, entry.term, one.how, place, pairs, one.disabled, local, facts)


def _groups() -> dict[str, str]:
    return {checking.ANY_TRADE: "任一交易用语"} | {
        name: group.label or name for name, group in read_pack(HERE / "context.yaml", Cues).groups.items()
    }


def _in_words(change: Mapping[str, Any], groups: Mapping[str, str]) -> str:
    """What a change says, by the labels of its form; what the form has no field for, as it is written."""
    known = {one.name for one in lexicon_forms.fields("change")} | {"id", "tests"}
    said = lexicon_forms.in_words("change", change, groups)
    rest = [(key, shown(value)) for key, value in change.items() if key not in known]
    return "，".join(f"{label}：{text}" for label, text in (*said, *rest))
