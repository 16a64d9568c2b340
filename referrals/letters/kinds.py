"""The six kinds of letters: to whom, for what, and what goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["lead", "crime", "appraisal", "cleanup", "platform", "postal"]


@dataclass(frozen=True, slots=True)
class LetterField:
    """Something that the drafter may type for one kind of letter."""

    name: str
    """Key in `Draft.fields`, and the field's name in templates."""
    hint: str
    long: bool = False
    """A paragraph."""


@dataclass(frozen=True, slots=True)
class LetterKind:
    """One kind of letter."""

    code: Kind
    name: str
    """案件线索移送函."""
    subject: str
    """What follows 关于 in the title; {things} is filled in."""
    departments: tuple[str, ...]
    """Whom it may go to, the usual one first."""
    opening: str
    """First paragraph; {things} and {count} are filled in."""
    basis: str
    """Where routing names no clause for this receiver."""
    requests: tuple[str, ...]
    """What the receiver is asked to do."""
    closing: str
    """专此函达 …"""
    attachments: tuple[str, ...]
    """Beside the letter, in its order."""
    fields: tuple[LetterField, ...]
    accounts: bool
    """The receiver needs the names of accounts even where personal data is hidden."""
    contacts: bool
    """The receiver needs telephone numbers and the like: nothing is hidden by default."""
    evidence: bool
    """Each lead must have a capture, or the drafter says why not."""


NO_EVIDENCE: Final = "无证据说明"
"""Field: why leads without captures are referred all the same."""
TOGETHER: Final = "合并移送理由"
"""Field: why leads of several parties or departments are one case all the same."""
COMMON: Final = (
    LetterField("补充说明", "写在事实之后的一段", long=True),
    LetterField("法律依据", "代替通用的依据", long=True),
    LetterField("办理要求", "代替通用的办理要求", long=True),
    LetterField(NO_EVIDENCE, "有线索没有固定的证据时，说明原因"),
)
OFFICES: Final = ("forestry", "agriculture", "market_supervision", "public_security", "cyberspace", "postal", "customs")
LIST: Final = "线索清单"
PACKAGE: Final = "电子证据包（含校验值清单）"

