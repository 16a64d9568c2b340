"""``wangdun refer draft`` and ``change``: confirmed leads become a referral."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.leads import LONGEST_ID
from wangdun.exceptions import UsageError
from wangdun.output import print_json, print_line
from wangdun.refer_view import ZONE, by_option, facts, known, person, referral_argument, referring, seen_option, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage.database import Database
    from storage.referral.records import Referral, ReferralCase
    from wangdun.refer_wishes import Wish

NUMBER = click.IntRange(1, LONGEST_ID)


def _wishing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what a referral is to be."""
    for option in reversed((
        click.argument("leads", metavar="[线索]…", type=NUMBER, nargs=-1),
        click.option("--seller", type=NUMBER, metavar="编号", help="这个卖家的全部已确认线索"),
        click.option("--of-seller", type=NUMBER, metavar="线索", help="这条线索的卖家的全部已确认线索"),
        click.option("--to", "department", default="", metavar="部门", help="移送哪个部门，默认按分工规则（如 forestry、林业）"),
        click.option("--template", default="", metavar="种类", help="函件：lead crime appraisal cleanup platform postal"),
        click.option("--because", "override", default="", metavar="理由", help="不按分工规则移送的理由"),
        click.option("--again", default="", metavar="理由", help="再次移送已移送过的线索的理由"),
        click.option("--copy", "copies", multiple=True, metavar="部门", help="抄送，可多次；默认为协办部门"),
        click.option("--no-copy", is_flag=True, help="不抄送"),
        click.option("--masked/--unmasked", default=None, help="遮挡或不遮挡卖家的个人信息，默认按函件种类和部门"),
        click.option("--without-evidence", "no_evidence", default="", metavar="原因", help="有线索没有固定证据时的原因"),
        click.option("--title", default="", metavar="标题", help="函件标题，默认自动拟定"),
        click.option("--receiver", default="", metavar="单位", help="主送单位，默认按配置"),
        click.option("--field", "fields", multiple=True, metavar="字段=内容", help="函件中的字段，可多次，如 办理要求=…"),
        click.option("--campaign", "campaign_id", type=NUMBER, metavar="编号", help="属于哪个专项行动，默认正在进行的"),
        click.option("--no-campaign", is_flag=True, help="不属于任何专项行动"),
    )):  # fmt: skip
        function = option(function)
    return function


@click.command("draft", cls=Command)
@_wishing
@by_option
@json_option
@click.pass_obj
def draft(invocation: Invocation, /, *, by: str | None, as_json: bool, **given: Any) -> None:
    """拟稿：把已确认的线索拟成一份移送，取得文号；同一卖家的几条线索合为一份。"""
    now = datetime.now(UTC)
    with referring(invocation) as service:
        actor = person(service.db, by)
        wish = _wish(service.db, given | _running(service.db, given, now))
        with _naming_again():
            made = service.draft(wish, actor, now)
        _tell(made, as_json=as_json)
        if not as_json:
            print_line(_counting(service.db, made))
            told(service, made, "已拟稿", now)
            print_line(f"  下一步：另一人用 wangdun refer approve {made.id} --by 账号 审核")


@contextmanager
def _naming_again() -> Iterator[None]:
    """Tell what to type where a reason is asked for."""
    from storage.referral.exceptions import AlreadyReferred

    try:
        yield
    except AlreadyReferred as error:
        raise AlreadyReferred(f"{error}（--again 理由）") from error


def _running(db: Database, given: dict[str, Any], now: datetime) -> dict[str, int]:
    """The campaign that runs today, where nothing was said of one."""
    from storage.referral import running

    if given["campaign_id"] is not None or given["no_campaign"]:
        return {}
    found = running.on(db, now.astimezone(ZONE).date())
    return {} if found is None else {"campaign_id": found.id}


def _counting(db: Database, made: Referral) -> str:
    from storage.referral import campaigns

    if made.campaign_id is None:
        return "专项行动：未归入（归入用 --campaign 编号）"
    return f"专项行动：{campaigns.get(db, made.campaign_id).name}（不归入用 --no-campaign）"


@click.command("change", cls=Command)
@referral_argument
@_wishing
@by_option
@seen_option
@json_option
@click.pass_obj
def change(
    invocation: Invocation, /, *, referral: str, by: str | None, seen: int | None, as_json: bool, **given: Any
) -> None:
    """修改还没有送出的移送，须重新审核；没有写的选项照旧，换了线索、部门或函件的，标题、主送、抄送重新拟定。"""
    from storage.referral import queries

    now = datetime.now(UTC)
    with referring(invocation) as service:
        actor, case = person(service.db, by), queries.get(service.db, known(service.db, referral).id)
        seen = case.referral.step_id if seen is None else seen
        with _naming_again():
            made = service.change(case.referral.id, _changed(service.db, case, given), actor, now, seen=seen)
        _tell(made, as_json=as_json)
        if not as_json:
            told(service, made, "已修改，须重新审核", now)


