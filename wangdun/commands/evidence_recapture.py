"""``wangdun evidence recapture``: two officers have a page captured anew and get the papers to sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.leads import LONGEST_ID, opened
from wangdun.exceptions import UsageError, WangdunError
from wangdun.output import note, print_json, print_line

if TYPE_CHECKING:
    from referrals.record.facts import Order
    from wangdun.official.recapture import Done


@click.command("recapture", cls=Command)
@click.argument("lead_id", metavar="线索编号", type=click.IntRange(1, LONGEST_ID))
@click.option("--officer", "officers", metavar="姓名,单位,证号", multiple=True, help="提取人，必须两名不同的人")
@click.option("--witness", metavar="姓名,证件", help="见证人")
@click.option("--no-witness", "absence", metavar="原因", help="没有见证人的原因")
@click.option("--place", metavar="地点", default="", help="提取地点，不填则在笔录中留空")
@click.option("--case", metavar="案由", default="", help="案由，不填则在笔录中留空")
@click.option(
    "-o", "--output", metavar="文件夹", type=click.Path(path_type=Path), default=Path(), help="笔录、清单写到哪里，默认当前文件夹"
)  # fmt: skip
@json_option
@click.pass_obj
def recapture(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    lead_id: int,
    officers: tuple[str, ...],
    witness: str | None,
    absence: str | None,
    place: str,
    case: str,
    output: Path,
    as_json: bool,
) -> None:
    """固证：由两名工作人员重新提取线索网页，起草《网络在线提取笔录》和《电子数据提取固定清单》。"""
    from storage.evidence.objects import Objects
    from wangdun.official.recapture import Recapture

    order = _order(officers, witness, absence, place, case)
    config = invocation.load()
    with opened(config) as db:
        if order.caution:
            note(f"注意：{order.caution}")
        done = Recapture(config, db, Objects.of(config.storage), order).run(lead_id, output)
    if as_json:
        print_json(_facts(done))
    else:
        _tell(done)
    if not done.obtained:
        raise WangdunError(
            f"没有取得该网页的正式固证：{done.reached}。起草的笔录只记载这次尝试，不能当作网页内容的提取记录；请查明原因后重新固证"
        )


def _order(officers: tuple[str, ...], witness: str | None, absence: str | None, place: str, case: str) -> Order:
    """What people stated. Raises UsageError: not two different officers, or somebody's part is missing."""
    from referrals.exceptions import ReferralError
    from referrals.record.facts import order_of

    try:
        return order_of(officers, witness, absence, place, case)
    except ReferralError as error:
        raise UsageError(str(error)) from error


def _facts(done: Done) -> dict[str, object]:
    return {
        "capture": done.capture.id,
        "digest": done.capture.digest,
        "reached": done.reached,
        "obtained": done.obtained,
        "missing": done.capture.missing,
        "papers": done.papers.id,
        "papers_missing": done.papers.missing,
        "files": [str(path) for path in done.written],
        "changed": list(done.comparison.changed),
        "summary": done.summary,
    }


def _tell(done: Done) -> None:
    if done.blind:
        note(f"没有截屏：{done.blind}（浏览器是否可用，见 wangdun doctor）")
    kind = "已固定" if done.obtained else "没有取得网页，只封存了这次尝试的记录"
    print_line(f"{kind}，编号 {done.capture.id}（{done.reached}），清单 SHA-256 {done.capture.digest}")
    print_line(done.summary)
    for path in done.written:
        print_line(f"  {path}")
    if done.obtained:
        print_line("以上是草稿：请两名提取人核对、填写空白处并签名，签名后方为提取记录。")
    for missing in filter(None, (done.capture.missing, done.papers.missing)):
        note(f"注意：{missing}")
