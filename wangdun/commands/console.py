"""``wangdun console``: reviewers in a browser, until Ctrl-C."""

from __future__ import annotations

import webbrowser
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Invocation
from wangdun.exceptions import UsageError
from wangdun.output import note, print_line

if TYPE_CHECKING:
    from storage.database import Database
    from wangdun.config import Config


@click.command(cls=Command, help="研判台：在浏览器中研判线索（Ctrl-C 停止）。")
@click.option("--port", type=click.IntRange(0, 65535), metavar="端口", help="监听端口，默认 8710；0 为任意空闲端口")
@click.option("--address", metavar="地址", help="监听地址，默认 127.0.0.1，只供本机")
@click.option("--open", "opens", is_flag=True, help="启动后打开浏览器")
@click.pass_obj
def command(invocation: Invocation, *, port: int | None, address: str | None, opens: bool) -> None:
    """Serve until a signal comes."""
    from wangdun import logs

    config = _with_options(invocation.load(), port, address)
    logs.start_quietly(config, "console")
    serve(config, opens=opens)


def _with_options(config: Config, port: int | None, address: str | None) -> Config:
    from dataclasses import replace

    from pydantic import ValidationError

    given = {name: value for name, value in (("port", port), ("address", address)) if value is not None}
    try:
        console = type(config.console).model_validate({**config.console.model_dump(), **given})
    except ValidationError as error:
        raise UsageError(f"监听地址不正确：{address!r}") from error
    return replace(config, console=console)


def serve(config: Config, *, opens: bool = False, remark: str = "") -> None:
    """Open the database and the console on it, until a signal comes; `remark` is said after the address.

    Raises:
        UsageError: it cannot listen as configured.
        StorageError: the database cannot be opened.
    """
    from console.app import create_app
    from console.exceptions import ConsoleError
    from console.server import Server, address_of, listen
    from wangdun.commands.leads import opened

    try:
        listening = listen(config.console)
    except ConsoleError as error:
        raise UsageError(str(error)) from error
    with listening, opened(config) as db:
        address = address_of(config.console, listening)

        def tell() -> None:
            print_line(f"研判台已启动：{address}　按 Ctrl-C 停止")
            if remark:
                print_line(remark)
            if opens:
                webbrowser.open(address)

        _greet(db)
        _draw(db)
        app = create_app(config.console, db, **facts_of(config), **services_of(config, db))
        try:
            server = Server(app, config.console, listening, on_start=tell)
        except ConsoleError as error:
            raise UsageError(str(error)) from error
        server.serve_until_stopped()
    print_line("研判台已停止。")


def facts_of(config: Config) -> dict[str, Any]:
    """What screens know of the other packages' settings (`Console.facts`)."""
    from console.services import RECORD
    from crawler.fields.contact import contact_spans, read_contacts
    from pipelines.records import detection_record
    from storage.records import ContactRecord

    return {
        RECORD: detection_record,
        "config_path": config.path,
        "contact_spans": contact_spans,
        "read_contacts": lambda text: tuple(ContactRecord(c.kind, c.value, c.text) for c in read_contacts(text)),
        "unit": config.crawler.unit.strip(),
        "office": config.referrals.office.name.strip(),
        "referral_templates": config.referrals.templates,
        "remind_days": config.referrals.remind_days,
        "storage": config.storage,
        "keywords": config.keywords,
    }


def services_of(config: Config, db: Database) -> dict[str, Any]:
    """What screens ask of packages that the console may not import (`console.services`)."""
    from console.referral_service import REFERRALS
    from console.routers.metrics import MONITORING
    from console.services import LEXICON, SITES
    from wangdun.console_lexicon import EditedLexicon
    from wangdun.console_referrals import ConfiguredReferrals
    from wangdun.console_sites import ConfiguredSites
    from wangdun.metrics import Monitoring

    return {
        SITES: ConfiguredSites(config.path, db),
        LEXICON: EditedLexicon(config.path, db),
        REFERRALS: ConfiguredReferrals(config.path, db),
        MONITORING: Monitoring(config, db),
    }


def _draw(db: Database) -> None:
    """The weekly sample, unless the schedule has drawn it; somebody else's long write must not keep the console shut."""
    from storage.exceptions import StorageError
    from storage.review import sampling

    try:
        sampling.draw_due(db, datetime.now(UTC))
    except StorageError as error:
        note(f"没有抽取本周的样本：{error}")


def _greet(db: Database) -> None:
    from storage.review import accounts

    if not accounts.everybody(db):
        note("还没有人员。先运行：wangdun account add 账号 --role admin")
