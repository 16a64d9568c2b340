"""``wangdun refer list``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.leads import LONGEST_ID, opened
from wangdun.output import print_json, print_line
from wangdun.refer_departments import known_department
from wangdun.refer_view import facts, print_referrals

NUMBER = click.IntRange(1, LONGEST_ID)
# as in storage.referral.words, which needs no loading for `--help`; a test compares them
STATUSES = (
    "draft", "approved", "sent", "received", "accepted", "declined", "passed_on", "filed", "not_filed", "closed", "withdrawn",
)  # fmt: skip


@click.command("list", cls=Command)
@click.option(
    "--status", "status", multiple=True, type=click.Choice(STATUSES), metavar="状态", help="只看这种状态，可多次"
)
@click.option("--department", default="", metavar="部门", help="只看移送某个部门的")
@click.option("--lead", "lead_id", type=NUMBER, metavar="编号", help="只看含某条线索的")
@click.option("--seller", "seller_id", type=NUMBER, metavar="编号", help="只看某个卖家的")
@click.option("--campaign", "campaign_id", type=NUMBER, metavar="编号", help="只看某个专项行动的")
@click.option("--text", default="", metavar="文字", help="文号、标题或主送单位中含有的文字")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), metavar="数", default=50, show_default=True, help="最多列出多少份"
)
@json_option
@click.pass_obj
def list_(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    status: tuple[str, ...],
    department: str,
    lead_id: int | None,
    seller_id: int | None,
    campaign_id: int | None,
    text: str,
    limit: int,
    as_json: bool,
) -> None:
    """移送列表，最新的在前。"""
    from storage.referral import queries
    from storage.referral.records import Filter

    config = invocation.load()
    code = known_department(department, config.referrals) if department else ""
    wanted = Filter(status, code, campaign_id=campaign_id, seller_id=seller_id, text=text, lead_id=lead_id)
    with opened(config) as db:
        found, total = queries.find(db, wanted, limit=limit), queries.count(db, wanted)
    if as_json:
        print_json([facts(one) for one in found])
        return
    print_referrals(found, datetime.now(UTC))
    print_line(f"共 {total} 份，列出 {len(found)} 份；用 wangdun refer show 编号 看详情" if total else "没有移送")
