"""``wangdun evidence``: what was secured, whether it is still whole, and everything that was ever done with it."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

import wangdun.commands
from wangdun.cli import Group, Invocation, json_option, known_site
from wangdun.commands.evidence_export import somebody, write_down
from wangdun.commands.leads import LONGEST_ID, opened, read_since
from wangdun.exceptions import UsageError, WangdunError
from wangdun.output import note, print_json, print_line

if TYPE_CHECKING:
    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.evidence.records import Capture
    from storage.evidence.verify import Verification
    from wangdun.config import Config

PREFIX = "evidence_"
"""``wangdun/commands/evidence_NAME.py`` holds the command ``wangdun evidence NAME`` as ``NAME``."""

NUMBER = click.IntRange(1, LONGEST_ID)
by_option = click.option("--by", "actor", metavar="姓名", help="经手人，记入保管链，默认为当前系统用户")
lead_option = click.option("--lead", "lead_id", metavar="编号", type=NUMBER, help="某条线索的全部固定")


class Parts(Group):
    """The commands of this file and of those beside it, which are imported when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: D102
        return sorted({*super().list_commands(ctx), *_beside()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: D102
        if cmd_name not in _beside():
            return super().get_command(ctx, cmd_name)
        found = getattr(importlib.import_module(f"wangdun.commands.{PREFIX}{cmd_name}"), cmd_name)
        assert isinstance(found, click.Command)
        return found


def _beside() -> set[str]:
    names = (module.name for module in pkgutil.iter_modules(wangdun.commands.__path__))
    return {name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)}


@click.group(cls=Parts)
def command() -> None:
    """证据：固定了什么、是否完好、谁动过，导出与重新固定。"""


def _zone(config: Config) -> ZoneInfo:
    return ZoneInfo(config.wangdun.timezone)


def _objects(config: Config) -> Objects:
    from storage.evidence.objects import Objects

    return Objects.of(config.storage)


@command.command("list")
@click.option("--site", metavar="站点", help="只看一个站点")
@lead_option
@click.option("--since", metavar="时间", help="此后固定的：2026-11-01，或 12h、7d、2w（最近多久）")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), metavar="数", default=50, show_default=True, help="最多列出多少次"
)
@json_option
@click.pass_obj
def list_(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation, *, site: str | None, lead_id: int | None, since: str | None, limit: int, as_json: bool
) -> None:
    """固定列表，最新的在前。"""
    from storage.evidence import captures
    from wangdun.evidence_view import capture_facts, print_captures

    config = invocation.load()
    zone = _zone(config)
    narrow: Any = {"site": site, "lead_id": lead_id, "since": read_since(since, datetime.now(UTC), zone)}
    with opened(config) as db:
        _known(db, config, site, lead_id)
        found = captures.recent(db, limit, **narrow)
        total = captures.count(db, **narrow)
        leads = captures.leads_of(db, found)
    if as_json:
        print_json([capture_facts(one, zone) | {"lead": leads.get(one.id)} for one in found])
        return
    print_captures(found, zone, leads)
    print_line(
        f"共固定 {total} 次，列出 {len(found)} 次；用 wangdun evidence show 编号 看详情" if total else "没有固定的证据"
    )


def _known(db: Database, config: Config, site: str | None, lead_id: int | None) -> None:
    """Refuse a site or a lead that there is not. Raises UsageError."""
    from storage import sites
    from storage.evidence import captures

    if site is not None and sites.find(db, site) is None:
        known_site(config, site)  # a site that left the configuration keeps its evidence
    if lead_id is not None and captures.listing_of_lead(db, lead_id) is None:
        raise UsageError(f"没有编号为 {lead_id} 的线索")


@command.command("show")
@click.argument("capture_id", metavar="[编号]", type=NUMBER, required=False)
@lead_option
@by_option
@json_option
@click.pass_obj
def show(
    invocation: Invocation, *, capture_id: int | None, lead_id: int | None, actor: str | None, as_json: bool
) -> None:
    """一次固定或一条线索的全部固定：情况、文件和哈希、保管链。查看本身也记入保管链。"""
    from storage.evidence import custody
    from wangdun.evidence_view import capture_facts, link_facts, print_capture

    config = invocation.load()
    zone, now = _zone(config), datetime.now(UTC)
    with opened(config) as db:
        found = chosen(db, capture_id, lead_id)
        for one in found:
            custody.note(db, at=now, actor=somebody(actor), action="viewed", capture_id=one.id)
        write_down(db, config)
        shown = [(one, list(custody.entries(db, capture_id=one.id))) for one in found]
    if as_json:
        facts = [capture_facts(one, zone) | {"custody": list(map(link_facts, links))} for one, links in shown]
        print_json(facts)
        return
    for one, links in shown:
        print_capture(one, links, zone)


