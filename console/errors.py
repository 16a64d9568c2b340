"""Error answers: a page in Chinese or, for the API, JSON. They say what to do, never what the program looks like inside."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

from console import sessions
from console.exceptions import ChangeNeeded, Refusal, SignInNeeded, TokenStale
from console.guards import API, typed
from console.pages import PART, page
from console.services import Changed, ServiceRefusal
from referrals.exceptions import ReferralError
from storage.exceptions import StorageError
from storage.referral.exceptions import Absent, AlreadyReferred, ReferringError, Stale
from storage.review.exceptions import Conflict, ReviewError, Unknown

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

LOG = logging.getLogger(__name__)
MOST_TOLD: Final = 10  # wrong fields of one answer
WRONG: Final[dict[str, str]] = {
    "missing": "缺少必填项",
    "extra_forbidden": "没有这个字段",
    "too_short": "不能为空",
    "too_long": "太多",
    "string_too_long": "太长",
    "literal_error": "没有这个值",
    "json_invalid": "不是 JSON",
}
"""Kind of mistake, as pydantic calls it -> what to say."""
TITLES: Final[dict[int, tuple[str, str]]] = {
    400: ("请求有误", "浏览器发来的内容无法识别，请返回重试。"),
    401: ("请先登录", "请先登录再使用。"),
    403: ("没有权限", "您不能使用此功能。"),
    404: ("没有找到", "没有这个页面，或这条内容已不存在。"),
    405: ("请求有误", "不能这样访问这个网址。"),
    408: ("提交超时", "接收提交的内容超时，请重试。"),
    409: ("已被他人处理", "您打开之后，他人已作了处理，请刷新后再看。"),
    413: ("内容太大", "提交的内容太长（或文件太大），没有保存，请返回删减后再提交。"),
    414: ("网址太长", "网址太长。"),
    422: ("填写有误", "填写的内容不符合要求，请返回修改。"),
    429: ("操作太频繁", "操作太频繁，请稍后再试。"),
    500: ("系统出错", "系统出错，已记入日志。请稍后重试；仍不行请联系系统管理员。"),
    503: ("暂时不可用", "数据库暂时不可用，请稍后重试。"),
}
WORST: Final = 500
STALE: Final = "x-wangdun-stale"
"""Tells the script that only the form's token is wrong: it fetches the right one and keeps the form."""


def register(app: FastAPI) -> None:
    """Let `app` answer its errors through this module."""
    for kind in (Refusal, HTTPException, RequestValidationError, StorageError, ReferralError, ServiceRefusal):
        app.add_exception_handler(kind, _handle)


def answer(request: Request, refusal: Refusal) -> Response:
    """The answer to a request that is refused."""
    if request.url.path.startswith(API):
        return _for_programs(refusal)
    if PART not in request.headers and request.method == "GET":
        way = _way_on(request, refusal)
        if way is not None:
            return RedirectResponse(way, status_code=303)
    title, usual = said(refusal)
    facts = {"title": title, "message": refusal.message or usual, "code": int(refusal.status), "ways": refusal.ways}
    facts["typed"] = getattr(request.state, "typed", "")
    request.state.person = getattr(request.state, "person", None)
    response = page(request, "error.html", status=refusal.status, **facts)
    if isinstance(refusal, TokenStale):
        response.headers[STALE] = "1"
    return _with_wait(response, refusal)


def _way_on(request: Request, refusal: Refusal) -> str | None:
    if isinstance(refusal, ChangeNeeded):
        return "/password"
    if isinstance(refusal, SignInNeeded):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return "/login" if asked == "/" else f"/login?next={quote(asked, safe='/')}"
    return None


def plain_answer(request: Request, refusal: Refusal) -> Response:
    """The answer where the application itself did not come to one: no template, no database, no session."""
    if request.url.path.startswith(API):
        return _for_programs(refusal)
    title, usual = said(refusal)
    text = f"{int(refusal.status)} {title}\n\n{refusal.message or usual}\n"
    return _with_wait(PlainTextResponse(text, status_code=refusal.status), refusal)


def said(refusal: Refusal) -> tuple[str, str]:
    """Title and usual text."""
    return TITLES.get(int(refusal.status), TITLES[400 if refusal.status < WORST else WORST])


def _for_programs(refusal: Refusal) -> Response:
    title, usual = said(refusal)
    error = {"status": int(refusal.status), "title": title, "message": refusal.message or usual}
    response = JSONResponse({"error": error}, status_code=refusal.status)
    if refusal.status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return _with_wait(response, refusal)


def _with_wait(response: Response, refusal: Refusal) -> Response:
    if refusal.retry_after is not None:
        response.headers["retry-after"] = str(refusal.retry_after)
    return response


async def _handle(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and not hasattr(request.state, "person"):  # no route, so nobody asked who it is
        request.state.person = await run_in_threadpool(sessions.by_cookie, request)
    refusal = _as_refusal(request, error)
    if isinstance(refusal, SignInNeeded | TokenStale) and not request.url.path.startswith(API):
        request.state.typed = await typed(request)
    return await run_in_threadpool(answer, request, refusal)


def _as_refusal(request: Request, error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HTTPException) and isinstance(error.__cause__, Refusal):
        return error.__cause__  # raised while a form was read: too large or too slow, which the framework calls a 400
    if isinstance(error, HTTPException):  # the framework's own words are English, and sometimes tell too much
        return Refusal(error.status_code)
    if isinstance(error, RequestValidationError):
        return Refusal(422, _fields(error) if request.url.path.startswith(API) else "")
    if isinstance(error, ReferralError | ServiceRefusal):  # a sentence for people
        return Refusal(409 if isinstance(error, Changed) else 422, str(error))
    return _of_storage(request, error)


def _fields(error: RequestValidationError) -> str:
    """For a program: which fields are wrong; of a choice, what may be said. The framework's own words are English."""
    told = []
    for one in error.errors()[:MOST_TOLD]:
        name = ".".join(str(part) for part in one["loc"] if part not in {"body", "query", "path"})[:100]
        may = str(one.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
        told.append(f"{name or '请求'}：{WRONG.get(one['type'], '填写不正确')}" + (f"，可用：{may}" if may else ""))
    return "；".join(told)


def _of_storage(request: Request, error: Exception) -> Refusal:
    if isinstance(error, Unknown | Absent):
        return Refusal(404, str(error))
    if isinstance(error, Conflict | Stale | AlreadyReferred):
        return Refusal(409, str(error))
    if isinstance(error, ReviewError | ReferringError):  # a sentence for people
        return Refusal(422, str(error))
    LOG.error("storage: %s %s: %s", request.method, request.url.path[:200], error)
    return Refusal(503)
