"""The frontier of one site in Redis, as one of its processes sees it."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crawler.exceptions import FrontierAway, FrontierLost, FrontierRefused
from crawler.frontier import scripts, tasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.frontier.tasks import Task

LEASE = 20_000  # ms: the longest a page's own work may hold up the process that renews its leases every second
OPENING = 60_000  # ms: the first process loads its dictionary and looks into the database meanwhile
STALE = 3_600_000  # ms: lists that were left an hour ago have moved on, they are read from the start
ENDING = 60_000  # ms to judge a run and write its end
KEPT = 600_000  # ms for which the others may still ask how a run ended
TIMEOUT = 5.0  # s for one answer of Redis: a script takes less than a millisecond


@dataclass(frozen=True, slots=True)
class Lease:
    """A task that this process holds."""

    task: Task
    token: str
    tries: int = 0
    """How many leases of it ran out before: processes that died over it, as far as one can tell."""


@dataclass(frozen=True, slots=True)
class Place:
    """What `Frontier.claim` found."""

    what: str
    """``open``: lay it out; ``join``: work along; ``wait``: somebody lays it out; ``other``: other settings at
    work; ``ended``: others did it all while this process was starting."""
    run_id: int = 0
    full: bool = False
    age: float = 0.0
    """Seconds since the run began."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a sign of life is answered with."""

    kept: int
    queued: int
    leased: int
    ended: bool
    stop: str
    """Why all should stop; empty while they should not."""
    lost: frozenset[str]
    """Tokens of leases that ran out meanwhile: others have, or had, those pages."""


@dataclass(slots=True)
class Found:
    """What one page brought besides items: it counts whole, together with the end of its lease, or not at all."""

    walk: int = 0
    standing: str = ""
    """JSON of the list's walk after this page; empty for an item page."""
    board: str = ""
    extra: int = 0
    cut_short: bool = False
    keys: Sequence[str] = ()
    urls: Sequence[str] = ()
    fresh: Sequence[str] = ()
    problems: dict[str, str] = field(default_factory=dict)
    reached: Sequence[str] = ()
    children: list[Task] = field(default_factory=list)


