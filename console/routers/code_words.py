"""Candidates for code words: what confirmed leads share and other texts lack. People say which of them are codes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Form, Request
from starlette.responses import Response

from console import masking
from console.exceptions import Refusal
from console.guards import actor
from console.masking import mask_in
from console.pages import address_with, go, page
from console.person import Db, Here, Me, Now
from console.routing import Screen
from storage.review import codewords
from storage.review.codewords import Example
from storage.review.exceptions import ReviewError
from storage.review.mining import Candidate

router = Screen()

MOST: Final = 30  # words on one page: half an hour's work


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate with its examples, and the form that makes it an entry."""

    one: Candidate
    examples: tuple[Example, ...]
    edit: str


@router.get("/quality/words")
def show(request: Request, me: Me, here: Here, db: Db, now: Now) -> Response:
    """The most telling first, and what was put aside."""
    found = codewords.candidates(db, limit=MOST)
    masks = masking.hides(here, me)
    spans = here.facts.get("contact_spans")

    def hide(text: str) -> str:
        return mask_in(text, (), spans(text) if spans else ()) if masks else text

    shown = []
    for one in found:
        examples = codewords.examples(db, one.text, one.examples, now, hide=hide)
        shown.append(Proposal(one, tuple(examples), _edit(one.text, examples)))
    facts: dict[str, Any] = {"shown": shown, "plain": codewords.plain(db), "masks": masks}
    return page(request, "code_words.html", **facts)


def _edit(word: str, examples: Sequence[Example]) -> str:
    """The lexicon's form for a new entry: of the kind and category that the leads have."""
    kinds = Counter(one.lead.category for one in examples if one.lead.category and one.lead.category != "context")
    category = kinds.most_common(1)[0][0] if kinds else ""
    asked = {"op": "add", "term": word, "kind": "codeword", "category": category, "strength": "medium"}
    return "/lexicon/edit?" + address_with(asked)


@router.post("/quality/words")
def say(
    request: Request,
    db: Db,
    now: Now,
    word: Annotated[str, Form(max_length=20)] = "",
    verdict: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Put a word aside, or propose it again."""
    try:
        codewords.say(db, word, verdict, actor(request), now)
    except ReviewError as error:
        raise Refusal(422, str(error)) from error
    return go("/quality/words")