def chosen(db: Database, capture_id: int | None, lead_id: int | None) -> tuple[Capture, ...]:
    """The captures that a command is about.

    Raises:
        UsageError: neither is given, both are, or there are none.
    """
    from storage.evidence import captures

    if (capture_id is None) == (lead_id is None):
        raise UsageError("请写明固定编号，或用 --lead 写明线索编号（二者选一）")
    if lead_id is not None:
        found = captures.of_lead(db, lead_id)
        if not found:
            raise UsageError(f"编号为 {lead_id} 的线索没有固定的证据（或没有这条线索）")
        return found
    assert capture_id is not None
    one = captures.get(db, capture_id)
    if one is None:
        raise UsageError(f"没有编号为 {capture_id} 的固定")
    return (one,)


@command.command("copy")
@click.argument("capture_id", metavar="编号", type=NUMBER)
@click.argument("folder", metavar="文件夹", type=click.Path(path_type=Path))
@by_option
@json_option
@click.pass_obj
def copy(invocation: Invocation, *, capture_id: int, folder: Path, actor: str | None, as_json: bool) -> None:
    """把一次固定的文件复制到一个新文件夹，边复制边核对哈希；复制记入保管链。"""
    from storage.evidence import custody
    from wangdun.evidence_copy import copy_out

    config = invocation.load()
    with opened(config) as db:
        (capture,) = chosen(db, capture_id, None)
        copied = copy_out(_objects(config), capture, folder)
        detail = {"files": len(copied), "folder": str(folder.absolute())}
        custody.note(
            db, at=datetime.now(UTC), actor=somebody(actor), action="copied", capture_id=capture_id, detail=detail
        )
        write_down(db, config)
    if as_json:
        print_json({"folder": str(folder), "files": [path.name for path in copied]})
    else:
        print_line(f"已复制 {len(copied)} 个文件到 {folder}，与清单的哈希一致")


@command.command("verify")
@lead_option
@click.option("--capture", "capture_id", metavar="编号", type=NUMBER, help="只核验一次固定")
@click.option("--fast", is_flag=True, help="只核对文件的 SHA-256，不核对 SM3 和 WARC 内的摘要")
@by_option
@json_option
@click.pass_obj
def verify(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    lead_id: int | None,
    capture_id: int | None,
    fast: bool,
    actor: str | None,
    as_json: bool,
) -> int:
    """核验证据：文件哈希、WARC 摘要、清单、保管链；指出第一处断开的地方。有问题时退出码为 1。"""
    from storage.evidence.verify import note_outcome
    from wangdun.evidence_view import outcome_facts, print_outcome

    if lead_id is not None and capture_id is not None:
        raise UsageError("--lead 和 --capture 只能写一个")
    config = invocation.load()
    with opened(config) as db:
        done = _verified(db, config, lead_id, capture_id, fast=fast)
        scope = {"lead": lead_id, "capture": capture_id}
        scope = {name: value for name, value in scope.items() if value is not None}
        note_outcome(db, done, scope=scope, fast=fast, actor=somebody(actor), now=datetime.now(UTC))
        write_down(db, config)
    if as_json:
        print_json(outcome_facts(done))
    elif done.ok and not done.captures and not done.links:
        print_line("没有证据可核验")
    else:
        print_outcome(done, fast=fast)
    return 0 if done.ok else 1


def _verified(db: Database, config: Config, lead_id: int | None, capture_id: int | None, *, fast: bool) -> Verification:
    from storage.evidence import captures
    from storage.evidence.sweeping import sweep
    from storage.evidence.verify import Verifier
    from wangdun.evidence_view import telling

    objects = _objects(config)
    sweep(db, objects, datetime.now(UTC))
    verifier = Verifier(db, objects, fast=fast, ca=config.storage.evidence.timestamp_ca)
    with telling(captures.count(db, lead_id=lead_id) if capture_id is None else 1) as tell:
        if capture_id is not None:
            done = verifier.run([capture_id], tell=tell)
            if not done.captures and not any(one.capture_id == capture_id for one in done.faults):
                raise UsageError(f"没有编号为 {capture_id} 的固定")
            return done
        if lead_id is None:
            return verifier.run(tell=tell)
        listing = captures.listing_of_lead(db, lead_id)
        if listing is None:
            raise UsageError(f"没有编号为 {lead_id} 的线索")
        return verifier.run(captures.ids_of_lead(db, lead_id), listing=listing, tell=tell)


