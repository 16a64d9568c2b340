"""Who may do what: the one table of routes and roles. A route without an entry stops the program at start-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from console.exceptions import UnguardedRoute

Role = Literal["monitor", "reviewer", "approver", "handler", "lexicon", "admin", "auditor"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
ROLE_NAMES: Final[dict[Role, str]] = {
    "monitor": "监测员",
    "reviewer": "审核员",
    "approver": "复核员",
    "handler": "移送办案员",
    "lexicon": "词库管理员",
    "admin": "系统管理员",
    "auditor": "审计员",
}
ROLE_DUTIES: Final[dict[Role, str]] = {
    "monitor": "管理站点与采集",
    "reviewer": "研判线索",
    "approver": "复核他人的研判、审核移送",
    "handler": "办理与移送已确认的线索",
    "lexicon": "维护词库",
    "admin": "管理人员与设置",
    "auditor": "查看操作记录",
}
ACTIONS: Final[dict[str, str]] = {
    "login": "登录",
    "login.failed": "登录失败",
    "logout": "退出登录",
    "logout.everywhere": "退出全部登录",
    "account.create": "新建人员",
    "account.facts": "修改人员资料",
    "account.roles": "修改角色",
    "account.password": "修改密码",
    "account.disable": "停用账号",
    "account.enable": "恢复账号",
    "token.create": "新建接口令牌",
    "token.revoke": "吊销接口令牌",
    "access.refused": "越权被拒",
    "lead.next": "领取下一条线索",
    "lead.skip": "暂放线索",
    "lead.release": "放开线索",
    "lead.reveal": "查看联系方式",
    "lead.decide": "研判线索",
    "lead.enter": "录入线索",
    "lead.confirm": "确认线索",
    "lead.dismiss": "排除线索",
    "lead.needs_info": "要求补充",
    "lead.duplicate": "标为重复",
    "lead.unmerge": "撤销合并",
    "lead.note": "备注",
    "lead.refer": "移送线索",
    "lead.approve": "复核同意",
    "lead.refuse": "复核退回",
    "lead.undo": "撤销研判",
    "lead.reopen": "重新研判",
    "lead.due": "修改期限",
    "permit.check": "核实证件",
    "bulk": "批量研判",
    "bulk.undo": "撤销批量研判",
    "reason.add": "新增排除理由",
    "reason.change": "修改排除理由",
    "view.save": "保存视图",
    "view.remove": "删除视图",
    "evidence.view": "查看证据",
    "evidence.copy": "下载证据",
    "evidence.verify": "核验证据",
    "site.run": "要求立即采集",
    "site.pause": "暂停站点",
    "site.resume": "恢复站点",
    "site.schedule": "修改采集时间",
    "lexicon.test": "试一段文本",
    "lexicon.preview": "预演词库改动",
    "lexicon.save": "修改词库",
    "lead.keep": "维持结论",
    "ranking.train": "训练排序模型",
    "ranking.on": "启用排序模型",
    "ranking.off": "停用排序模型",
    "word.plain": "定为非暗语",
    "word.open": "重新列为候选词",
    "sample.draw": "抽取样本",
    "sample.judge": "判断样本",
    "sample.undo": "撤销样本判断",
    "referral.draft": "拟移送",
    "referral.change": "修改移送",
    "referral.approve": "审核移送",
    "referral.refuse": "退回移送",
    "referral.withdraw": "撤回移送",
    "referral.send": "送出移送",
    "referral.answer": "登记移送回复",
    "referral.undo": "撤销移送的上一步",
    "referral.preview": "预览移送公文",
    "referral.copy": "下载移送文书",
    "referral.export": "导出移送材料",
    "delivery.again": "重新发送消息",
    "feedback.add": "登记反馈",
    "feedback.correct": "更正反馈",
    "feedback.void": "作废反馈",
    "feedback.import": "导入反馈",
    "campaign.create": "新建专项行动",
    "campaign.change": "修改专项行动",
    "campaign.close": "结束专项行动",
    "campaign.reopen": "重开专项行动",
    "campaign.report": "登记上报材料",
    "campaign.figure": "填报成果数字",
    "campaign.copy": "下载专项行动文书",
    "analysis.copy": "下载分析报告",
}
"""What the audit log calls an action -> what people read."""
KINDS: Final[dict[str, str]] = {
    "lead": "线索",
    "account": "人员",
    "token": "接口令牌",
    "site": "站点",
    "lexicon": "词库",
    "reason": "排除理由",
    "view": "视图",
    "bulk": "批量",
    "ranking": "排序模型",
    "word": "候选词",
    "sample": "样本",
    "referral": "移送",
    "delivery": "消息",
    "feedback": "反馈",
    "campaign": "专项行动",
    "analysis": "分析报告",
}
"""Objects of actions -> what people read."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_BYTES: Final = 256 * 1024  # a note of some ten thousand characters, percent-encoded, has room
PASTED_BYTES: Final = 1024 * 1024  # far more than a text may have: what is too long is handed back, not lost
PICTURES_BYTES: Final = 42 * 1024 * 1024  # four pictures as cameras make them, and the form
UPLOAD_BYTES: Final = 12 * 1024 * 1024  # a returned workbook of thousands of rows has two
MASKED_FOR: Final[frozenset[Role]] = frozenset({"monitor", "lexicon", "admin", "auditor"})  # no need to know contacts


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use one route, and what the audit log calls it."""

    roles: frozenset[Role] | None = None
    """A person needs one of them; None: it is enough to be signed in."""
    anonymous: bool = False
    """Nobody needs to be signed in."""
    action: str | None = None
    """What the audit log calls it (`ACTIONS`). Every unsafe route has one; a page that reveals or exports has one too."""
    stored: bool = False
    """The function of `storage` that does it writes the audit row in its own transaction."""
    largest: int = FORM_BYTES
    """Bytes of a request's body."""
    before_change: bool = False
    """A person who must change the password first may use it."""

    def allows(self, roles: frozenset[Role]) -> bool:
        """Whether somebody signed in with these roles may."""
        return self.roles is None or bool(self.roles & roles)


