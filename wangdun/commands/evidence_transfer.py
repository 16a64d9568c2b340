"""``wangdun evidence transfer``: put on record that evidence was handed to somebody."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.evidence_export import somebody, write_down
from wangdun.commands.leads import LONGEST_ID, opened
from wangdun.exceptions import UsageError
from wangdun.output import print_json, print_line

NUMBER = click.IntRange(1, LONGEST_ID)
LONGEST = 500  # characters of what a person writes: a receiver, a document's number, not a report


@click.command("transfer", cls=Command)
@click.argument("capture_id", metavar="[编号]", type=NUMBER, required=False)
@click.option("--lead", "lead_id", metavar="编号", type=NUMBER, help="某条线索的全部固定")
@click.option("--to", "receiver", metavar="单位", required=True, help="移交给谁：单位、接收人")
@click.option("--note", "remark", metavar="说明", default="", help="移送函文号、介质编号等")
@click.option("--by", "actor", metavar="姓名", help="经手人，记入保管链，默认为当前系统用户")
@json_option
@click.pass_obj
def transfer(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    capture_id: int | None,
    lead_id: int | None,
    receiver: str,
    remark: str,
    actor: str | None,
    as_json: bool,
) -> None:
    """登记移交：把证据交给了谁，记入保管链（先用 export 导出，交出之后登记）。"""
    from storage.evidence import custody
    from wangdun.commands.evidence import chosen

    if not receiver.strip():
        raise UsageError("请用 --to 写明接收单位")
    for option, text in (("--to", receiver), ("--note", remark)):
        if len(text) > LONGEST:
            raise UsageError(f"{option} 太长：最多 {LONGEST} 个字，现有 {len(text)} 个")
    now, detail = datetime.now(UTC), {"to": receiver.strip(), "note": remark.strip()}
    config = invocation.load()
    with opened(config) as db:
        ids = [one.id for one in chosen(db, capture_id, lead_id)]
        with db.write() as connection:  # all or none
            for number in ids:
                custody.append(
                    connection, at=now, actor=somebody(actor), action="transferred", capture_id=number, detail=detail
                )
        write_down(db, config)
    if as_json:
        print_json({"captures": ids, **detail})
    else:
        print_line(f"已登记移交 {len(ids)} 次固定给 {receiver.strip()}")
