"""The model that orders the queue: what it achieves on decisions it was not made with, and the switch."""

from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from console.guards import actor
from console.pages import go, page
from console.person import Db, Now
from console.ranking_words import shown_weights
from console.routing import Screen
from storage.database import Database
from storage.review import ranking
from storage.review.exceptions import ReviewError

router = Screen()

BEFORE: Final = 10  # models of the past on the page


@router.get("/quality/ranking")
def show(request: Request, db: Db) -> Response:
    """The newest model and the earlier ones."""
    return _page(request, db)


def _page(request: Request, db: Database, problem: str = "") -> Response:
    models = ranking.history(db, limit=BEFORE)
    newest = models[0] if models else None
    facts: dict[str, Any] = {
        "there": ranking.readiness(db),
        "enough": ranking.ENOUGH,
        "of_each": ranking.ENOUGH_OF_EACH,
        "newest": newest,
        "weights": shown_weights(newest.weights) if newest else [],
        "before": models[1:],
        "on": any(one.active for one in models),
    }
    return page(request, "ranking.html", status=422 if problem else 200, problem=problem, **facts)


@router.post("/quality/ranking/train")
def train(request: Request, db: Db, now: Now) -> Response:
    """Make a model of all decisions; it comes into force if it is better."""
    try:
        ranking.train(db, actor(request), now)
    except ReviewError as error:
        return _page(request, db, str(error))
    return go("/quality/ranking")


@router.post("/quality/ranking/on")
def turn_on(request: Request, db: Db, now: Now) -> Response:
    """Order the queue by the newest model."""
    return _switched(request, db, now, on=True)


@router.post("/quality/ranking/off")
def turn_off(request: Request, db: Db, now: Now) -> Response:
    """Order the queue by the score."""
    return _switched(request, db, now, on=False)


def _switched(request: Request, db: Database, now: Any, *, on: bool) -> Response:
    try:
        ranking.switch(db, actor(request), now, on=on)
    except ReviewError as error:
        return _page(request, db, str(error))
    return go("/quality/ranking")
