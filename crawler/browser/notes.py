"""Notes: what happens on the network while a page is loaded, bounded whatever the page does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.browser.policy import MOST_URL

if TYPE_CHECKING:
    from crawler.browser.policy import Policy

MOST = 600  # entries of each kind: as many as requests are let through by default
Event = dict[str, Any]


class Notes:
    """Writes down each request, answered, blocked or failed. Fed with events of Chromium's DevTools protocol."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.requests: list[dict[str, Any]] = []
        self.blocked: list[dict[str, str]] = []
        self.failures: list[dict[str, str]] = []
        self._current: dict[str, dict[str, Any]] = {}
        """Request → its last hop."""

    def judge(self, event: Event, main_frame: str) -> str:
        """Whether a request may go out (Fetch.requestPaused): the reason why not, empty when it may."""
        url, kind = event["request"]["url"], event["resourceType"].lower()
        is_page = kind == "document" and event.get("frameId") == main_frame
        reason = self.policy.judge(url, kind, is_page=is_page)
        if reason:
            self.block(url, "page" if is_page else kind, reason)
        elif url.startswith(("http:", "https:")):
            self._let(event, url, "page" if is_page else kind)
        return reason

    def block(self, url: str, kind: str, reason: str) -> None:
        """A request that was not let through."""
        if len(self.blocked) < MOST:
            self.blocked.append({"url": url[:MOST_URL], "type": kind, "reason": reason})

    def _let(self, event: Event, url: str, kind: str) -> None:
        entry: dict[str, Any] = {"url": url[:MOST_URL], "type": kind, "method": event["request"]["method"][:20]}
        if not self.policy.is_own(url):
            entry["third_party"] = True
        if len(self.requests) < MOST:
            self.requests.append(entry)
            self._current[event.get("networkId", "")] = entry

    def redirected(self, event: Event) -> None:
        """Network.requestWillBeSent: of a hop that was redirected it holds the answer."""
        self._answered(event["requestId"], event.get("redirectResponse"))

    def answered(self, event: Event) -> None:
        """Network.responseReceived."""
        self._answered(event["requestId"], event.get("response"))

    def _answered(self, request: str, response: Event | None) -> None:
        entry = self._current.get(request)
        if entry is not None and response is not None:
            entry["status"] = response.get("status", 0)
            entry["media_type"] = str(response.get("mimeType", ""))[:100]

    def failed(self, event: Event) -> None:
        """Network.loadingFailed."""
        entry = self._current.get(event["requestId"])
        if entry is not None and len(self.failures) < MOST:
            reason = str(event.get("errorText", ""))[:200]
            entry["failure"] = reason
            self.failures.append({"url": entry["url"], "reason": reason})