KINDS: Final[dict[str, LetterKind]] = {
    "lead": LetterKind(
        code="lead",
        name="案件线索移送函",
        subject="移送{things}案件线索",
        departments=OFFICES,
        opening="我单位在网络监测中发现涉及{things}的线索{count}条（网络监测线索，供核查）。经审核，现将有关线索移送你单位。",
        basis="“网盾行动”联合方案职责分工",
        requests=(
            "对所列线索进行核查，依法处理；",
            "需要继续固定证据、调取材料的，可与我单位联系；",
            "收到后填写回执退回，并将受理、立案和处理结果反馈我单位。",
        ),
        closing="特此函告。",
        attachments=(LIST, PACKAGE),
        fields=COMMON,
        accounts=True,
        contacts=True,
        evidence=True,
    ),
    "crime": LetterKind(
        code="crime",
        name="涉嫌犯罪案件移送书",
        subject="移送涉嫌犯罪案件",
        departments=("public_security",),
        opening=(
            "我单位在网络监测中发现{things}相关违法线索{count}条（网络监测线索，供核查）。经审核，有关行为可能涉嫌犯罪。"
            "根据《行政执法机关移送涉嫌犯罪案件的规定》，现将案件移送你单位。"
        ),
        basis="《行政执法机关移送涉嫌犯罪案件的规定》（国务院令第310号）第三条、第五条",
        requests=(
            "在移送书回执上签字，并自接受之日起三日内进行审查，作出是否立案的决定；",
            "不属于你单位管辖的，在二十四小时内转送有管辖权的机关，并书面告知我单位；",
            "将立案或者不予立案的决定书面通知我单位；不予立案的，请说明理由并退回案卷材料。",
        ),
        closing="专此移送。",
        attachments=("涉嫌犯罪案件情况的调查报告", "涉案物品清单", "检验报告或者鉴定结论", LIST, PACKAGE),
        fields=(
            LetterField(TOGETHER, "线索不属同一当事人或者有的不属公安机关主办，仍合为一案的理由（不写入函件）"),
            LetterField("案由", "如：涉嫌危害珍贵、濒危野生动物案"),
            LetterField("当事人", "已查明的姓名、证件、住址；不明的留空"),
            LetterField("调查经过", "调查报告中的一节", long=True),
            LetterField("涉案物品", "已查扣的物品；没有查扣的留空"),
            LetterField("鉴定结论", "鉴定、检验机构和结论；没有的留空"),
            LetterField("核价结论", "价值认定；没有的留空"),
            *COMMON,
        ),
        accounts=True,
        contacts=True,
        evidence=True,
    ),
    "appraisal": LetterKind(
        code="appraisal",
        name="鉴定、核价协助函",
        subject="商请协助鉴定和核价",
        departments=("forestry", "agriculture"),
        opening="我单位办理涉及{things}的网络监测线索{count}条（网络监测线索，供核查），需要认定标的的种类、保护级别和价值，商请你单位协助。",
        basis="“网盾行动”联合方案职责分工中关于协调鉴定、核价的规定",
        requests=(
            "根据所附图片和文字，对物种或者制品的种类、保护级别提出意见；",
            "依照野生动物及其制品价值评估方法核算价值，或者告知可以受理的鉴定、价格认定机构；",
            "材料不足以判断的，说明还需要哪些材料。",
        ),
        closing="妥否，请函复。",
        attachments=("鉴定、核价事项清单", PACKAGE),
        fields=(LetterField("鉴定事项", "代替通用的鉴定、核价事项", long=True), *COMMON),
        accounts=False,
        contacts=False,
        evidence=True,
    ),
    "cleanup": LetterKind(
        code="cleanup",
        name="网络平台、账号清理建议函",
        subject="建议清理{things}违法信息",
        departments=("cyberspace",),
        opening="我单位在网络监测中发现有关平台、账号发布涉及{things}的信息{count}条（网络监测线索，供核查），建议你单位依职责协调处置。",
        basis="“网盾行动”联合方案职责分工中关于清理违法信息、处置平台和账号的规定",
        requests=(
            "协调有关平台删除、屏蔽或者断开所列信息的链接；",
            "对反复发布的账号依法依规采取警示、限制、关闭等措施；",
            "督促平台留存有关日志和交易记录，配合执法部门调取；",
            "将清理结果反馈我单位。",
        ),
        closing="特此函商。",
        attachments=("网址、账号清单",),
        fields=COMMON,
        accounts=True,
        contacts=False,
        evidence=False,
    ),
    "platform": LetterKind(
        code="platform",
        name="协查函",
        subject="商请协助调查{things}信息",
        departments=("platform",),
        opening="我单位在网络监测中发现你平台有账号发布涉及{things}的信息{count}条（网络监测线索，供核查），因核查需要，请你平台协助。",
        basis=(
            "《野生动物保护法》第三十三条关于网络平台不得为违法交易提供展示、交易服务的规定，《电子商务法》第二十五条关于提供有关数据信息、"
            "第二十九条关于采取必要处置措施并报告的规定（以正式文本为准）"
        ),
        requests=(
            "提供所列账号的注册信息、实名认证信息、登录日志和联系方式；",
            "提供所列信息的发布、修改、删除记录和有关交易、支付、寄递记录；",
            "在答复前对所列信息和日志采取保全措施，不得删除、更改，不向当事人透露协查事项；",
            "依法停止为所列信息提供展示、交易服务，并告知处置结果。",
        ),
        closing="感谢支持。",
        attachments=("协查网址、账号清单",),
        fields=COMMON,
        accounts=True,
        contacts=False,
        evidence=False,
    ),
    "postal": LetterKind(
        code="postal",
        name="寄递线索函",
        subject="移送{things}寄递线索",
        departments=("postal",),
        opening="我单位在网络监测中发现有账号以寄递方式交付{things}，涉及线索{count}条（网络监测线索，供核查）。现将有关线索移送你单位。",
        basis="“网盾行动”联合方案职责分工中关于实名收寄、收寄验视、过机安检的规定",
        requests=(
            "对涉及的寄递企业和网点执行实名收寄、收寄验视、过机安检的情况进行检查；",
            "协助查找有关快件的运单、收寄件人和轨迹；",
            "发现违禁寄递物品的，依法扣留并通报我单位和公安机关；",
            "收到后填写回执退回，并反馈检查结果。",
        ),
        closing="特此函告。",
        attachments=(LIST, PACKAGE),
        fields=(LetterField("运单号", "已知的寄递企业和运单号；不明的留空"), *COMMON),
        accounts=True,
        contacts=True,
        evidence=True,
    ),
}


def hides_by_default(kind: str, department: str) -> bool:
    """Whether personal data is hidden: unless this receiver needs it for this kind of letter.

    Who only takes content down needs no telephone numbers.
    """
    return not KINDS[kind].contacts or department in {"cyberspace", "platform"}
