"""``wangdun account``: the people of the console, the first administrator among them. No password on a command line."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.cli import Group, Invocation, json_option
from wangdun.commands.leads import opened
from wangdun.exceptions import UsageError
from wangdun.output import local_time, note, one_line, print_json, print_line, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database
    from storage.review.accounts import Account
    from storage.review.audit import Actor

# as in console.access, which must not be loaded for `--help`; a test compares them
ROLE_NAMES = {
    "monitor": "监测员",
    "reviewer": "审核员",
    "approver": "复核员",
    "handler": "移送办案员",
    "lexicon": "词库管理员",
    "admin": "系统管理员",
    "auditor": "审计员",
}
ROLES_HELP = "角色，可写多次：" + "、".join(f"{role} {name}" for role, name in ROLE_NAMES.items())


@click.group(cls=Group)
def command() -> None:
    """研判台的人员：新建、列表、角色、停用、重设密码。"""


def _role_option(*, required: bool) -> Callable[[Any], Any]:
    return click.option(
        "--role",
        "roles",
        multiple=True,
        required=required,
        type=click.Choice(list(ROLE_NAMES)),
        metavar="角色",
        help=ROLES_HELP,
    )


_asks: Callable[[Any], Any] = click.option(
    "--ask", is_flag=True, help="在终端输入两次初始密码；不加则自动生成，只显示这一次"
)
_name: Callable[[Any], Any] = click.argument("name", metavar="账号")


@command.command("add")
@_name
@_role_option(required=True)
@click.option("--display-name", default="", metavar="姓名", help="姓名，默认与账号相同")
@click.option("--unit", default="", metavar="单位", help="所在单位")
@click.option("--certificate", default="", metavar="证号", help="执法证号")
@_asks
@json_option
@click.pass_obj
def add(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    name: str,
    roles: tuple[str, ...],
    display_name: str,
    unit: str,
    certificate: str,
    ask: bool,
    as_json: bool,
) -> None:
    """新建人员；首次登录必须修改密码。"""
    from storage.review import accounts

    password = _asked(name) if ask else None
    with opened(invocation.load()) as db:
        draft = accounts.Draft(name, _hash(password := password or _invented()), roles, display_name, unit, certificate)
        account = accounts.create(db, draft, operator(), datetime.now(UTC))
    facts = {"id": account.id, "name": account.name, "roles": list(account.roles)}
    _tell(f"已新建 {account.name}（{_shown(account.roles)}）", facts, password, ask=ask, as_json=as_json)


@command.command("list")
@json_option
@click.pass_obj
def list_(invocation: Invocation, *, as_json: bool) -> None:
    """全部人员。"""
    from storage.review import accounts

    config = invocation.load()
    with opened(config) as db:
        found = accounts.everybody(db)
    if as_json:
        print_json([_facts(one) for one in found])
        return
    zone = ZoneInfo(config.wangdun.timezone)
    print_table(("账号", "姓名", "单位", "角色", "最近登录", "状态"), [_row(one, zone) for one in found])
    if not found:
        print_line("还没有人员，用 wangdun account add 账号 --role admin 新建第一位管理员")


def _row(one: Account, zone: ZoneInfo) -> tuple[str, ...]:
    state = "已停用" if one.disabled_at else "待改初始密码" if one.must_change else "正常"
    last = local_time(one.last_login_at, zone)
    return (one_line(one.name), one_line(one.display_name), one_line(one.unit), _shown(one.roles), last, state)


def _facts(one: Account) -> dict[str, Any]:
    plain = ("id", "name", "display_name", "unit", "certificate", "must_change")
    times = ("created_at", "disabled_at", "last_login_at")
    return {
        **{fact: getattr(one, fact) for fact in plain},
        "roles": list(one.roles),
        **{fact: moment.isoformat() if (moment := getattr(one, fact)) else None for fact in times},
    }


@command.command("roles")
@_name
@_role_option(required=False)
@click.pass_obj
def roles(invocation: Invocation, *, name: str, roles: tuple[str, ...]) -> None:
    """把角色改成所给的这些（原有的不保留）。"""
    from storage.review import accounts

    with opened(invocation.load()) as db:
        accounts.set_roles(db, _found(db, name).id, roles, operator(), datetime.now(UTC))
    print_line(f"{name} 的角色：{_shown(roles)}")


@command.command("disable")
@_name
@click.pass_obj
def disable(invocation: Invocation, *, name: str) -> None:
    """停用：立即退出登录，不能再登录；已做的研判不受影响。"""
    from storage.review import accounts

    with opened(invocation.load()) as db:
        accounts.disable(db, _found(db, name).id, operator(), datetime.now(UTC))
    print_line(f"已停用 {name}")


@command.command("enable")
@_name
@click.pass_obj
def enable(invocation: Invocation, *, name: str) -> None:
    """恢复停用的账号。"""
    from storage.review import accounts

    with opened(invocation.load()) as db:
        accounts.enable(db, _found(db, name).id, operator(), datetime.now(UTC))
    print_line(f"已恢复 {name}")


@command.command("password")
@_name
@_asks
@json_option
@click.pass_obj
def password(invocation: Invocation, *, name: str, ask: bool, as_json: bool) -> None:
    """重设密码：在所有浏览器上退出登录，下次登录必须修改。"""
    from storage.review import accounts

    with opened(invocation.load()) as db:
        account = _found(db, name)
        fresh = _asked(name) if ask else _invented()
        accounts.set_password(db, account.id, _hash(fresh), operator(), datetime.now(UTC), must_change=True)
    facts = {"id": account.id, "name": account.name}
    _tell(f"已重设 {account.name} 的密码", facts, fresh, ask=ask, as_json=as_json)


def _tell(text: str, facts: dict[str, Any], password: str, *, ask: bool, as_json: bool) -> None:
    if as_json:
        print_json(facts if ask else {**facts, "password": password})
        return
    print_line(text)
    if not ask:
        print_line(f"初始密码（只显示这一次，首次登录须修改）：{password}")


def _found(db: Database, name: str) -> Account:
    from storage.review import accounts

    found = accounts.by_name(db, name)
    if found is None:
        raise UsageError(f"没有名为 {name!r} 的账号，用 wangdun account list 查看全部")
    return found


def operator() -> Actor:
    """Whoever may use the command line of this machine, as the audit names them."""
    from getpass import getuser

    from storage.review.audit import Actor

    try:
        user = getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = "?"
    return Actor(None, f"命令行（{user}）")


def _asked(name: str) -> str:
    from console import passwords
    from console.exceptions import Refusal

    if not sys.stdin.isatty():
        raise UsageError("--ask 需要在终端里输入密码；不加 --ask 则自动生成")
    while True:
        given = click.prompt("初始密码", hide_input=True, confirmation_prompt="再输一次", err=True)
        try:
            return passwords.check_rules(given, name=name)
        except Refusal as refusal:
            note(refusal.message)


def _invented() -> str:
    from console import passwords

    return passwords.invent()


def _hash(password: str) -> str:
    from console import passwords

    return passwords.make_hash(password)


def _shown(roles: tuple[str, ...]) -> str:
    return "、".join(ROLE_NAMES[role] for role in roles) or "无"
