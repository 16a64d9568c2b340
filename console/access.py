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
}
"""What the audit log calls an action -> what people read."""
KINDS: Final[dict[str, str]] = {
    "lead": "线索",
    "account": "人员",
    "token": "接口令牌",
    "site": "站点",
    "lexicon": "词库",
}
"""Objects of actions -> what people read."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_BYTES: Final = 256 * 1024  # a note of some ten thousand characters, percent-encoded, has room
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
    # the JSON API
    "GET /api/v1/openapi.json": public(),
    "GET /api/v1/me": everyone(),
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
