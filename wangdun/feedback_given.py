"""What was typed on the command line of a case's outcome, as the store takes it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import fields, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from wangdun.campaign_view import day_of, known
from wangdun.exceptions import UsageError
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from storage.database import Database
    from storage.referral.feedback_records import Feedback, NewFeedback, Seized
    from wangdun.config import Config

SEIZED_AS = "种类:名称:数量单位[:批次]，如 动物:猫头鹰:3只、制品:象牙:0.5千克:第一批"
CHANGED = ("unit", "title", "case_number", "people", "gangs", "typical", "publish", "note")


@contextmanager
def keeping(config: Config, paths: Sequence[Path]) -> Iterator[tuple[str, ...]]:
    """Keep pictures of a case in the evidence folder while their row is written; their SHA-256.

    Raises:
        UsageError: a file cannot be read, or is no PNG or JPEG of at most 10 MB.
        EvidenceError: the evidence folder cannot be written.
    """
    if not paths:
        yield ()
        return
    from storage.evidence.objects import Objects

    contents = [_picture(path) for path in paths]
    with Objects.of(config.storage).writing() as batch:
        yield tuple(batch.put(content).sha256 for content in contents)


def _picture(path: Path) -> bytes:
    from referrals.case_pictures import LARGEST, as_png

    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}：读不了（{why(error)}）") from error
    if len(content) > LARGEST or as_png(content) is None:
        raise UsageError(f"{path}：不是 10 MB 以内的 PNG 或 JPEG 图片")
    return content


def numbered(db: Database, number: str) -> int | None:
    """Id of the referral with that number (文号); None where there is none."""
    from storage.referral import queries
    from storage.referral.exceptions import Absent

    try:
        return queries.by_number(db, number).id
    except Absent:
        return None


def referral_id_of(db: Database, given: str) -> int:
    """Id of the referral given by number (文号) or id. Raises Absent."""
    from storage.referral import queries

    if given.isascii() and given.isdecimal() and len(given) < 19:
        return queries.one(db, int(given)).id
    return queries.by_number(db, given).id


def new_feedback(db: Database, given: dict[str, Any], old: Feedback | None, day: date) -> NewFeedback:
    """What was typed, on top of what was. Raises UsageError: an amount, a day or a seizure that is none; Absent."""
    from storage.referral.feedback_records import NewFeedback

    base = NewFeedback("", "", day) if old is None else _asnew_feedback(old)
    typed: dict[str, Any] = {name: given[name] for name in CHANGED if given[name] is not None}
    typed |= {name: _money(given[name], name) for name in ("confiscated", "fined") if given[name] is not None}
    typed |= {name: given[name] for name in ("filed", "criminal") if given[name] is not None}
    if given["criminal"] and given["filed"] is None:
        typed["filed"] = True
    if given["typical"] is not None:
        typed["typical"] = _text(given["typical"])
    if given["seized"]:
        typed["seizures"] = tuple(_seized(one) for one in given["seized"])
    if given["lead_ids"]:
        typed["lead_ids"] = given["lead_ids"]
    if given["pictures"]:
        typed["pictures"] = given["pictures"]
    if given["campaign"]:
        typed["campaign_id"] = known(db, given["campaign"]).id
    if given["referral"]:
        typed["referral_id"] = referral_id_of(db, given["referral"])
    return replace(base, happened_on=day_of(given["day"], base.happened_on), source="命令行录入", **typed)


def _asnew_feedback(old: Feedback) -> NewFeedback:
    from storage.referral.feedback_records import NewFeedback

    return NewFeedback(**{one.name: getattr(old, one.name) for one in fields(NewFeedback)})


def _money(text: str, name: str) -> Decimal:
    try:
        return Decimal(text.strip()[:40])
    except InvalidOperation as error:
        raise UsageError(f"--{name} {text!r} 不是数字（单位：万元）") from error


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[: 1 << 20].decode("utf-8-sig").strip()
    except OSError as error:
        raise UsageError(f"{path}：读不了（{why(error)}）") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}：不是 UTF-8 文本") from error


def _seized(text: str) -> Seized:
    from referrals.feedback_import.columns import KINDS
    from storage.referral.feedback_records import Seized

    parts = [part.strip() for part in text.replace("：", ":").split(":")]
    if not 3 <= len(parts) <= 4 or parts[0] not in KINDS:
        raise UsageError(f"--seized {text!r} 应为 {SEIZED_AS}；种类：{'、'.join(KINDS)}")
    amount = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(\S{1,4})", parts[2])
    if not amount:
        raise UsageError(f"--seized {text!r}：{parts[2]!r} 应为数量和单位，如 3只、0.5千克")
    return Seized(KINDS[parts[0]], parts[1], Decimal(amount[1]), amount[2], parts[3] if len(parts) == 4 else "")
