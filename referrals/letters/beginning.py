"""A template to begin with: the program's own letter with fields where its texts would stand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from referrals.exceptions import LetterError
from referrals.letters.kinds import KINDS, NO_EVIDENCE, PACKAGE
from referrals.letters.model import Annex, Grid, Letter, Para, Point, Slip
from referrals.letters.slips import ANSWER, CRIME, GENERAL
from referrals.letters.word import as_docx
from referrals.letters.writing import FACTS

if TYPE_CHECKING:
    from referrals.letters.model import Block

DATE = datetime(2026, 1, 1, tzinfo=UTC)  # in the file's properties; the same sample is the same bytes


def sample_docx(code: str) -> bytes:
    """The file.

    Raises:
        LetterError: an unknown kind.
    """
    if code not in KINDS:
        raise LetterError(f"没有这种文书：{code}（可用：{'、'.join(KINDS)}）")
    kind = KINDS[code]
    rows = {"crime": CRIME, "lead": GENERAL, "postal": GENERAL}.get(code, ANSWER)
    special = [field.name for field in kind.fields if field.name not in {"补充说明", "办理要求", NO_EVIDENCE}]
    extra: tuple[Block, ...] = ()
    if special:
        extra = (Grid((), (28, 72), tuple((name, f"{{{{{name}}}}}") for name in special)),)
    lead_row = ("{{线索.序号}}", "{{线索.标题}}\n{{线索.网址}}\n线索编号 {{线索.编号}}，{{线索.网站}}",
                "{{线索.账号}}\n{{线索.联系方式}}", "{{线索.标的}}（{{线索.类别}}）\n{{线索.命中}}", "{{线索.首次发现}}")  # fmt: skip
    listed = Grid(
        ("序号", "标题和网址", "账号、联系方式", "标的和命中内容", "首次发现"), (7.5, 30, 23, 23.5, 16), (lead_row,)
    )
    closing: tuple[Block, ...] = (
        Point("二、依据"), Para("{{依据}}"), Point("三、办理要求"), Para("{{要求}}"), Para(kind.closing),
    )  # fmt: skip
    facts: Block = Grid((), (22, 78), tuple((name, f"{{{{情况.{name}}}}}") for name in FACTS))
    name = next(one for one in (*kind.attachments, PACKAGE) if one != PACKAGE)
    return as_docx(
        Letter(
            kind=code, red_head="", number="{{文号}}", title="{{标题}}", receiver="{{主送}}",
            blocks=(Para(kind.opening.format(things="{{标的}}", count="{{线索数量}}")), Point("一、线索基本情况"), facts,
                    *extra, Para("{{补充说明}}"), Para(f"{{{{{NO_EVIDENCE}}}}}"), Para("{{说明}}"), *closing),
            attachments=("{{附件}}",), signer="{{发文单位}}", date="{{成文日期}}", remark="（联系人：{{联系人}}；联系电话：{{联系电话}}）",
            copies="{{抄送}}", printed="{{发文单位}}", notice="{{提示}}", annexes=(Annex("附件", name, (listed,)),),
            slip=Slip(f"{kind.name}（回执）", "{{文号}}", "{{发文单位}}",
                      f"你单位《{kind.name}》（{{{{文号}}}}）及所附材料收悉，共 {{{{线索数量}}}} 条线索。", rows, "{{主送}}"),
            made_at=DATE, fields=(), rows=(),
        )
    )  # fmt: skip
