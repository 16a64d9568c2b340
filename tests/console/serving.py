"""A console on 127.0.0.1, in a thread, with a database and a clock of its own."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from console import passwords
from console.app import create_app
from console.config import ConsoleConfig
from console.server import Server, address_of, listen
from storage.review import accounts
from storage.review.audit import Actor

if TYPE_CHECKING:
    from storage.database import Database

PASSWORD = "demo-口令-for-tests"
HASH = passwords.make_hash(PASSWORD)  # once: hashing is slow on purpose
PATIENCE = 240  # seconds for an answer; only a hung console takes them
SETUP = Actor(None, "setup")
START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # 9:00 in Shanghai


@dataclass
class Clock:
    """Goes on when told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Served:
    """A running console."""

    db: Database
    clock: Clock
    url: str
    opened: list[httpx.Client] = field(default_factory=list)

    def browser(self, **settings) -> httpx.Client:
        """A client that keeps cookies and follows nothing."""
        client = httpx.Client(base_url=self.url, timeout=PATIENCE, **settings)
        self.opened.append(client)
        return client

    def person(self, name: str, *roles: str, must_change: bool = False) -> int:
        draft = accounts.Draft(name, HASH, roles, f"{name}先生", "示例县林业局", "D-0001", must_change=must_change)
        return accounts.create(self.db, draft, SETUP, self.clock()).id

    def signed_in(self, name: str, *roles: str, **settings) -> Browser:
        """A browser of a new person with these roles."""
        self.person(name, *roles)
        return self.log_in(name, **settings)

    def log_in(self, name: str, password: str = PASSWORD, **settings) -> Browser:
        client = self.browser(**settings)
        form = {"name": name, "password": password, "csrf": csrf_of(client.get("/login").text)}
        answer = client.post("/login", data=form)
        assert answer.status_code == 303, answer.text
        return Browser(client)


@dataclass
class Browser:
    """Somebody who is signed in."""

    client: httpx.Client

    def get(self, path: str, **settings) -> httpx.Response:
        return self.client.get(path, **settings)

    @property
    def csrf(self) -> str:
        page = self.client.get("/account", follow_redirects=True)
        return csrf_of(page.text)

    def post(self, path: str, **form) -> httpx.Response:
        return self.client.post(path, data={"csrf": self.csrf, **form})


def csrf_of(html: str) -> str:
    found = re.search(r'<meta name="csrf" content="([^"]*)">', html)
    assert found, html[:500]
    return found[1]


@contextmanager
def serving(db: Database, clock: Clock | None = None, facts: dict | None = None, **settings):
    """A console while it is needed."""
    clock = clock or Clock()
    config = ConsoleConfig(port=0, **settings)
    with (
        listen(config) as listening,
        Server(create_app(config, db, clock=clock, **(facts or {})), config, listening).serving(),
    ):
        served = Served(db, clock, address_of(config, listening).rstrip("/"))
        try:
            yield served
        finally:
            for client in served.opened:
                client.close()
