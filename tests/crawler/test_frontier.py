"""The lease queue against a model of it, in a real Redis; the gate; tasks and addresses."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crawler.config import CrawlerConfig, Site
from crawler.exceptions import FrontierAway, FrontierLost, FrontierRefused
from crawler.frontier import tasks
from crawler.frontier.address import checked_address, told_of
from crawler.frontier.desk import Desk
from crawler.frontier.gate import Gate
from crawler.frontier.shared import Found, Frontier, connect
from crawler.frontier.tasks import Task
from tests import services

MANY = 1000  # item pages a run, more than any test asks for
SERVER: list[services.Redis] = []


@pytest.fixture(scope="module", autouse=True)
def server():
    with services.redis() as running:
        SERVER.append(running)
        yield running
        SERVER.clear()


def item(key: str) -> Task:
    return Task("item", f"http://127.0.0.1/{key}", key)


def opened(*first: Task, name: str = "one", lists: int = 1) -> Frontier:
    frontier = Frontier(SERVER[0].url, f"test:{name}")
    frontier.server.flushdb()
    assert frontier.claim("same").what == "open"
    assert frontier.begin(1, first, lists=lists, full=False)
    return frontier


def joined(name: str = "one") -> Frontier:
    frontier = Frontier(SERVER[0].url, f"test:{name}")
    assert frontier.claim("same").what == "join"
    return frontier


def expire(frontier: Frontier, *ids: str) -> None:
    """As if the process that holds them had been dead for long."""
    frontier.server.zadd(f"{frontier.prefix}:leased", dict.fromkeys(ids, 0))


class Leases(RuleBasedStateMachine):
    """Two processes on one frontier do what processes do; a model says what must be there."""

    def __init__(self):
        super().__init__()
        self.queued: list[str] = []
        self.held: list[tuple[int, object]] = []
        self.stale: list[tuple[int, object]] = []
        self.done: set[str] = set()
        self.pushed: set[str] = set()

    @initialize()
    def begin(self):
        first = opened(name="model")
        self.both = (first, joined("model"))

    @rule(key=st.text(max_size=3), who=st.integers(0, 1))
    def push(self, key, who):
        assert self.both[who].push(item(key)) is (key not in self.pushed)
        if key not in self.pushed:
            self.queued.append(key)
        self.pushed.add(key)

    @rule(who=st.integers(0, 1))
    def pop(self, who):
        lease = self.both[who].pop()
        if lease is None:
            assert not self.queued
            return
        assert lease.task == item(self.queued.pop(0)), "first in, first out; what came back keeps its place"
        self.held.append((who, lease))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def finish(self, data):
        who, lease = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        child = f"{lease.task.key}+" if len(lease.task.key) < 5 else lease.task.key
        assert self.both[who].settle(lease, Found(children=[item(child), item(child)]), items=MANY)
        self.done.add(lease.task.key)
        if child not in self.pushed:
            self.queued.append(child)
        self.pushed.add(child)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def acknowledge(self, data):
        who, lease = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        assert self.both[who].tick("{}", [lease], []).kept == 1
        self.done.add(lease.task.key)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def die(self, data):
        """The lease runs out; whoever takes something next puts the page back first."""
        who, lease = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        expire(self.both[who], lease.task.id)
        self.stale.append((who, lease))
        self._back(lease)
        probe = self.both[1 - who].pop()
        assert probe.task.key == self.queued.pop(0)
        self.held.append((1 - who, probe))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def give_back(self, data):
        who, lease = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        assert self.both[who].give_back([lease]) == 1
        self.stale.append((who, lease))
        self._back(lease)

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def come_back_late(self, data):
        """Who lost a lease can neither end it nor queue anything under it, even while another holds the page."""
        who, lease = self.stale[data.draw(st.integers(0, len(self.stale) - 1))]
        assert not self.both[who].settle(lease, Found(children=[item("never")]), items=MANY)
        assert self.both[who].give_back([lease]) == 0
        pulse = self.both[who].tick("{}", [lease], [lease])
        assert (pulse.kept, pulse.lost) == (0, {lease.token})

    def _back(self, lease):
        order = self.both[0].server.hgetall(f"{self.both[0].prefix}:scores")
        places = {key: float(order[item(key).id.encode()]) for key in (*self.queued, lease.task.key)}
        self.queued = sorted(places, key=places.__getitem__)

    @invariant()
    def nothing_is_lost(self):
        if not hasattr(self, "both"):
            return
        assert self.both[0].size() == len(self.queued) + len(self.held)
        assert self.pushed == {*self.queued, *self.done, *(lease.task.key for _, lease in self.held)}
        assert self.both[0].asked() == self.pushed


TestLeases = Leases.TestCase
TestLeases.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


@given(
    st.builds(
        Task,
        st.sampled_from(["list", "item", "checks"]),
        url=st.text(),
        key=st.text(st.characters(exclude_categories=())),
        signature=st.none() | st.text(st.characters(exclude_categories=())),
        fresh=st.booleans(),
        walk=st.integers(0, 9),
        pages=st.integers(0, 10**6),
        barren=st.integers(0, 3),
    )
)
def test_a_task_comes_back_as_it_was(task):
    assert tasks.load(task.dump()) == task


@pytest.mark.parametrize("text", [b"", b"{}", b"[1,2]", b'["item",1,"k",null,false,0,0,0]', b"\x80\x04K\x01.", b"nul"])
def test_what_is_no_task_is_refused(text):
    with pytest.raises(ValueError, match=r"task|JSON|Expecting|decode|utf"):
        tasks.load(text)


def test_a_key_of_any_characters_lies_in_redis():
    frontier = opened(item("\ud800信\x00"))
    assert frontier.pop().task.key == "\ud800信\x00"
    assert frontier.asked() == {"\ud800信\x00"}


def test_lists_come_before_items():
    frontier = opened(item("a"), Task("list", "http://127.0.0.1/", walk=0))
    assert [frontier.pop().task.kind for _ in range(2)] == ["list", "item"]


def test_one_begins_and_the_others_join():
    first, second = Frontier(SERVER[0].url, "test:two"), Frontier(SERVER[0].url, "test:two")
    first.server.flushdb()
    assert (first.claim("same").what, second.claim("same").what) == ("open", "wait")
    first.begin(7, [item("a")], lists=1, full=True)
    place = second.claim("same")
    assert (place.what, place.run_id, place.full) == ("join", 7, True)
    first.tick("{}", [], [])
    assert second.claim("other settings").what == "other"


def test_other_settings_begin_anew_when_nobody_is_at_work():
    first = opened(item("a"))
    first.pop()
    second = Frontier(SERVER[0].url, "test:one")
    assert second.claim("other settings").what == "open"
    with pytest.raises(FrontierLost):
        first.pop()
    second.begin(2, [item("b")], lists=1, full=False)
    assert second.asked() == {"b"}


def test_a_run_left_long_ago_begins_anew():
    opened(item("a"))
    time.sleep(0.05)
    assert Frontier(SERVER[0].url, "test:one").claim("same", stale=20).what == "open"


def test_what_a_page_led_to_counts_whole_or_not_at_all():
    frontier = opened(Task("list", "http://127.0.0.1/", walk=0))
    lease = frontier.pop()
    found = Found(standing='{"pages": 1, "ending": "open"}', board="m", keys=["a", "b"], fresh=["a", "b"], urls=["u"])
    found.children = [item("a"), item("b"), Task("list", "u", walk=0, pages=1)]
    assert frontier.met(0, ["a", "c"], "u", "m").on_list == frozenset()
    assert frontier.holds(lease)
    assert frontier.settle(lease, found, items=MANY)
    assert not frontier.holds(lease)
    assert not frontier.settle(lease, found, items=MANY), "once"
    met = frontier.met(0, ["a", "c"], "u", "m")
    assert (met.on_list, met.anywhere, met.followed, met.repeated) == ({"a"}, {"a"}, True, True)
    assert frontier.met(1, ["a"], "u", "m").on_list == frozenset(), "another list"
    assert frontier.met(1, ["a"], "u", "m").pages_of_others == 1
    assert (frontier.size(), frontier.standing()["run"]["listed"]) == (3, "2")


def test_no_more_items_than_allowed_are_queued():
    frontier = opened(Task("list", "http://127.0.0.1/", walk=0))
    frontier.settle(frontier.pop(), Found(children=[item("a"), item("b"), item("c")]), items=2)
    standing = frontier.standing()
    assert (frontier.asked(), standing["reached"], standing["run"]["cut"]) == ({"a", "b"}, {"items"}, "1")


def test_the_end_comes_when_nobody_has_work_and_is_written_by_one():
    one = opened(item("a"))
    two = joined()
    lease = one.pop()
    assert two.advance() == "wait", "a leased page is not done"
    one.tick("{}", [lease], [])
    assert [two.advance(), one.advance()] == ["checks", "wait"], "the last phase begins once"
    checks = one.pop()
    assert checks.task.kind == "checks"
    one.settle(checks, Found(), items=MANY)
    assert [one.advance(), two.advance()] == ["done", "done"]
    assert (one.claim_end(), two.claim_end()) == ("yours", "wait")
    one.end('{"a": 1}')
    assert (two.claim_end(), two.result(), two.advance()) == ("ended", '{"a": 1}', "done")
    late = Frontier(SERVER[0].url, "test:one")
    assert late.claim("same", waiting=60).what == "ended", "who was asked before the end has nothing to do"
    time.sleep(0.01)
    assert late.claim("same", waiting=0).what == "open", "who is asked after it begins anew"


def test_the_last_who_leaves_may_end_what_is_unfinished():
    one = opened(item("a"))
    two = joined()
    one.tick("{}", [], [])
    two.tick("{}", [], [])
    assert (one.leave(), two.leave("site_down")) == (1, 0)
    assert two.claim_end() == "left"
    assert two.claim_end(unfinished=True) == "yours"


def test_all_are_told_to_stop():
    one, two = opened(item("a")), joined()
    one.leave("told_to_wait")
    assert two.tick("{}", [], []).stop == "told_to_wait"


def test_shares_of_the_dead_count():
    one, two = opened(item("a")), joined()
    one.tick('{"counts": {"new": 3}}', [], [])
    two.tick('{"counts": {"new": 4}}', [], [])
    one.tick('{"counts": {"new": 5}}', [], [])
    assert sorted(share["counts"]["new"] for share in one.shares()) == [4, 5]


def test_a_redis_that_is_not_there_is_said_to_be_away():
    frontier = Frontier("redis://127.0.0.1:9/0", "test:away")
    with pytest.raises(FrontierAway, match="连不上 Redis"):
        frontier.pop()


def test_a_wrong_password_is_told():
    client = connect(SERVER[0].url)
    client.config_set("requirepass", "demo")
    try:
        with pytest.raises(FrontierRefused, match="密码"):
            Frontier(SERVER[0].url, "test:one").ping()
        Frontier(SERVER[0].url.replace("//", "//:demo@"), "test:one").ping()
    finally:
        client.config_set("requirepass", "")


class FailingLedger:
    """A ledger whose database fails."""

    failure = None

    def flush(self):
        self.failure = "磁盘已满"


def test_what_could_not_be_stored_stays_leased():
    frontier = opened(item("a"))
    desk = Desk(frontier, FailingLedger(), items=MANY, share=dict, request=lambda lease: SimpleNamespace(lease=lease))
    desk.next_request()
    (held,) = desk.held.values()
    held.read = True
    desk.tick()
    assert frontier.size() == 1
    desk.close()
    assert joined().pop().task.key == "a", "and is given back"


# the gate


def test_the_delay_holds_over_all_who_ask():
    gates = [Gate(connect(SERVER[0].url), "delay.example.org") for _ in range(3)]

    async def ask(gate, moments):
        for _ in range(3):
            token = await gate.enter(delay=0.05, concurrency=9, limit=1)
            moments.append(time.monotonic())
            gate.leave(token)

    async def all_of_them(moments):
        await asyncio.gather(*(ask(gate, moments) for gate in gates))

    moments = []
    asyncio.run(all_of_them(moments))
    assert len(moments) == 9
    assert moments[-1] - moments[0] >= 8 * 0.05 - 0.02, "nine requests take eight delays, whoever sends them"


def test_no_more_requests_at_once_than_allowed():
    gates = [Gate(connect(SERVER[0].url), "busy.example.org") for _ in range(3)]
    now, most = [0], [0]

    async def ask(gate):
        token = await gate.enter(delay=0, concurrency=2, limit=5)
        now[0] += 1
        most[0] = max(most[0], now[0])
        await asyncio.sleep(0.01)
        now[0] -= 1
        gate.leave(token)

    async def all_of_them():
        await asyncio.gather(*(ask(gate) for gate in gates * 5))

    asyncio.run(all_of_them())
    assert most == [2]


def test_a_dead_process_keeps_no_place():
    client = connect(SERVER[0].url)
    gate = Gate(client, "dead.example.org")
    asyncio.run(gate.enter(delay=0, concurrency=1, limit=1))
    client.zadd(f"{gate.prefix}:busy", dict.fromkeys(client.zrange(f"{gate.prefix}:busy", 0, -1), 0))
    asyncio.run(asyncio.wait_for(gate.enter(delay=0, concurrency=1, limit=1), 30))


def test_a_pause_holds_for_all():
    one, two = (Gate(connect(SERVER[0].url), "pause.example.org") for _ in range(2))
    one.pause(0.2)
    before = time.monotonic()
    asyncio.run(two.enter(delay=0, concurrency=1, limit=1))
    assert time.monotonic() - before >= 0.18


# configuration


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1/", "redis://主机"),
        ("redis://", "redis://主机"),
        ("redis://user:demo@127.0.0.1/0", "WANGDUN_REDIS_URL"),
        ("redis://[::1", "无法识别"),
    ],
)
def test_a_wrong_address_is_told(url, said):
    with pytest.raises(ValueError, match=said) as caught:
        checked_address(url)
    assert "demo" not in str(caught.value)


def test_an_address_is_shown_without_password():
    assert told_of("rediss://u:p@10.0.0.5:6380/2") == "rediss://10.0.0.5:6380/2"


def test_a_shared_site_needs_redis(monkeypatch):
    monkeypatch.delenv("WANGDUN_REDIS_URL", raising=False)
    site = Site(name="大站", start="http://127.0.0.1:9/", shared=True)
    with pytest.raises(ValueError, match=r"大站.*crawler\.redis.*WANGDUN_REDIS_URL"):
        CrawlerConfig(sites=(site,))
    assert CrawlerConfig(sites=(site,), redis="redis://127.0.0.1/1").redis_url == "redis://127.0.0.1/1"
    monkeypatch.setenv("WANGDUN_REDIS_URL", "redis://:demo@127.0.0.1/2")
    assert CrawlerConfig(sites=(site,), redis="redis://127.0.0.1/1").redis_url == "redis://:demo@127.0.0.1/2"


def test_a_configuration_does_not_load_the_client():
    code = "import sys, crawler.config, crawler.settings, crawler.spider; assert 'redis' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