class Frontier:
    """Asks Redis. Every method raises FrontierAway (no answer) or FrontierLost (what is there is another frontier)."""

    def __init__(self, url: str, prefix: str) -> None:
        """`prefix` names one site of one installation. Raises FrontierRefused for an address that is none."""
        self.server = connect(url)
        self.prefix = prefix
        self.worker = secrets.token_hex(8)
        self.epoch = ""
        self._scripts: dict[str, Any] = {}

    def ping(self) -> None:
        """See whether Redis is there and lets us in. Raises FrontierAway, FrontierRefused."""
        with speaking():
            self.server.ping()

    def claim(self, settings: str, *, stale: int = STALE, waiting: float = 0.0) -> Place:
        """Find the run to work on, or be the one who begins it; `waiting`: seconds since somebody asked for that."""
        epoch = secrets.token_hex(8)
        answer = self._ask(scripts.CLAIM, epoch, settings, stale, OPENING, round(waiting * 1000))
        what = _text(answer[0])
        if what == "open":
            self.epoch = epoch
        if what != "join":
            return Place(what)
        self.epoch = _text(answer[1])
        return Place(what, int(answer[2]), answer[3] == b"1", int(answer[4]) / 1000)

    def begin(self, run_id: int, first: Sequence[Task], *, lists: int, full: bool) -> bool:
        """Lay the frontier out; False when that is done already."""
        seeds = [part for task in first for part in (task.id, task.priority, task.dump())]
        return bool(self._ask(scripts.BEGIN, self.epoch, run_id, int(full), lists, *seeds))

    def push(self, task: Task) -> bool:
        """Queue a task; False when its like was queued before in this run."""
        return bool(self._ask(scripts.PUSH, self.epoch, task.id, task.priority, task.dump()))

    def pop(self) -> Lease | None:
        """Take the next task on a lease; whatever ran out is queued again first."""
        token = f"{self.worker}-{secrets.token_hex(6)}"
        found = self._ask(scripts.POP, self.epoch, token, LEASE)
        return Lease(tasks.load(found[1]), token, int(found[2])) if found else None

    def give_back(self, leases: Sequence[Lease]) -> int:
        """Queue tasks again that were not done; how many were still ours."""
        return int(self._ask(scripts.GIVE_BACK, self.epoch, *_pairs(leases)))

    def holds(self, lease: Lease) -> bool:
        """Whether the lease is still ours: nobody else can have read and settled the page."""
        with speaking():
            found: bytes | None = self.server.hget(f"{self.prefix}:holders", _bytes(lease.task.id))
        return found is not None and found.decode() == lease.token

    def settle(self, lease: Lease, found: Found, *, items: int) -> bool:
        """End a lease and queue what its page led to, at most `items` item pages a run; False: it was not ours."""
        groups: list[Sequence[Any]] = [found.keys, found.urls, found.fresh]
        groups += [[part for pair in found.problems.items() for part in pair], found.reached]
        groups.append([part for one in found.children for part in (one.id, one.priority, one.dump())])
        widths = (1, 1, 1, 2, 1, 3)
        counted = [part for group, width in zip(groups, widths, strict=True) for part in (len(group) // width, *group)]
        head = (lease.task.id, lease.token, items, found.extra, found.walk, found.standing, found.board)
        return bool(self._ask(scripts.SETTLE, self.epoch, *head, int(found.cut_short), *counted))

    def tick(self, share: str, done: Sequence[Lease], held: Sequence[Lease]) -> Pulse:
        """Give up the leases of what is stored, renew the others, and leave a sign of life."""
        told = self._ask(scripts.TICK, self.epoch, self.worker, share, LEASE, len(done), *_pairs(done), *_pairs(held))
        ended, lost = _text(told[3]) != "open", frozenset(map(_text, told[5]))
        return Pulse(int(told[0]), int(told[1]), int(told[2]), ended, _text(told[4]), lost)

    def advance(self) -> str:
        """``wait`` while anybody has work, ``checks`` when the last phase begins now, ``done``."""
        return _text(self._ask(scripts.ADVANCE, self.epoch, tasks.CHECKS.id, 0, tasks.CHECKS.dump()))

    def leave(self, stop: str = "") -> int:
        """Work no more, and say why nobody should if that is so; how many others go on."""
        return int(self._ask(scripts.LEAVE, self.epoch, self.worker, stop))

    def claim_end(self, *, unfinished: bool = False) -> str:
        """Who writes the end of the run: ``yours``, ``wait`` (another does), ``ended``, ``left`` (pages are left)."""
        return _text(self._ask(scripts.CLAIM_END, self.epoch, self.worker, ENDING, int(unfinished)))

    def end(self, result: str) -> None:
        """The run is over and written down; `result` is kept a while for the others."""
        self._ask(scripts.END, self.epoch, result, KEPT)

    def drop(self) -> None:
        """Forget a frontier whose run is over."""
        self._ask(scripts.DROP, self.epoch)

    def result(self) -> str | None:
        """What `end` was told."""
        with speaking():
            found: bytes | None = self.server.get(f"{self.prefix}:result")
        return found.decode() if found is not None else None

    def shares(self) -> list[dict[str, Any]]:
        """What every process of the run has counted, dead ones included."""
        with speaking():
            found: list[bytes] = self.server.hvals(f"{self.prefix}:shares")
        return [json.loads(one) for one in found]

    def size(self) -> int:
        """Tasks queued or leased, by whomever."""
        with speaking():
            pipe = self.server.pipeline(transaction=True)
            pipe.zcard(f"{self.prefix}:queue")
            pipe.zcard(f"{self.prefix}:leased")
            return sum(pipe.execute())

    def standing(self) -> dict[str, Any]:
        """How far the run is: ``run`` (hash), ``walks``, ``problems`` (hashes), ``reached`` (set); texts."""
        with speaking():
            pipe = self.server.pipeline(transaction=True)
            for name in ("run", "walks", "problems"):
                pipe.hgetall(f"{self.prefix}:{name}")
            pipe.smembers(f"{self.prefix}:reached")
            run, walks, problems, reached = pipe.execute()
        hashes = {"run": run, "walks": walks, "problems": problems}
        told = {name: {_text(key): _text(value) for key, value in one.items()} for name, one in hashes.items()}
        return told | {"reached": set(map(_text, reached))}

    def met(self, walk: int, keys: Sequence[str], url: str, board: str) -> Met:
        """What this run has met before of a list page."""
        with speaking():
            pipe = self.server.pipeline(transaction=True)
            pipe.smismember(f"{self.prefix}:keys:{walk}", [_bytes(key) for key in keys])
            pipe.smismember(f"{self.prefix}:seen", [_bytes(key) for key in keys])
            pipe.sismember(f"{self.prefix}:urls:{walk}", _bytes(url))
            pipe.sismember(f"{self.prefix}:boards", _bytes(board))
            pipe.hgetall(f"{self.prefix}:walks")
            own, seen, visited, known, walks = pipe.execute()
        others = sum(json.loads(one)["pages"] for index, one in walks.items() if int(index) != walk)
        return Met(
            frozenset(key for key, there in zip(keys, own, strict=True) if there),
            frozenset(key for key, there in zip(keys, seen, strict=True) if there),
            bool(visited),
            bool(known),
            others,
        )

    def asked(self) -> set[str]:
        """Keys of all listings whose page was queued in this run."""
        with speaking():
            found = self.server.smembers(f"{self.prefix}:asked")
        return {_text(one)[2:] for one in found if one.startswith(b"i:")}

    def note_problem(self, kind: str, reason: str) -> None:
        """A list could not be read to its end."""
        with speaking():
            self.server.hset(f"{self.prefix}:problems", _bytes(kind), _bytes(reason))
            self.server.hset(f"{self.prefix}:run", "cut", 1)

    def _ask(self, script: str, *values: Any) -> Any:
        known = self._scripts.get(script) or self._scripts.setdefault(script, self.server.register_script(script))
        with speaking():
            return known(keys=[self.prefix], args=[_bytes(one) if isinstance(one, str) else one for one in values])


@dataclass(frozen=True, slots=True)
class Met:
    """What a run has met before of one list page."""

    on_list: frozenset[str]
    """Keys that this list has shown."""
    anywhere: frozenset[str]
    """Keys that any list has shown."""
    followed: bool
    """Its next page has been followed."""
    repeated: bool
    """A page with the same titles in the same order was read."""
    pages_of_others: int


def connect(url: str) -> Any:
    """A client for the address. Raises FrontierRefused: it is none."""
    import redis  # takes 0.2 s: only for sites that are shared
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        return redis.Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 1)
        )
    except ValueError as error:
        raise FrontierRefused("Redis 的地址无法识别，应写作 redis://主机:6379/0 或 rediss://…") from error


@contextmanager
def speaking() -> Iterator[None]:
    """Redis's errors as ours."""
    from redis import exceptions

    try:
        yield
    except exceptions.AuthenticationError as error:
        raise FrontierRefused("Redis 拒绝访问：没有写密码，或用户名、密码不对") from error
    except (exceptions.AuthorizationError, exceptions.NoPermissionError) as error:
        raise FrontierRefused(f"Redis 拒绝访问，用户没有所需的权限：{error}") from error
    except (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.ReadOnlyError) as error:
        raise FrontierAway(f"连不上 Redis：{error}") from error
    except exceptions.ResponseError as error:
        if "LOST" in str(error):
            raise FrontierLost("Redis 中的采集队列已不是原来的") from error
        raise FrontierAway(f"Redis 出错：{error}") from error


def _pairs(leases: Sequence[Lease]) -> list[str]:
    return [part for one in leases for part in (one.task.id, one.token)]


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # a page may say anything, lone surrogates included


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode(errors="surrogatepass")


__all__ = ["Found", "Frontier", "Lease", "Met", "Place", "Pulse", "connect", "speaking"]
