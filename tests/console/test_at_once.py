"""Ten reviewers at one console at once: every lead is decided once, and no decision is lost."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.database import Database
from tests.console.filling import fill
from tests.console.serving import csrf_of, serving
from tests.services import postgres
from tests.storage.making import rows

REVIEWERS, LEADS = 10, 40


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request, tmp_path):
    if request.param == "sqlite":
        db = Database.open(f"sqlite:///{tmp_path}/console.sqlite")
        yield db
        db.close()
        return
    with postgres() as cluster:
        db = Database.open(cluster.create("console"))
        yield db
        db.close()


def work(browser, csrf):
    """Claim, dismiss, get the next one at once, as the script does; the leads this person dismissed."""
    done = []
    way = browser.post("/queue/next", data={"csrf": csrf}).headers["location"]
    while found := re.match(r"/leads/(\d+)", way):
        form = {"csrf": csrf, "do": "dismiss:outside", "note": "", "skip": ".".join(map(str, done))}
        answer = browser.post(f"/leads/{found[1]}/decide", data=form, headers={"X-Wangdun-Part": "#content"})
        assert answer.status_code in {200, 303}, answer.text
        done.append(int(found[1]))
        way = answer.headers.get("x-wangdun-address") or answer.headers["location"]
        if answer.status_code == 200:
            assert f'action="/leads/{re.match(r"/leads/([0-9]+)", way)[1]}/decide"' in answer.text
    return done


def test_no_decision_is_lost_or_made_twice(shared):
    leads = fill(shared, LEADS)
    with serving(shared, second={"confirm": "never"}) as served:
        browsers = [served.signed_in(f"demo_{number}", "reviewer").client for number in range(REVIEWERS)]
        tokens = [csrf_of(browser.get("/queue").text) for browser in browsers]
        with ThreadPoolExecutor(REVIEWERS) as people:
            done = list(people.map(work, browsers, tokens))
    assert Counter(lead for one in done for lead in one) == Counter(leads)
    assert sorted(rows(shared, "decisions", "lead_id", "kind")) == sorted((lead, "dismiss") for lead in leads)
    assert {row[0] for row in rows(shared, "leads", "status")} == {"dismissed"}
    assert rows(shared, "leases") == []


def test_one_lead_ten_decisions_one_is_kept(shared):
    (lead,) = fill(shared, 1)
    with serving(shared, second={"confirm": "never"}) as served:
        browsers = [served.signed_in(f"demo_{number}", "reviewer").client for number in range(REVIEWERS)]
        tokens = [csrf_of(browser.get("/queue").text) for browser in browsers]

        def decide(browser, csrf):
            return browser.post(f"/leads/{lead}/decide", data={"csrf": csrf, "do": "dismiss:outside"}).status_code

        with ThreadPoolExecutor(REVIEWERS) as people:
            answers = Counter(people.map(decide, browsers, tokens))
    assert answers == {303: 1, 409: REVIEWERS - 1}
    assert len(rows(shared, "decisions")) == 1