def _changed(db: Database, case: ReferralCase, given: dict[str, Any]) -> Wish:
    """What is given, and what was before where nothing is."""
    from wangdun.refer_wishes import Wish

    was = case.referral
    chosen = given["leads"] or given["seller"] or given["of_seller"]
    wish = _wish(db, given if chosen else given | {"leads": was.lead_ids})
    same = wish.lead_ids == was.lead_ids and not (given["department"] or given["template"])
    again = next((one.detail["again"] for one in reversed(case.steps) if "again" in one.detail), "")
    kept: dict[str, Any] = {"campaign_id": was.campaign_id, "again": again, "override": was.routing.get("override", "")}
    kept |= {"department": was.department, "template": "" if given["department"] else was.template}
    kept |= {"title": was.title, "receiver": was.receiver, "masked": was.masked} if same else {}
    facts = {name: getattr(wish, name) or kept.get(name, getattr(wish, name)) for name in Wish.__slots__}
    facts |= {"campaign_id": None} if given["no_campaign"] else {}
    facts |= {"masked": wish.masked if wish.masked is not None else kept.get("masked")}
    facts |= {"copies": was.copies if same and wish.copies is None else wish.copies}
    facts |= {
        "fields": _kept_fields(was, given) | dict(wish.fields),
        "seller_id": wish.seller_id if chosen else was.seller_id,
    }
    return Wish(**facts)


def _kept_fields(was: Referral, given: dict[str, Any]) -> dict[str, str]:
    """Of another kind of letter, those that every kind has."""
    from referrals.letters.kinds import COMMON

    if not given["department"] and given["template"] in {"", was.template}:
        return was.fields
    common = {field.name for field in COMMON}
    return {name: text for name, text in was.fields.items() if name in common}


def _wish(db: Database, given: dict[str, Any]) -> Wish:
    from wangdun.refer_wishes import Wish

    if given["campaign_id"] is not None and given["no_campaign"]:
        raise UsageError("--campaign 和 --no-campaign 只能写一个")

    lead_ids, seller_id = _chosen(db, given["leads"], given["seller"], given["of_seller"])
    copies: tuple[str, ...] | None = () if given["no_copy"] else given["copies"] or None
    same = ("department", "template", "receiver", "title", "masked", "campaign_id", "again", "override")
    fields = _fields(given["fields"], given["no_evidence"])
    return Wish(lead_ids, copies=copies, fields=fields, seller_id=seller_id, **{name: given[name] for name in same})


def _chosen(
    db: Database, leads: tuple[int, ...], seller: int | None, of_seller: int | None
) -> tuple[tuple[int, ...], int | None]:
    """The leads, and the seller whose dossier they are. Raises UsageError: none, or chosen in two ways."""
    from storage.referral import queries

    if sum((bool(leads), seller is not None, of_seller is not None)) != 1:
        raise UsageError("请写明线索编号，或用 --seller、--of-seller 选一个卖家（三者选一）")
    if leads:
        return tuple(dict.fromkeys(leads)), None
    seller_id = seller if of_seller is None else queries.seller_of(db, of_seller)
    if seller_id is None:
        raise UsageError(f"线索 {of_seller} 的网页上没有卖家名称，请直接写明线索编号")
    name, site, found = queries.of_seller(db, seller_id)
    if not found:
        raise UsageError(f"卖家 {name}（{site}）没有已确认、未移送的线索")
    return found, seller_id


def _fields(pairs: tuple[str, ...], no_evidence: str) -> dict[str, str]:
    from referrals.letters import NO_EVIDENCE

    fields = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--field 应写成 字段=内容：{pair!r}")
        fields[name.strip()] = text
    return fields | ({NO_EVIDENCE: no_evidence} if no_evidence.strip() else {})


def _tell(made: Referral, *, as_json: bool) -> None:
    if as_json:
        print_json(facts(made))
        return
    said = made.routing.get("explanation", "")
    print_line(f"分工：{said}")
    if override := made.routing.get("override"):
        print_line(f"  未按分工规则，理由：{override}")
    for other in made.routing.get("others", ()):
        print_line(f"  另有：{other['said']}")
    leads = "、".join(map(str, made.lead_ids[:20])) + ("…" if len(made.lead_ids) > 20 else "")
    print_line(f"标题：{made.title}")
    print_line(f"线索 {len(made.lead_ids)} 条：{leads}；个人信息{'遮挡' if made.masked else '不遮挡'}")