def only(*roles: Role, action: str | None = None, stored: bool = False, largest: int = FORM_BYTES) -> Rule:
    """A route for these roles."""
    return Rule(frozenset(roles), action=action, stored=stored, largest=largest)


def everyone(action: str | None = None, *, stored: bool = False, before_change: bool = False) -> Rule:
    """A route for whoever is signed in."""
    return Rule(action=action, stored=stored, before_change=before_change)


def public(action: str | None = None, *, stored: bool = False) -> Rule:
    """A route for anybody who can reach the server."""
    return Rule(anonymous=True, action=action, stored=stored, before_change=True)


RULES: Final[dict[str, Rule]] = {
    "GET /health": public(),
    "GET /metrics": public(),  # for addresses and tokens of the configuration, else 404
    # people
    "GET /login": public(),
    "POST /login": public("login", stored=True),
    "POST /logout": everyone("logout", before_change=True),
    "GET /password": everyone(before_change=True),
    "POST /password": everyone("account.password", stored=True, before_change=True),
    "GET /": everyone(),
    "GET /account": everyone(),
    "POST /account/sessions/end": everyone("logout.everywhere"),
    "POST /account/tokens": everyone("token.create", stored=True),
    "POST /account/tokens/{token_id}/revoke": everyone("token.revoke", stored=True),
    "GET /people": only("admin"),
    "POST /people": only("admin", action="account.create", stored=True),
    "GET /people/{account_id}": only("admin"),
    "POST /people/{account_id}/facts": only("admin", action="account.facts", stored=True),
    "POST /people/{account_id}/roles": only("admin", action="account.roles", stored=True),
    "POST /people/{account_id}/password": only("admin", action="account.password", stored=True),
    "POST /people/{account_id}/disable": only("admin", action="account.disable", stored=True),
    "POST /people/{account_id}/enable": only("admin", action="account.enable", stored=True),
    "GET /audit": only("admin", "auditor"),
    # leads
    "GET /queue": everyone(),
    "POST /queue/next": only("reviewer", action="lead.next"),
    "POST /queue/views": everyone("view.save"),
    "POST /queue/views/{view_id}/remove": everyone("view.remove"),
    "GET /queue/bulk": only("reviewer"),
    "POST /queue/bulk": only("reviewer", action="bulk", stored=True),
    "POST /queue/bulk/undo": only("reviewer", action="bulk.undo", stored=True),
    "GET /leads/{lead_id}": everyone(),
    "POST /leads/{lead_id}/reveal": only("reviewer", "approver", "handler", action="lead.reveal"),
    "POST /leads/{lead_id}/decide": only("reviewer", "approver", action="lead.decide", stored=True),
    "POST /leads/{lead_id}/permits": only("reviewer", "approver", "handler", action="permit.check", stored=True),
    "POST /leads/{lead_id}/skip": only("reviewer", "approver", action="lead.skip"),
    "POST /leads/{lead_id}/release": only("reviewer", "approver", action="lead.release"),
    "POST /undo": only("reviewer", "approver", action="lead.undo", stored=True),
    "GET /second": only("approver", "reviewer"),
    "GET /reasons": only("admin", "approver"),
    "POST /reasons": only("admin", "approver", action="reason.add", stored=True),
    "POST /reasons/{code}": only("admin", "approver", action="reason.change", stored=True),
    "GET /manual": only("reviewer", "monitor", "handler"),
    "POST /manual": only("reviewer", "monitor", "handler", action="lead.enter", stored=True, largest=PASTED_BYTES),
    "GET /leads/{lead_id}/pictures/{capture_id}/{name}": only("reviewer", "approver", "handler"),
    "GET /leads/{lead_id}/thumbs/{capture_id}/{name}": only("reviewer", "approver", "handler"),
    "GET /leads/{lead_id}/view/{capture_id}/{name}": only("reviewer", "approver", "handler", action="evidence.view"),
    "GET /leads/{lead_id}/files/{capture_id}/{name}": only("reviewer", "approver", "handler", action="evidence.copy"),
    "POST /leads/{lead_id}/verify": only("reviewer", "approver", "handler", action="evidence.verify"),
    # what is watched
    "GET /sites": only("monitor", "admin"),
    "GET /sites/{name}": only("monitor", "admin"),
    "GET /sites/{name}/runs/{run_id}": only("monitor", "admin"),
    "GET /sites/{name}/schedule": only("monitor", "admin"),
    "POST /sites/{name}/schedule": only("monitor", "admin", action="site.schedule"),
    "POST /sites/{name}/run": only("monitor", "admin", action="site.run"),
    "POST /sites/{name}/pause": only("monitor", "admin", action="site.pause"),
    "POST /sites/{name}/resume": only("monitor", "admin", action="site.resume"),
    # the lexicon
    "GET /lexicon": only("lexicon", "monitor", "reviewer", "approver", "admin"),
    "GET /lexicon/entry": only("lexicon", "monitor", "reviewer", "approver", "admin"),
    "POST /lexicon/test": only("lexicon", "monitor", "reviewer", "approver", "admin", action="lexicon.test"),
    "GET /lexicon/edit": only("lexicon", "admin"),
    "POST /lexicon/preview": only("lexicon", "admin", action="lexicon.preview"),
    "POST /lexicon/save": only("lexicon", "admin", action="lexicon.save"),
    "GET /figures": everyone(),
    # what reviewers' decisions teach
    "GET /quality": only("lexicon", "monitor", "reviewer", "approver", "admin"),
    "GET /quality/entry": only("lexicon", "monitor", "reviewer", "approver", "admin"),
    "GET /quality/words": only("lexicon", "reviewer", "approver", "admin"),
    "POST /quality/words": only("lexicon", "approver", "admin", action="word.plain", stored=True),
    "GET /quality/ranking": only("lexicon", "monitor", "reviewer", "approver", "admin"),
    "POST /quality/ranking/train": only("approver", "admin", action="ranking.train", stored=True),
    "POST /quality/ranking/on": only("approver", "admin", action="ranking.on", stored=True),
    "POST /quality/ranking/off": only("approver", "admin", action="ranking.off", stored=True),
    "GET /samples": everyone(),
    "POST /samples/draw": only("approver", "admin", action="sample.draw"),
    "GET /samples/look/{kind}": only("reviewer", "approver"),
    "POST /samples/undo": only("reviewer", "approver", action="sample.undo", stored=True),
    "POST /samples/look/{sample_id}": only("reviewer", "approver", action="sample.judge", stored=True),
    # referrals
    "GET /referrals": only("handler", "approver", "reviewer", "auditor"),
    "GET /referrals/new": only("handler", "approver"),
    "POST /referrals/new": only("handler", "approver", action="referral.draft", stored=True),
    "POST /referrals/receipt": only("handler", "approver", action="referral.answer", stored=True, largest=UPLOAD_BYTES),
    "GET /referrals/{referral_id}": only("handler", "approver", "reviewer", "auditor"),
    "GET /referrals/{referral_id}/change": only("handler", "approver"),
    "POST /referrals/{referral_id}/change": only("handler", "approver", action="referral.change", stored=True),
    "GET /referrals/{referral_id}/letter.{form}": only("handler", "approver", action="referral.preview"),
    "GET /referrals/{referral_id}/files/{file_id}": only("handler", "approver", action="referral.copy"),
    "GET /referrals/{referral_id}/receipt.xlsx": only("handler", "approver", action="referral.copy"),
    "POST /referrals/{referral_id}/judge": only("approver", action="referral.approve", stored=True),
    "POST /referrals/{referral_id}/step": only("handler", "approver", action="referral.answer", stored=True),
    "POST /referrals/{referral_id}/export": only("handler", "approver", action="referral.export", stored=True),
    "POST /referrals/{referral_id}/again/{message_id}": only(
        "handler", "approver", "admin", action="delivery.again", stored=True
    ),
    "GET /feedback": only("handler", "approver"),
    "GET /feedback/new": only("handler", "approver"),
    "POST /feedback/new": only("handler", "approver", action="feedback.add", stored=True, largest=PICTURES_BYTES),
    "GET /feedback/form.xlsx": only("handler", "approver"),
    "POST /feedback/import": only("handler", "approver", action="feedback.import", stored=True, largest=UPLOAD_BYTES),
    "GET /feedback/{feedback_id}": only("handler", "approver"),
    "POST /feedback/{feedback_id}/correct": only(
        "handler", "approver", action="feedback.correct", stored=True, largest=PICTURES_BYTES
    ),
    "POST /feedback/{feedback_id}/void": only("handler", "approver", action="feedback.void", stored=True),
    # campaigns and reports
    "GET /campaigns": only("handler", "approver", "admin"),
    "GET /campaigns/new": only("handler", "approver"),
    "POST /campaigns/new": only("handler", "approver", action="campaign.create", stored=True),
    "GET /campaigns/{campaign_id}": only("handler", "approver", "admin"),
    "GET /campaigns/{campaign_id}/cell": only("handler", "approver", "admin"),
    "GET /campaigns/{campaign_id}/change": only("handler", "approver"),
    "POST /campaigns/{campaign_id}/change": only("handler", "approver", action="campaign.change", stored=True),
    "POST /campaigns/{campaign_id}/close": only("handler", "approver", action="campaign.close", stored=True),
    "POST /campaigns/{campaign_id}/reopen": only("handler", "approver", action="campaign.reopen", stored=True),
    "POST /campaigns/{campaign_id}/reports": only("handler", "approver", action="campaign.report", stored=True),
    "POST /campaigns/{campaign_id}/figures": only("handler", "approver", action="campaign.figure", stored=True),
    "GET /campaigns/{campaign_id}/form.{extension}": only("handler", "approver", "admin", action="campaign.copy"),
    "GET /campaigns/{campaign_id}/report": only("handler", "approver", "admin", action="campaign.copy"),
    "GET /reports/analysis": only("handler", "approver", "reviewer", "admin"),
    "GET /reports/analysis/file": only("handler", "approver", "reviewer", "admin", action="analysis.copy"),
    # the JSON API
    "GET /api/v1/openapi.json": public(),
    "GET /api/v1/me": everyone(),
    "GET /api/v1/leads": everyone(),
    "GET /api/v1/leads/{lead_id}": everyone(),
    "POST /api/v1/leads/{lead_id}/decisions": only("reviewer", "approver", action="lead.decide", stored=True),
    "POST /api/v1/decisions/undo": only("reviewer", "approver", action="lead.undo", stored=True),
    "GET /api/v1/referrals": only("handler", "approver", "reviewer", "auditor"),
    "GET /api/v1/referrals/{referral_id}": only("handler", "approver", "reviewer", "auditor"),
    "POST /api/v1/referrals": only("handler", "approver", action="referral.draft", stored=True),
    "POST /api/v1/referrals/{referral_id}/steps": only("handler", "approver", action="referral.answer", stored=True),
    "POST /api/v1/referrals/{referral_id}/feedback": only("handler", "approver", action="feedback.add", stored=True),
}
"""``METHOD /path`` as the route is written -> rule."""


def rule_for(method: str, path: str) -> Rule:
    """The rule of one route.

    Raises:
        UnguardedRoute: there is none, or an unsafe route has no action for the audit log.
    """
    rule = RULES.get(f"{method} {path}")
    if rule is None:
        raise UnguardedRoute(f"console.access.RULES has no entry for {method} {path}")
    if method not in SAFE and rule.action not in ACTIONS:
        raise UnguardedRoute(f"{method} {path} changes something: its rule needs one of ACTIONS")
    return rule
