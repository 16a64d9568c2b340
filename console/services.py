"""What screens need of packages that this one may not import: the composition root brings it with `create_app`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from console.exceptions import ConsoleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from keywords.results import Detection

SITES = "site_service"
LEXICON = "lexicon_service"
RECORD = "detection_record"
"""Names of the services among `Console.facts`; the last one makes a verdict of the detector ready to be kept."""
Operation = Literal["add", "change", "disable", "remove"]


class ServiceRefusal(ConsoleError):  # noqa: N818 -- it is an answer
    """Raised by services when something cannot be done; `str()` is Chinese, for people."""


class Changed(ServiceRefusal):
    """Raised by services when a file is no longer what the person looked at."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a site is crawled, as people write it; empty texts for what is not set."""

    enabled: bool = True
    every: str = ""
    """``6h``."""
    cron: str = ""
    """``0 7 * * 1-5``."""
    since: str = ""
    """First day of the campaign, ``2026-11-01``."""
    until: str = ""
    """Its last day."""
    quiet: str = ""
    """``23:00-06:30``."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What the configuration says of one site."""

    name: str
    platform: str
    start: tuple[str, ...]
    schedule: Schedule
    how: str
    """The schedule in words."""
    next: datetime | None
    """Of the next run; None for never."""
    running: bool
    """Some process is crawling it."""
    asked: bool
    """Somebody asked for a run that has not begun."""
    ignores_robots: str = ""
    """The written reason for not obeying robots.txt; empty where it is obeyed."""
    pace: str = ""
    """The interval that was learned and why, where it is left to the schedule; Chinese."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a schedule would mean."""

    times: tuple[datetime, ...] = ()
    """The next runs; the first may be now."""
    mistakes: Mapping[str, str] = field(default_factory=dict)
    """Field of `Schedule` -> what is wrong, Chinese."""


class SiteService(Protocol):
    """The sites of config.yaml. All methods raise `ServiceRefusal` while the file is not valid."""

    def sites(self, now: datetime) -> Sequence[SiteSettings]:
        """All, in the order of the file."""

    def version(self) -> str:
        """Names the file's content."""

    def try_schedule(self, name: str, wanted: Schedule, now: datetime) -> Tried:
        """What would happen; nothing is changed."""

    def save_schedule(self, name: str, wanted: Schedule, version: str, now: datetime) -> None:
        """Write it into the file, all else as it was.

        Raises:
            Changed: the file is no longer `version`.
            ServiceRefusal: it cannot be done safely; nothing has changed.
        """

    def log(self, name: str) -> Sequence[str]:
        """The last lines of the site's log, oldest first."""


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry of the lexicon, for people."""

    id: str
    term: str
    how: str
    """What of it was named."""
    place: str
    """``file:line``."""
    pairs: tuple[tuple[str, str], ...]
    """Label and text of every fact."""
    disabled: str = ""
    """What disabled it; empty where it is in force."""
    local: str = ""
    """added, changed, disabled where the file of the console says something of it."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """As a pack writes them."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found."""

    entries: tuple[FoundEntry, ...] = ()
    """In full, few."""
    within: tuple[tuple[str, str], ...] = ()
    """Id and term of entries whose names contain the text."""
    message: str = ""
    """When nothing is called so."""


@dataclass(frozen=True, slots=True)
class Local:
    """The file that the console edits."""

    version: str
    lexicon: str
    """Version of the entries in force."""
    entries: tuple[tuple[str, str], ...] = ()
    """Id and term."""
    changes: tuple[tuple[str, str], ...] = ()
    """Id or term, and what is changed, in words."""
    disabled: tuple[str, ...] = ()
    detection: str = ""
    """Version of the detection in force, as leads name it: of entries, settings and the learned judgement."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A change of the lexicon."""

    operation: Operation
    target: str
    """Id of the entry; for ``add`` its term."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Of an entry (add) or of a change (change), as a pack writes them."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft would do. Nothing has changed."""

    version: str
    """Of the local file that it was compared with."""
    mistakes: Mapping[str, str] = field(default_factory=dict)
    """Field -> what is wrong; "" for what is of no one field."""
    findings: tuple[tuple[str, str], ...] = ()
    """Level (error, warning) and text."""
    tally: Mapping[str, Any] = field(default_factory=dict)
    """texts, gained, lost, shifted, moves, labels, examples."""
    whole: bool = True
    """Whether all texts were looked at in the time there is."""


class LexiconService(Protocol):
    """The lexicon in force and the local file over it. All methods raise `ServiceRefusal` where a file is not valid."""

    def local(self) -> Local:
        """What the console's file says."""

    def search(self, text: str) -> Searched:
        """Entries by id, name or any writing."""

    def judge(self, text: str, *, offered: bool) -> Detection:
        """The verdict of the lexicon in force."""

    def groups(self) -> Mapping[str, str]:
        """Groups of context that `requires` may name: name -> Chinese label."""

    def preview(self, draft: Draft, now: datetime) -> Preview:
        """Compare the verdicts with and without, on examples and the newest stored listings, for some seconds."""

    def save(self, draft: Draft, version: str, now: datetime) -> None:
        """Put it in force for the next run.

        Raises:
            Changed: the local file is no longer `version`.
            ServiceRefusal: the lexicon would not be valid; nothing has changed.
        """
