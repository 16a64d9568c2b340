"""``wangdun leads``: the queue, one lead in full, and files for others."""

from __future__ import annotations

import re
import shutil
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.cli import Group, Invocation, json_option, known_site
from wangdun.exceptions import UsageError
from wangdun.output import console, note, one_line, print_json, print_line, print_table
from wangdun.words import PAGE_STATES, VERDICTS, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from storage.database import Database
    from storage.leads import Lead
    from wangdun.config import Config
    from wangdun.export import Export, Format

COLUMNS = ("编号", "风险", "命中词", "标题", "站点", "卖家", "价格", "链接")
WIDTHS = {"terms": 24, "title": 40, "seller": 12, "price": 12}  # characters: a lead fits on one line of a wide screen
FORMATS: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".xlsx": "xlsx"}
MASKED = "（联系方式已遮挡，--full 可导出完整内容）"
WIDE = 100  # columns: on less, eight columns leave a link some eight characters and a lead takes five lines
LONGEST_ID = 2**63 - 1  # what a database can compare
LONGEST_AGO = 36_500  # days: a hundred years
UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@click.group(cls=Group)
def command() -> None:
    """线索：列表、详情、导出。"""


def _narrowing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose leads."""
    for option in (
        click.option("--since", metavar="时间", help="此后首次发现的：2026-11-01，或 12h、7d、2w（最近多久）"),
        click.option(
            "--verdict", type=click.Choice(["alert", "review"]), metavar="风险", help="alert 告警、review 待核"
        ),
        click.option("--site", metavar="站点", help="只看一个站点"),
        click.option("--lapsed", is_flag=True, help="只看词库已改判的（平时不列出）"),
    ):
        function = option(function)
    return function


@contextmanager
def opened(config: Config) -> Iterator[Database]:
    """The database, closed afterwards. Raises StorageError."""
    from storage.database import Database

    db = Database.open(config.storage, tell=note)
    try:
        yield db
    finally:
        db.close()


def read_since(text: str | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    """``2026-11-01`` (local midnight), ``2026-11-01T08:00`` or ``7d`` (ago) as a moment.

    Raises:
        UsageError: it is none of them.
    """
    if text is None:
        return None
    ago = re.fullmatch(r"([0-9]{1,6})([hdw])", text.strip())
    if ago:
        span = timedelta(**{UNITS[ago[2]]: int(ago[1])})
        return now - min(span, timedelta(days=LONGEST_AGO))
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"时间无法识别：{text!r}，应写成 2026-11-01 或 7d") from error
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _wanted(  # noqa: PLR0913 -- one parameter per option
    config: Config, db: Database, *, site: str | None, verdict: str | None, since: str | None, lapsed: bool
) -> dict[str, Any]:
    from storage import sites
    from storage.marking import LAPSED

    if site is not None and sites.find(db, site) is None:
        known_site(config, site)  # a site that left the configuration keeps its leads
    moment = read_since(since, datetime.now(UTC), ZoneInfo(config.wangdun.timezone))
    state = {"status": LAPSED} if lapsed else {"but_not": LAPSED}
    return {"site": site, "verdict": verdict, "since": moment, **state}


def export_of(config: Config, *, full: bool) -> Export:
    """How this installation writes leads down."""
    from wangdun.export import Export

    reasons = {site.name: site.robots.reason or "" for site in config.crawler.sites if not site.robots.obey}
    return Export(ZoneInfo(config.wangdun.timezone), full, reasons, config.crawler.unit.strip())


@command.command("list")
@_narrowing
@click.option(
    "--limit", type=click.IntRange(1, 100_000), metavar="数", default=50, show_default=True, help="最多列出多少条"
)
@click.option("--full", is_flag=True, help="显示完整的联系方式（默认遮挡）")
@json_option
@click.pass_obj
def list_(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    site: str | None,
    verdict: str | None,
    since: str | None,
    lapsed: bool,
    limit: int,
    full: bool,
    as_json: bool,
) -> None:
    """线索列表，风险最高的在前。"""
    from storage import leads
    from wangdun.routed_leads import all_routed

    config = invocation.load()
    export = export_of(config, full=full)
    with opened(config) as db:
        narrow = _wanted(config, db, site=site, verdict=verdict, since=since, lapsed=lapsed)
        found = leads.list(db, limit=limit, **narrow)
        total = leads.count(db, **narrow)
        hidden = (
            0 if lapsed else leads.count(db, **_wanted(config, db, site=site, verdict=None, since=since, lapsed=True))
        )
        if as_json:
            print_json([export.facts(lead) for lead in all_routed(config, db, found)])
            return
    print_leads(found, export)
    print_line(f"共 {total} 条，列出 {len(found)} 条；用 wangdun leads show 编号 看详情" if total else "没有线索")
    if hidden:
        print_line(f"另有 {hidden} 条词库已改判，没有列出；用 wangdun leads list --lapsed 查看")


def print_leads(found: Iterable[Lead], export: Export, *, title: str | None = None) -> None:
    """One line a lead: risk, matched words, title, site, seller, price and, where there is room, the link."""
    columns = COLUMNS if console().width >= WIDE else COLUMNS[:-1]
    print_table(columns, [_row(lead, export)[: len(columns)] for lead in found], title=title)
    if columns != COLUMNS:
        note(f"窗口不足 {WIDE} 列，没有列出链接；放宽窗口，或用 leads show 编号 查看")


def _row(lead: Lead, export: Export) -> tuple[str, ...]:
    from wangdun.masking import mask_in

    def hidden(text: str) -> str:
        return text if export.full else mask_in(text, lead.contacts)

    return (
        str(lead.id),
        f"{said(VERDICTS, lead.verdict)} {lead.score:.0f}",
        one_line("、".join(lead.terms), WIDTHS["terms"]),
        _mark(lead) + one_line(hidden(lead.title), WIDTHS["title"]),
        lead.site,
        one_line(hidden(lead.seller or "—"), WIDTHS["seller"]),
        one_line(hidden(lead.price_text or "—"), WIDTHS["price"]),
        one_line(lead.url),
    )


def _mark(lead: Lead) -> str:
    """What became of the page, where that is news."""
    return f"〔{said(PAGE_STATES, lead.page_state)}〕" if lead.page_state not in {"", "online"} else ""


@command.command("show")
@click.argument("lead_id", metavar="编号", type=click.IntRange(1, LONGEST_ID))
@click.option("--full", is_flag=True, help="显示完整的联系方式（默认遮挡）")
@json_option
@click.pass_obj
def show(invocation: Invocation, lead_id: int, *, full: bool, as_json: bool) -> None:
    """一条线索的全文（命中处标出）、研判依据、历次改动、复查记录。"""
    from storage import leads
    from storage.review import permits
    from wangdun.dossier import as_facts, print_lead
    from wangdun.routed_leads import routed

    config = invocation.load()
    with opened(config) as db:
        found = leads.get(db, lead_id)
        if found is None:
            raise UsageError(f"没有编号为 {lead_id} 的线索")
        found = replace(found, lead=routed(config, db, found.lead))
        papers = permits.of_lead(db, lead_id)
    export = export_of(config, full=full)
    if as_json:
        print_json(as_facts(found, export, papers))
    else:
        print_lead(found, export, papers)


@command.command("export")
@_narrowing
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "xlsx"]),
    metavar="格式",
    help="csv、jsonl 或 xlsx，默认按文件扩展名",
)
@click.option("-o", "--output", metavar="文件", required=True, help="写到哪个文件，- 为标准输出")
@click.option("--full", is_flag=True, help="不遮挡联系方式（仅限办案使用）")
@click.option("--force", is_flag=True, help="覆盖已有文件")
@json_option
@click.pass_obj
def export_(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    site: str | None,
    verdict: str | None,
    since: str | None,
    lapsed: bool,
    form: Format | None,
    output: str,
    full: bool,
    force: bool,
    as_json: bool,
) -> None:
    """导出线索为 CSV、JSONL 或 Excel 文件，注明“网络监测线索，供核查”。"""
    from storage import leads
    from wangdun.export import write
    from wangdun.routed_leads import all_routed

    target = Path(output)
    chosen = form or _format_of(target)
    _warn_of_name(target, chosen)
    config = invocation.load()
    with opened(config) as db:
        narrow = _wanted(config, db, site=site, verdict=verdict, since=since, lapsed=lapsed)
        with _destination(output, force=force) as temporary:
            found = all_routed(config, db, leads.iterate(db, **narrow))
            count = write(found, temporary, chosen, export_of(config, full=full))
    if output == "-":
        note(f"已导出 {count} 条线索" + ("" if full else MASKED))
    elif as_json:
        print_json({"file": str(target), "format": chosen, "leads": count, "contacts_masked": not full})
    else:
        print_line(f"已导出 {count} 条线索到 {target}" + ("" if full else MASKED))


@contextmanager
def _destination(output: str, *, force: bool) -> Iterator[Path]:
    """A file to write, that becomes the output when all went well; a spreadsheet cannot be written to a pipe."""
    if output != "-":
        from wangdun.files import replacing

        with replacing(Path(output), force=force) as temporary:
            yield temporary
        return
    with TemporaryDirectory() as folder:  # readable by its owner alone
        path = Path(folder) / "export"
        yield path
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)


def _warn_of_name(target: Path, chosen: Format) -> None:
    named = FORMATS.get(target.suffix.lower())
    if named not in {None, chosen}:
        note(
            f"注意：文件名以 {target.suffix} 结尾，内容却是 {chosen}，表格软件可能打不开；建议改用 {target.stem}.{chosen}"
        )


def _format_of(target: Path) -> Format:
    found = FORMATS.get(target.suffix.lower())
    if found is None:
        raise UsageError(f"从文件名 {target.name!r} 看不出格式，请加 --format csv、jsonl 或 xlsx")
    return found
