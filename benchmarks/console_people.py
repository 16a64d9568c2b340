"""What people did with the invented leads, and ten of them deciding at once.

Usage: python -m benchmarks.console_people URL, of a database that `benchmarks.console` has filled. Each of ten people claims,
decides and gets the next lead over HTTP, as fast as the server answers; then every answer must be one decision that is
stored, and no lead has two.
"""

from __future__ import annotations

import argparse
import threading
import time
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, update

from benchmarks.console_filling import NOW, OPEN_DUE, PENDING, PEOPLE
from benchmarks.console_pages import DISMISS, csrf, hidden, person, problem_in, serving, signed_in, summed
from storage.database import Database
from storage.models import Lead
from storage.review.models import Decision

if TYPE_CHECKING:
    import httpx

EACH = 50  # decisions of one person
KINDS = {"confirmed": "confirm", "dismissed": "dismiss", "needs_info": "needs_info"}


def names() -> list[str]:
    return [f"bench{number}" for number in range(1, PEOPLE + 1)]


def look_back(db: Database) -> None:
    """A decision for each lead that is decided, a deadline or somebody to wait for at some that are not."""
    people = [person(db, name).id for name in names()]
    cases = "".join(f" WHEN {place} THEN {number}" for place, number in enumerate(people))
    who = f"CASE id % {len(people)}{cases} END"
    kind = "CASE status" + "".join(f" WHEN '{status}' THEN '{kind}'" for status, kind in KINDS.items()) + " END"
    with db.write() as connection:
        if connection.scalar(select(func.count()).select_from(Decision)):
            return
        listed = ", ".join(f"'{status}'" for status in KINDS)
        connection.execute(
            text(
                "INSERT INTO decisions (id, lead_id, at, account_id, kind, asks, reason, note, seconds, detection_id, score)"
                f" SELECT row_number() OVER (ORDER BY id), id, updated_at, {who}, {kind}, false,"
                " CASE status WHEN 'dismissed' THEN 'not_object.brand' END, '', id % 60, detection_id, score"
                f" FROM leads WHERE status IN ({listed})"
            )
        )
        last = "(SELECT max(d.id) FROM decisions d WHERE d.lead_id = leads.id)"
        connection.execute(
            text(f"UPDATE leads SET decided_at = updated_at, decision_id = {last} WHERE status IN ({listed})")
        )
        new = select(Lead.id).where(Lead.status == "new").order_by(Lead.id % 1009, Lead.id)  # from all years
        due = update(Lead).where(Lead.id.in_(new.limit(OPEN_DUE)))
        connection.execute(due.values(due_at=NOW + timedelta(hours=4)))
        waiting = update(Lead).where(Lead.id.in_(new.where(Lead.due_at.is_(None)).limit(PENDING)))
        connection.execute(waiting.values(status="pending", asked_by=people[0]))


def work(client: httpx.Client, each: int, done: list[tuple[str, float]]) -> None:
    """Claim and decide; each (lead, ms) that was answered with the next one."""
    token = csrf(client.get("/queue").text)
    way = client.post("/queue/next", data={"csrf": token}).headers["location"]
    answer = client.get(way)
    for _ in range(each):
        lead = way.partition("?")[0]
        form = {"csrf": token, "do": DISMISS} | hidden(answer.text)
        began = time.perf_counter()
        answer = client.post(lead + "/decide", data=form, headers={"X-Wangdun-Part": "#content"})
        spent = (time.perf_counter() - began) * 1e3
        assert answer.status_code == 200, (lead, answer.status_code, problem_in(answer.text))
        done.append((lead, spent))
        way = answer.headers["x-wangdun-address"]


def at_once(db: Database, each: int) -> dict[str, Any]:
    """Everybody together; what it cost, and that nothing was decided twice or lost."""
    done: list[tuple[str, float]] = []
    with db.read() as connection:
        before = connection.scalar(select(func.max(Decision.id))) or 0
    with serving(db) as url, ExitStack() as stack:
        clients = [stack.enter_context(closing(signed_in(url, name))) for name in names()]
        threads = [threading.Thread(target=work, args=(client, each, done)) for client in clients]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
    with db.read() as connection:
        decided = connection.scalars(select(Decision.lead_id).where(Decision.id > before)).all()
    assert len(done) == len(clients) * each, f"{len(done)} answers"
    assert sorted(f"/leads/{lead}" for lead in decided) == sorted(lead for lead, _ in done), "lost or not asked for"
    assert len(set(decided)) == len(decided), "decided twice"
    return {"decisions": len(done), "per_second": round(len(done) / seconds, 1), **summed([ms for _, ms in done], [])}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--each", type=int, default=EACH)
    given = parser.parse_args()
    with closing(Database.open(given.url, tell=print)) as db:
        for name in names():
            person(db, name)
        print("ten people at once", at_once(db, given.each), flush=True)


if __name__ == "__main__":
    main()
