"""Weekly samples: unflagged listings and decided leads, judged one by one without knowing what was said; and results."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Form, Query, Request
from starlette.responses import Response

from console import learning, masking
from console.exceptions import Refusal
from console.guards import actor, tell
from console.highlight import Mark, pieces
from console.masking import mask_in
from console.pages import go, page
from console.person import Db, Here, Id, Me, Now, Person
from console.routing import Nav, Screen
from console.state import Console
from storage.review import estimates, looking, sampling, taking_back
from storage.review.exceptions import Conflict, ReviewError, Unknown
from storage.review.looking import Shown
from storage.review.sampling import STRATA, Kind

router = Screen(Nav("抽样", "/samples", 14, "g c"))

KINDS: Final[dict[Kind, str]] = {"unflagged": "未列线索的信息", "blind": "盲法再判"}
VERDICTS: Final = {"violation": "是违法线索", "harmless": "不是", "unsure": "不确定"}
SEEING_DIFFERENCES: Final = frozenset({"approver", "admin"})
Number = Annotated[int, Query(ge=0, le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class Line:
    """A fact beside the text."""

    label: str
    value: str


@router.get("/samples")
def show(request: Request, me: Me, db: Db) -> Response:
    """What there is to judge, and what the samples say."""
    may_judge = me.may("GET /samples/look/{kind}")
    left = {kind: sampling.next_one(db, kind, me.id)[1] for kind in STRATA} if may_judge else {}
    facts: dict[str, Any] = {
        "left": left,
        "kinds": KINDS,
        "results": estimates.results(db),
        "differing": estimates.differing(db) if me.roles & SEEING_DIFFERENCES else [],
        "verdicts": VERDICTS,
    }
    return page(request, "samples.html", said=learning.said, percent=learning.percent, **facts)


@router.post("/samples/draw")
def draw(request: Request, db: Db, now: Now) -> Response:
    """Draw what is due; of the week that is not over, too."""
    drawn = sampling.draw_due(db, now) + sum(sampling.draw(db, kind, now, early=True) for kind in STRATA)
    tell(request, "sample", sampling.week_of(now), drawn=drawn)
    return go("/samples")


@router.get("/samples/look/{kind}")
def look(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request, me: Me, here: Here, db: Db, kind: Kind,
    after: Number = 0, done: Number = 0, lead: Number = 0, back: Number = 0,
) -> Response:  # fmt: skip
    """The next sample for this person; `back`: it is one whose verdict was taken back."""
    sample, left = sampling.next_one(db, kind, me.id, after=after)
    facts: dict[str, Any] = {"kind": kind, "kinds": KINDS, "left": left, "done": done, "lead": lead, "back": back}
    if sample is None:
        return page(request, "sample.html", sample=None, shown=None, lines=(), **facts)
    shown = looking.shown(db, sample.id)
    if shown is None:
        raise Refusal(404, "没有这个抽样。")
    text, lines = _as_seen(here, me, shown)
    return page(request, "sample.html", sample=sample, shown=shown, pieces_of=text, lines=lines, **facts)


def _as_seen(here: Console, me: Person, shown: Shown) -> tuple[Any, list[Line]]:
    """Text and facts, contacts masked; of blind ones the hits are marked, as the first person saw them."""
    hidden = masking.hides(here, me)
    spans = here.facts.get("contact_spans")

    def hide(text: str) -> str:
        return mask_in(text, shown.contacts, spans(text) if spans else ()) if hidden else text

    marks = [Mark(start, end, "hit") for start, end in shown.spans]  # no numbers: there is no table beside it
    facts = (("站点", shown.site), ("价格", shown.price_text), ("卖家", shown.seller), ("地区", shown.region))
    lines = [Line(label, hide(value)) for label, value in facts if value]
    return pieces(hide(shown.text), marks), lines


@router.post("/samples/look/{sample_id}")
def judge(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    db: Db,
    now: Now,
    sample_id: Id,
    verdict: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Keep the verdict, then on to the next one."""
    sample = sampling.get(db, sample_id)
    if sample is None:
        raise Refusal(404, "没有这个抽样。")
    done = sample_id
    try:
        found = sampling.judge(
            db, sample_id, _verdict(verdict), note.replace("\r\n", "\n").strip(), actor(request), now
        )
    except Conflict:  # two people look at the same one: the first to say counts, the second goes on
        found, done = None, 0
    except Unknown as error:
        raise Refusal(404, str(error)) from error
    except ReviewError as error:
        raise Refusal(422, str(error)) from error
    lead = f"&lead={found}" if found else ""
    return go(f"/samples/look/{sample.kind}?after={sample_id}&done={done}{lead}")


@router.post("/samples/undo")
def undo(request: Request, db: Db, now: Now) -> Response:
    """Take back my last verdict and show its sample again."""
    try:
        back = taking_back.take_back(db, actor(request), now)
    except ReviewError as error:
        raise Refusal(422, str(error)) from error
    return go(f"/samples/look/{back.kind}?after={back.sample_id - 1}&back=1")


def _verdict(text: str) -> Any:
    """Storage refuses what it does not know."""
    return text