@command.command("custody")
@click.option("--head", is_flag=True, help="写出并显示链头（编号和哈希），可打印存档")
@click.option(
    "--export", "output", metavar="文件", type=click.Path(path_type=Path), help="把整条保管链导出为 JSONL 文件"
)
@click.option("--capture", "capture_id", metavar="编号", type=NUMBER, help="只看一次固定")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), metavar="数", default=50, show_default=True, help="最多列出多少条"
)
@click.option("--force", is_flag=True, help="覆盖已有文件")
@by_option
@json_option
@click.pass_obj
def custody_(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    head: bool,
    output: Path | None,
    capture_id: int | None,
    limit: int,
    force: bool,
    actor: str | None,
    as_json: bool,
) -> None:
    """保管链：谁在什么时候对证据做了什么；写出链头，导出整条链。"""
    config = invocation.load()
    with opened(config) as db:
        if capture_id is not None:
            _known_capture(db, capture_id)
        if output is not None:
            _export(db, output, somebody(actor), force=force, as_json=as_json and not head)
            write_down(db, config)
        if head:
            _head(db, config, output, as_json=as_json)
        elif output is None:
            _list_links(db, config, capture_id, limit, as_json=as_json)


def _known_capture(db: Database, capture_id: int) -> None:
    from storage.evidence import captures, custody

    if not captures.has(db, capture_id) and not custody.newest(db, 1, capture_id=capture_id):
        raise UsageError(f"没有编号为 {capture_id} 的固定")


def _head(db: Database, config: Config, output: Path | None, *, as_json: bool) -> None:
    from storage.evidence import custody, heads
    from wangdun.evidence_view import link_facts

    path = heads.write_head(db, _objects(config).folder, datetime.now(UTC))
    newest = custody.head(db)
    if path is None or newest is None:
        raise WangdunError("保管链还是空的：还没有固定过证据")
    if as_json:
        exported = {} if output is None else {"exported": str(output)}
        print_json({"file": str(path), **exported, **link_facts(newest)})
        return
    print_line(path.read_text(encoding="utf-8"))
    note(f"已写入 {path}；请打印或另存到别处，以后可与保管链核对")


def _export(db: Database, output: Path, actor: str, *, force: bool, as_json: bool) -> None:
    from storage.evidence import custody
    from wangdun.evidence_copy import write_chain

    count = write_chain(custody.entries(db), output, force=force)
    detail = {"what": "custody", "links": count, "file": output.name}
    custody.note(db, at=datetime.now(UTC), actor=actor, action="exported", detail=detail)
    if as_json:
        print_json({"file": str(output), "links": count})
    else:
        print_line(f"已导出 {count} 条保管记录到 {output}")


def _list_links(db: Database, config: Config, capture_id: int | None, limit: int, *, as_json: bool) -> None:
    from storage.evidence import custody
    from wangdun.evidence_view import link_facts, print_links

    found = custody.newest(db, limit, capture_id=capture_id)
    if as_json:
        print_json([link_facts(one) for one in found])
        return
    print_links(found, _zone(config))
    print_line(f"列出最新的 {len(found)} 条；--export 文件 可导出整条链" if found else "没有保管记录")


@command.command("prune")
@click.option("--dry-run", is_flag=True, help="试运行：只列出会删除哪些，不删除")
@by_option
@json_option
@click.pass_obj
def prune(invocation: Invocation, *, dry_run: bool, actor: str | None, as_json: bool) -> None:
    """按保留期删除已结案、已排除线索的证据文件；记录、清单和哈希保留，删除记入保管链。"""
    from storage.evidence import captures, retention
    from storage.evidence.sweeping import sweep
    from wangdun.evidence_view import capture_facts, print_captures

    config = invocation.load()
    days, now = config.storage.evidence.keep_days, datetime.now(UTC)
    if days is None:
        raise UsageError("没有设置保留期，证据一直保留；需要时在 config.yaml 的 storage.evidence.keep_days 填写天数")
    with opened(config) as db:
        found = retention.due(db, days, now)
        leads = captures.leads_of(db, found)
        if not dry_run:
            objects = _objects(config)
            sweep(db, objects, now)
            done = retention.prune(db, objects, days, actor=somebody(actor), now=now)
            write_down(db, config)
    if as_json:
        print_json({"removed": not dry_run, "captures": [capture_facts(one, _zone(config)) for one in found]})
        return
    print_captures(found, _zone(config), leads)
    print_line(
        f"试运行：会删除 {len(found)} 次固定的文件，没有删除任何内容" if dry_run
        else f"已删除 {done.captures} 次固定的 {done.files} 个文件；记录、清单和哈希仍在，删除已记入保管链"
    )  # fmt: skip
