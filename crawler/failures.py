"""Failures: what went wrong with one request, as a kind and a sentence for the monitoring staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

if TYPE_CHECKING:
    from scrapy import Request
    from twisted.python.failure import Failure

    from crawler.items import ProblemKind

_BY_TYPE: tuple[tuple[type[BaseException], ProblemKind, str], ...] = (
    (DownloadTimeoutError, "timeout", "超时未答复"),
    (CannotResolveHostError, "dns", "域名无法解析"),
    (DownloadConnectionRefusedError, "connection", "拒绝连接"),
    (DownloadCancelledError, "too_large", "网页超过大小上限，已中止下载"),
    (ResponseDataLossError, "truncated", "网页传输不完整"),
)
_IGNORED: tuple[tuple[str, ProblemKind, str], ...] = (
    ("robots.txt answered", "robots", "服务器出错"),
    ("unreadable robots", "robots", "robots.txt 读不到，按不允许访问处理"),
    ("robots", "robots", "robots.txt 不允许访问"),
    ("max redirections", "redirect_loop", "重定向次数过多（循环）"),
    ("decompress", "too_large", "压缩网页展开后超过大小上限，已中止"),
    ("max size", "too_large", "网页超过大小上限，已中止下载"),
    ("offsite", "redirect_loop", "跳转到站外，未跟随"),
    ("private address", "redirect_loop", "指向内部网络的地址，未访问"),
    ("unresolved", "dns", "域名无法解析"),
)
_CONNECTION: tuple[tuple[str, str], ...] = (
    ("certificate", "HTTPS 证书有问题"),
    ("ssl", "HTTPS 握手失败"),
    ("tls", "HTTPS 握手失败"),
    ("connectionlost", "对方中断了连接"),
    ("reset", "对方中断了连接"),
    ("connectionaborted", "对方中断了连接"),
    ("unreachable", "网络不通"),
    ("noroute", "网络不通"),
    ("timed out", "连接超时"),
)
_STATUS: dict[int, str] = {
    401: "需要登录（401）",
    403: "拒绝访问（403）",
    404: "页面不存在（404）",
    410: "页面已删除（410）",
    429: "访问过于频繁（429）",
    500: "服务器内部错误（500）",
    502: "网关错误（502）",
    503: "服务暂不可用（503）",
    504: "网关超时（504）",
}


class Undrawn(DownloadFailedError):  # noqa: N818 -- what became of the page
    """A page that a browser could not draw; it is worth another try."""

    def __init__(self, kind: ProblemKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        """Chinese."""


class Undrawable(IgnoreRequest):
    """A page that no browser will draw for us, however often it is asked."""

    def __init__(self, kind: ProblemKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        """Chinese."""


def request_of(failure: Failure) -> Request:
    """The request that failed; Scrapy puts it there."""
    return cast("Request", getattr(failure, "request"))  # noqa: B009 -- Twisted's own type does not know it


def explain(error: BaseException | None) -> tuple[ProblemKind, str]:
    """Kind and Chinese reason for a failed download."""
    if isinstance(error, Undrawn | Undrawable):
        return error.kind, error.reason
    for kind_of_error, kind, reason in _BY_TYPE:
        if isinstance(error, kind_of_error):
            return kind, reason
    said = str(error).lower()
    if isinstance(error, IgnoreRequest):
        if "unreadable robots" in said and error.__cause__ is not None:
            return _without_robots(error.__cause__)
        for word, kind, reason in _IGNORED:
            if word in said:
                return kind, reason
    cause = next((words for word, words in _CONNECTION if word in said), type(error).__name__)
    return "connection", f"连接失败（{cause}）"


def _without_robots(cause: BaseException) -> tuple[ProblemKind, str]:
    """A robots.txt that could not be fetched: a site that is down is said to be down."""
    kind, reason = explain(cause)
    if kind in {"timeout", "dns", "connection"}:
        return kind, f"网站没有答复 robots.txt：{reason}"
    return "robots", f"robots.txt 读不到（{reason}），按不允许访问处理"


def explain_status(status: int) -> tuple[ProblemKind, str]:
    """Kind and Chinese reason for an answer that is no page."""
    if status == 401:
        return "login_wall", _STATUS[401]
    return "http_error", _STATUS.get(status, f"HTTP 状态码 {status}")
