from __future__ import annotations

from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from storage.exceptions import StorageError
from tests.console import filling
from tests.console.serving import csrf_of


@contextmanager
def counted(db):
    """How many transactions begin, and how many questions are asked, meanwhile."""
    seen = Counter()

    def begins(_connection):
        seen["transactions"] += 1

    def asks(*_facts):
        seen["questions"] += 1

    event.listen(db.engine, "begin", begins)
    event.listen(db.engine, "before_cursor_execute", asks)
    yield seen
    event.remove(db.engine, "begin", begins)
    event.remove(db.engine, "before_cursor_execute", asks)


@pytest.mark.parametrize("path", ["/queue", "/leads/1", "/second", "/audit"])
def test_a_page_reads_in_one_transaction(served, path):
    filling.fill(served.db, 3)
    chief = served.signed_in("demo_chief", "approver", "auditor")
    chief.get(path)
    with counted(served.db) as seen:
        assert chief.get(path).status_code == 200
    assert seen["transactions"] <= 2, seen  # who is signed in, and the page
    assert seen["questions"] > seen["transactions"]


def test_what_was_just_claimed_and_decided_is_on_the_page(served):
    first, second = filling.fill(served.db, 2)
    li = served.signed_in("demo_li", "reviewer")
    shown = li.get(f"/leads/{first}").text
    assert "为您保留到" in shown
    form = {"do": "needs_info", "csrf": csrf_of(shown)}
    page = li.client.post(f"/leads/{first}/decide", data=form, headers={"X-Wangdun-Part": "#content"}).text
    assert f"#{second}" in page
    assert "为您保留到" in page
    assert "待补充" in page


def test_a_page_that_cannot_be_read_leaves_no_connection_behind(served, monkeypatch):
    from console.routers import queue

    li = served.signed_in("demo_li", "reviewer")
    filling.fill(served.db, 1)
    right = queue.sites.names

    def fails(db):
        with db.read() as connection:
            connection.exec_driver_sql("SELECT nothing FROM nowhere")

    monkeypatch.setattr(queue.sites, "names", fails)
    with pytest.raises(StorageError):
        fails(served.db)
    assert li.get("/queue").status_code == 503
    monkeypatch.setattr(queue.sites, "names", right)
    assert li.get("/queue").status_code == 200
    assert served.db.engine.pool.checkedout() == 0
