"""All that a lead's page shows, put together from storage; contacts masked as the person may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console import masking
from console.diffs import Change, changes
from console.fragments import Texts
from console.highlight import Mark, Piece, pieces
from console.masking import mask, mask_in
from storage import leads
from storage.evidence import captures
from storage.evidence.objects import Objects
from storage.evidence.shown import PICTURES
from storage.exceptions import EvidenceError
from storage.review import audit, decisions, merging, permits, queue
from storage.review.audit import Wanted
from storage.review.sources import is_manual, reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from console.person import Person
    from console.state import Console
    from storage.config import StorageConfig
    from storage.evidence.records import Capture, StoredFile
    from storage.leads import LeadFile
    from storage.review.audit import Entry
    from storage.review.filters import QueueRow
    from storage.review.folding import State
    from storage.review.permits import Check, Permit
    from storage.review.records import Step

Hide = Callable[[str], str]
SHOWN = 6  # hits that add no points and are listed all the same; the others are one click away


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit as the table shows it."""

    number: int
    """From 1, as in the text."""
    term: str
    matched: str
    kind: str
    category: str
    channel: str
    weight: float
    clause: str
    folded: str
    words: str
    """How the words around it were cut."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What detection saw and did not count, and the rule that says why."""

    term: str
    matched: str
    rule: str
    times: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A sealed picture."""

    capture_id: int
    name: str
    url: str
    """Where it was on the page; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A capture and whether its files are there."""

    capture: Capture
    state: str
    """whole, missing, removed, empty, unknown."""


@dataclass(frozen=True, slots=True)
class LeadView:
    """A lead, ready to be shown to one person."""

    file: LeadFile
    row: QueueRow
    state: State
    hidden: bool
    """Contacts are masked."""
    conceals: bool
    """Something on the page is masked."""
    title: str
    reference: str
    """Number of the report at its source, of what was typed in; it has a contact only where somebody put one there."""
    pieces: tuple[Piece, ...]
    hits: tuple[ShownHit, ...]
    changes: tuple[Change, ...]
    evidence: tuple[Evidence, ...]
    verified: Entry | None
    """The last verification from this page: when, by whom, with what outcome."""
    pictures: tuple[Picture, ...]
    screenshots: tuple[Picture, ...]
    history: tuple[Step, ...]
    group: tuple[int, ...]
    """All leads that were merged with this one, itself included; the first is the one that counts."""
    suppressed: tuple[Suppressed, ...]
    permits: tuple[Permit, ...]
    """Papers that the text claims, and what was found out of them."""
    checked: tuple[Check, ...]
    """What was found out of papers in other offers of the same seller."""
    hide: Hide
    explanation: dict[str, Any]
    """What detection said besides its hits; what it quotes is masked as the text is."""

    @property
    def telling(self) -> tuple[list[ShownHit], list[ShownHit]]:
        """Hits that add points, and the first of the others; then the rest, which is long in texts full of cues."""
        idle = [hit for hit in self.hits if not hit.weight][SHOWN:]
        aside = {hit.number for hit in idle}
        return [hit for hit in self.hits if hit.number not in aside], idle

    @property
    def clauses(self) -> list[str]:
        """Legal sources of the hits, each once."""
        return [clause for clause in dict.fromkeys(hit.clause for hit in self.hits) if clause]


def load(console: Console, me: Person, lead_id: int, now: datetime, *, revealed: bool = False) -> LeadView | None:
    """One lead as this person sees it; None when there is no such id. Raises StorageError."""
    db = console.db
    file = leads.get(db, lead_id)
    row = queue.row(db, lead_id, now)
    if file is None or row is None:
        return None
    hidden = masking.hides(console, me, revealed=revealed)
    hide = hider(console, file, hidden=hidden)
    kept, (state, history) = captures.of_lead(db, lead_id), decisions.told(db, lead_id)
    texts = Texts(file.lead.text, hide(file.lead.text))
    explanation = texts.explained(file.explanation)
    shots = [(one, files) for one in kept for files in one.files if files.role == "screenshot"]
    return LeadView(
        file=file,
        row=row,
        state=state,
        hidden=hidden,
        conceals=hidden and (bool(file.lead.contacts) or texts.whole != texts.shown or _hides_more(file, hide)),
        title=hide(file.lead.title),
        reference=hide(_reference(file)),
        pieces=tuple(pieces(texts.shown, _marks(file))),
        hits=tuple(_hits(file, texts)),
        changes=tuple(changes(file.history.snapshots, hide)),
        evidence=tuple(Evidence(one, _state_of(console, one)) for one in kept),
        verified=_last_verified(console, lead_id) if kept else None,
        pictures=tuple(_pictures(kept)),
        screenshots=tuple(Picture(one.id, shot.name, "") for one, shot in shots if _is_picture(shot)),
        history=history,
        group=merging.group(db, lead_id),
        permits=permits.of_lead(db, lead_id) if file.explanation.get("claims") else (),
        checked=permits.of_seller(db, lead_id) if row.other_leads else (),
        hide=hide,
        suppressed=tuple(_suppressed(explanation)),
        explanation=explanation,
    )


def _reference(file: LeadFile) -> str:
    found = [one for one in file.history.snapshots if one.id == file.lead.flagged_snapshot_id]
    return reference(found[0].attributes) if found and is_manual(file.lead.site) else ""


def _hides_more(file: LeadFile, hide: Hide) -> bool:
    """Whether something beside the text is masked."""
    beside = (file.lead.seller, file.lead.price_text, file.lead.region, _reference(file))
    return any(text and hide(text) != text for text in beside)


def hider(console: Console, file: LeadFile, *, hidden: bool) -> Hide:
    """What masks a text of this lead, its length kept; nothing is done where nothing is to be hidden."""
    if not hidden:
        return lambda text: text
    contacts = file.lead.contacts
    spans = console.facts.get("contact_spans")  # finds disguised numbers; the crawler's, handed over by the program

    def hide(text: str) -> str:
        return mask_in(text, contacts, spans(text) if spans else ())

    return hide


def masked_contacts(view: LeadView) -> list[tuple[str, str]]:
    """(kind, value) of the contacts as this person sees them."""
    return [(one.kind, mask(one.value) if view.hidden else one.value) for one in view.file.lead.contacts]


def _marks(file: LeadFile) -> Iterator[Mark]:
    for number, hit in enumerate(file.lead.hits, 1):
        yield Mark(hit.start, hit.end, "hit", number)
    for name, kind in (("claims", "claim"), ("factors", "factor"), ("suppressed", "suppressed")):
        for one in file.explanation.get(name, ()):
            start, end = one.get("start", -1), one.get("end", -1)
            if isinstance(start, int) and isinstance(end, int):
                yield Mark(start, end, kind)  # type: ignore[arg-type]  # one of the literals above


def _hits(file: LeadFile, texts: Texts) -> Iterator[ShownHit]:
    for number, hit in enumerate(file.lead.hits, 1):
        yield ShownHit(
            number=number,
            term=hit.term,
            matched=texts.shown[hit.start : hit.end],  # of the masked text: it may lie in a contact
            kind=hit.kind,
            category=hit.category,
            channel=hit.channel,
            weight=hit.weight,
            clause=hit.clause,
            folded=texts.quoted(str(hit.detail.get("folded", "")), hit.start, hit.end),
            words=" / ".join(texts.anywhere(str(word)) for word in hit.detail.get("segmentation", ())),
            start=hit.start,
            end=hit.end,
        )


def objects_of(console: Console) -> Objects | None:
    """The evidence folder; None where the program did not say where it is, or it cannot be opened."""
    storage: StorageConfig | None = console.facts.get("storage")
    if storage is None:
        return None
    try:
        return Objects.of(storage)
    except EvidenceError:
        return None


def _state_of(console: Console, capture: Capture) -> str:
    """Whether the files are there; whether they are unchanged, a verification says."""
    if capture.removed_at is not None:
        return "removed"
    objects = objects_of(console)
    if objects is None:
        return "unknown"
    if not capture.files:
        return "empty"
    return "whole" if all(objects.has(one.sha256) for one in capture.files) else "missing"


def _last_verified(console: Console, lead_id: int) -> Entry | None:
    found = audit.recent(console.db, Wanted(action="evidence.verify", kind="lead", object_id=lead_id), limit=1)
    return found[0] if found else None


def _suppressed(explanation: dict[str, Any]) -> Iterator[Suppressed]:
    """What was seen and not counted: each writing and rule once, with how often."""
    told = [one for one in explanation.get("suppressed", ()) if isinstance(one, dict)]
    keys = [tuple(str(one.get(name, "")) for name in ("term", "matched", "rule")) for one in told]
    for (term, matched, rule), times in Counter(keys).items():
        yield Suppressed(term, matched, rule, times)


def _pictures(kept: tuple[Capture, ...]) -> Iterator[Picture]:
    """Each picture once, of the newest capture that has it."""
    seen: set[str] = set()
    for capture in reversed(kept):
        if capture.removed_at is not None:
            continue
        told = capture.facts.get("pictures", ())
        urls = {one.get("name"): str(one.get("url", "")) for one in told if isinstance(one, dict)}
        for file in capture.files:
            if file.role == "picture" and _is_picture(file) and file.sha256 not in seen:
                seen.add(file.sha256)
                yield Picture(capture.id, file.name, urls.get(file.name, ""))


def _is_picture(file: StoredFile) -> bool:
    return file.media_type in PICTURES
