"""Referrals as the console shows and works on them (`console.referral_service.ReferralService`).

The settings are read anew when config.yaml, the table of duties or the holidays change on the disk.
"""

from __future__ import annotations

import re
import tempfile
import threading
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from console.referral_service import Blank, Kind, Product, Suggestion
from console.services import ServiceRefusal
from console.suggesting import as_suggestion
from referrals import receipts
from referrals.config import NAMES
from referrals.letters import KINDS, hides_by_default, render, title_of
from wangdun.config import load
from wangdun.exceptions import WangdunError
from wangdun.files import file_stamp
from wangdun.folder_watch import safe_name
from wangdun.refer_export import Export
from wangdun.refer_papers import DOCX, XLSX, letter_of, template_of
from wangdun.refer_wishes import Wish as OwnWish
from wangdun.referring import Referring
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from console.referral_service import Wish
    from referrals.letters import LetterKind
    from storage.database import Database
    from storage.referral.records import Answer, File, Referral, ReferralCase, ReferredLead
    from storage.review.audit import Actor
    from wangdun.config import Config

OPTIONS: Final = re.compile(r"（--[^（）]{0,60}）")
"""What messages for the command line tell to type."""
SPOOL: Final = "spool"
"""Below the data folder: zips until they are sent."""


class ConfiguredReferrals:
    """Works on referrals by the settings of one installation. Safe to share between threads."""

    def __init__(self, path: Path, db: Database) -> None:
        self._path = path
        self._db = db
        self._lock = threading.Lock()
        self._kept: tuple[object, Referring] | None = None

    def kinds(self) -> Mapping[str, Kind]:
        """Kinds of letters, in the order of choices."""
        with _speaking_plainly():
            config = self._now().config
            office = config.referrals.office.name.strip() or config.crawler.unit.strip()
        return {code: _kind(code, kind, office) for code, kind in KINDS.items()}

    def departments(self) -> Mapping[str, str]:
        """All that can be written to, as addressed."""
        with _speaking_plainly():
            settings = self._now().config.referrals
            return {str(code): settings.department(code).name for code in NAMES}

    def suggest(self, leads: Sequence[ReferredLead]) -> Suggestion:
        """By the office's table of duties."""
        with _speaking_plainly():
            return as_suggestion(self._now().suggest(leads))

    def draft(self, wish: Wish, actor: Actor, now: datetime) -> Referral:
        """Begin a referral."""
        with _speaking_plainly():
            return self._now().draft(_own(wish), actor, now)

    def change(self, referral_id: int, wish: Wish, actor: Actor, now: datetime, *, seen: int | None) -> Referral:
        """Write it anew."""
        with _speaking_plainly():
            return self._now().change(referral_id, _own(wish), actor, now, seen=seen)

    def letter(self, case: ReferralCase, form: Literal["pdf", "docx"], now: datetime) -> Product:
        """The letter as it would be made now."""
        with _speaking_plainly():
            config, kind = self._now().config, case.referral.template
            template = template_of(config, kind) if form == "docx" else None
            content = render(letter_of(config, case, now), form, template)
        media = DOCX if form == "docx" else "application/pdf"
        return Product(f"{safe_name(case.referral.number)} {KINDS[kind].name}.{form}", media, content)

    def approve(self, referral_id: int, actor: Actor, now: datetime, *, seen: int | None, note: str) -> Referral:
        """Make the papers, keep them, approve."""
        with _speaking_plainly():
            return self._now().approve(referral_id, actor, now, seen=seen, note=note)

    def refuse(self, referral_id: int, actor: Actor, now: datetime, *, seen: int | None, note: str) -> Referral:
        """Send it back to its drafter."""
        with _speaking_plainly():
            return self._now().refuse(referral_id, actor, now, seen=seen, note=note)

    def send(  # noqa: PLR0913 - what is on the receipt of the post
        self, referral_id: int, actor: Actor, now: datetime, *, seen: int | None, happened_at: datetime | None,
        reference: str, note: str,
    ) -> Referral:  # fmt: skip
        """Note that it left the house."""
        facts = (referral_id, actor, now)
        with _speaking_plainly():
            return self._now().send(*facts, seen=seen, happened_at=happened_at, reference=reference, note=note)

    def answer(self, referral_id: int, answer: Answer, actor: Actor, now: datetime, *, seen: int | None) -> Referral:
        """Note what came back."""
        with _speaking_plainly():
            return self._now().answer(referral_id, answer, actor, now, seen=seen)

    def kept(self, case: ReferralCase, file: File, actor: Actor, now: datetime) -> Product:
        """A paper as it was approved; the chain of custody keeps that it was copied."""
        from storage.evidence import custody
        from storage.evidence.objects import Objects

        with _speaking_plainly():
            content = Objects.of(self._now().config.storage).read(file.sha256)
        if sha256(content).hexdigest() != file.sha256:
            raise ServiceRefusal(f"{file.name} 与审核时的哈希不符，没有下载；请运行 wangdun evidence verify 核验")
        told = {"referral": case.referral.number, "name": file.name, "sha256": file.sha256}
        custody.note(self._db, at=now, actor=actor.name, action="copied", detail=told)
        return Product(f"{safe_name(case.referral.number)} {file.name}", file.media_type, content)

    def export(self, referral_id: int, actor: Actor, now: datetime, *, masked: bool) -> Product:
        """Papers and evidence in one zip."""
        from storage.evidence.objects import Objects

        with _speaking_plainly():
            config = self._now().config
            folder = config.storage.data_dir / SPOOL
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            target = Path(tempfile.mkdtemp(dir=folder)) / "package.zip"
            try:
                objects = Objects.of(config.storage)
                done = Export(config, self._db, objects).write(referral_id, target, actor, now, masked=masked)
            except BaseException:  # whatever it was: nothing of it stays
                target.unlink(missing_ok=True)
                target.parent.rmdir()
                raise
        return Product(f"{safe_name(done.number)}.zip", "application/zip", target)

    def receipt_form(self, case: ReferralCase) -> Product:
        """The workbook that the department fills in."""
        return Product(f"{safe_name(case.referral.number)} 回执.xlsx", XLSX, receipts.blank_xlsx(case))

    def read_receipt(self, name: str, content: bytes, actor: Actor, now: datetime) -> Referral:
        """Take a returned workbook in."""
        with _speaking_plainly():
            return self._now().read_receipt(name, content, actor, now)

    def _now(self) -> Referring:
        with self._lock:
            if self._kept is None or self._kept[0] != self._stamp(self._kept[1].config):
                config = load(self._path)
                self._kept = self._stamp(config), Referring(config, self._db)
            return self._kept[1]

    def _stamp(self, config: Config) -> object:
        files = (self._path, config.referrals.rules, config.referrals.holidays)
        return tuple(file_stamp(path) if path else None for path in files)


@contextmanager
def _speaking_plainly() -> Iterator[None]:
    try:
        yield
    except WangdunError as error:
        raise ServiceRefusal(OPTIONS.sub("", str(error))) from error
    except OSError as error:
        raise ServiceRefusal(f"文件无法读写：{why(error)}") from error


def _own(wish: Wish) -> OwnWish:
    return OwnWish(
        wish.lead_ids, wish.department, wish.template, wish.receiver, wish.title, wish.copies, wish.fields, wish.masked,
        wish.seller_id, wish.campaign_id, wish.again, wish.override,
    )  # fmt: skip


def _kind(code: str, kind: LetterKind, office: str) -> Kind:
    blanks = tuple(Blank(one.name, one.name, long=one.long, hint=one.hint) for one in kind.fields)

    def title_for(leads: Sequence[ReferredLead]) -> str:
        return title_of(code, leads, office)

    def masks_for(department: str) -> bool:
        return hides_by_default(code, department)

    return Kind(code, kind.name, kind.departments, blanks, title_for, masks_for)
