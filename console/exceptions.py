"""What can go wrong in the console, in words for the person at the screen."""

from __future__ import annotations

from http import HTTPStatus


class ConsoleError(Exception):
    """Base of this package's errors; `str()` is Chinese, for people."""


class UnguardedRoute(ConsoleError):  # noqa: N818 -- it is a state of the program
    """Raised while the program starts when a route has no entry in `console.access.RULES`: a fault of the code."""


class Refusal(ConsoleError):  # noqa: N818 -- it is an answer
    """Raised by anything that serves a request and cannot: answered as an error page, or as JSON by the API."""

    def __init__(
        self, status: int, message: str = "", *, retry_after: int | None = None, ways: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """`message` is shown, empty for the status's own text; `retry_after` is in seconds.

        `ways`: links that a page offers, text and address of ours.
        """
        self.status = HTTPStatus(status)
        self.message = message
        self.retry_after = retry_after
        self.ways = ways
        super().__init__(message)


class SignInNeeded(Refusal):
    """Raised by `console.guards` when nobody is signed in: a page is answered with the way to the log-in."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(401, "请先登录；登录可能已过期，刚才的内容没有提交。")


class TokenStale(Refusal):
    """Raised by `console.guards` when a form is of a page of another session than the browser's."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(403, "页面已过期（在别的窗口重新登录过），刚才的内容没有提交。请刷新后再提交一次。")


class ChangeNeeded(Refusal):
    """Raised by `console.guards` when the password must be changed before anything else."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(403, "请先修改初始密码。")


class TooLarge(Refusal):
    """Raised by `console.security` when a request's body is longer than its route allows."""

    def __init__(self) -> None:
        """Say what happened."""
        super().__init__(413, "提交的内容太长（或文件太大），没有保存，请返回删减后再提交。")
