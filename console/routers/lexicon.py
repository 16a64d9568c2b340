"""The lexicon: look at entries, try a text, and change it with a look at what the change would do."""

import json
from typing import Annotated, Any, Final, get_args

from fastapi import Form, Query, Request
from starlette.responses import Response

from console import lexicon_forms
from console.codes import CATEGORIES, DEPARTMENTS
from console.exceptions import Refusal
from console.guards import tell
from console.highlight import Mark, pieces
from console.pages import go, page
from console.person import Here, Now
from console.routing import Nav, Screen
from console.services import LEXICON, Changed, Draft, FoundEntry, LexiconService, Operation, Preview, ServiceRefusal
from console.state import Console
from keywords.results import Detection
from storage.words import CHANNELS, INTENTS, VERDICTS

router = Screen(Nav("词库", "/lexicon", 80, "g k"))

LONGEST_TEXT: Final = 20_000  # characters of a text to try: ten times the longest advertisement seen
LONGEST_DRAFT: Final = 60_000  # characters of a draft that comes back from its preview
TITLES: Final = {"add": "新增词条", "change": "改动词条", "disable": "停用词条", "remove": "撤销本地改动"}
Word = Annotated[str, Query(max_length=100)]
Name = Annotated[str, Query(max_length=200)]


@router.get("/lexicon")
def show(request: Request, here: Here, q: Word = "") -> Response:
    """Search, the test box, and what was changed here."""
    return _page(request, here, q)


def _page(request: Request, here: Console, q: str = "", **tried: Any) -> Response:
    service = _service(here)
    try:
        found = service.search(q.strip()) if q.strip() else None
        facts: dict[str, Any] = {"found": found, "local": service.local()}
    except ServiceRefusal as error:
        return page(request, "lexicon.html", q=q, problem=str(error), found=None, local=None, tried=None)
    return page(request, "lexicon.html", q=q, problem="", tried=tried or None, **facts)


@router.get("/lexicon/entry")
def show_entry(request: Request, here: Here, id: Name = "") -> Response:  # noqa: A002 -- the word in the address
    """One entry in full."""
    return page(request, "entry.html", one=_entry(here, id))


@router.post("/lexicon/test")
def try_text(
    request: Request,
    here: Here,
    text: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
    offered: Annotated[bool, Form()] = False,  # noqa: FBT002 -- a box of the form
) -> Response:
    """The verdict on a text; the text itself is kept nowhere."""
    text = text.replace("\r\n", "\n")
    try:
        found = _service(here).judge(text, offered=offered)
    except ServiceRefusal as error:
        raise Refusal(422, str(error)) from error
    tell(request, "lexicon", verdict=found.verdict.value)
    words: dict[str, Any] = {
        "verdicts": VERDICTS,
        "channels": CHANNELS,
        "categories": CATEGORIES,
        "departments": DEPARTMENTS,
    }
    return _page(
        request,
        here,
        text=text,
        offered=offered,
        shown=pieces(text, _marks(found)),
        found=found,
        intents=INTENTS,
        **words,
    )


def _marks(found: Detection) -> list[Mark]:
    marks = [Mark(hit.start, hit.end, "hit", number) for number, hit in enumerate(found.hits, 1)]
    marks += [Mark(one.start, one.end, "factor") for one in found.factors]
    return marks + [Mark(one.start, one.end, "suppressed") for one in found.suppressed]


@router.get("/lexicon/edit")
def edit(request: Request, here: Here, op: Word = "add", id: Name = "") -> Response:  # noqa: A002
    """The form of one change."""
    operation = _operation(op)
    one = _entry(here, id) if id else None
    if operation != "add" and one is None:
        raise Refusal(404, "没有这个词条。")
    kept = one is not None and {"add": "added", "change": "changed"}.get(operation) == one.local
    values = lexicon_forms.shown_in(operation, one.facts if one and kept else {})
    values = lexicon_forms.prefilled(operation, values, request.query_params)
    return _form(request, here, operation, one, values)


def _form(  # noqa: PLR0913, PLR0917 -- what a page is made of
    request: Request, here: Console, operation: Operation, one: FoundEntry | None, values: dict[str, str],
    mistakes: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    known = lexicon_forms.fields(operation, _service(here).groups())
    facts = {"operation": operation, "title": TITLES[operation], "fields": known, "mistakes": mistakes or {}}
    status = 422 if mistakes else 200
    return page(request, "lexicon_edit.html", status=status, one=one, values=values, **facts)


@router.post("/lexicon/preview")
async def preview(request: Request, here: Here, now: Now) -> Response:
    """What a change would do; nothing is saved yet."""
    from starlette.concurrency import run_in_threadpool

    given: dict[str, list[str]] = {}
    for key, value in (await request.form()).multi_items():
        if isinstance(value, str):
            given.setdefault(key, []).append(value)
    form = {key: "、".join(values) for key, values in given.items()}  # several boxes of one field are ticked
    return await run_in_threadpool(_preview, request, here, now, form)


def _preview(request: Request, here: Console, now: Any, form: dict[str, str]) -> Response:
    operation = _operation(form.get("op", ""))
    one = _entry(here, form["id"]) if form.get("id") else None
    facts = lexicon_forms.facts_from(operation, form)
    mistakes = lexicon_forms.mistakes_in(operation, facts, _service(here).groups())
    if mistakes:
        return _form(request, here, operation, one, form | dict.fromkeys(_missing(operation, form), ""), mistakes)
    if operation != "add" and one is None:
        raise Refusal(404, "没有这个词条。")
    draft = Draft(operation, one.id if one else "", facts)
    tell(request, "lexicon", draft.target or str(facts.get("term", "")), operation=operation)
    try:
        seen = _service(here).preview(draft, now)
    except ServiceRefusal as error:
        return _form(
            request, here, operation, one, form | dict.fromkeys(_missing(operation, form), ""), {"": str(error)}
        )
    return _shown(request, here, draft, one, seen)


def _missing(operation: Operation, form: dict[str, str]) -> list[str]:
    return [field.name for field in lexicon_forms.fields(operation) if field.name not in form]


def _shown(request: Request, here: Console, draft: Draft, one: FoundEntry | None, seen: Preview) -> Response:
    facts: dict[str, Any] = {"title": TITLES[draft.operation], "one": one, "seen": seen, "verdicts": VERDICTS}
    facts["values"] = lexicon_forms.in_words(draft.operation, draft.facts, _service(here).groups())
    facts["broken"] = any(level == "error" for level, _ in seen.findings)
    written = json.dumps({"facts": draft.facts}, ensure_ascii=True)
    return page(request, "lexicon_preview.html", draft=draft, written=written, **facts)


@router.post("/lexicon/save")
def save(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    here: Here,
    now: Now,
    op: Annotated[str, Form(max_length=20)] = "",
    target: Annotated[str, Form(max_length=200)] = "",
    draft: Annotated[str, Form(max_length=LONGEST_DRAFT)] = "",
    version: Annotated[str, Form(max_length=100)] = "",
    partly: Annotated[str, Form(max_length=1)] = "",
    sure: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Put a change in force that was looked at; where only a part was, the person must have said that this is enough."""
    operation = _operation(op)
    if partly and not sure:
        raise Refusal(422, "预演只看了一部分文本，没有保存；确要保存的，请返回勾选“仍要保存”。")
    facts = _read(draft)
    if lexicon_forms.mistakes_in(operation, facts, _service(here).groups()):
        raise Refusal(422, "内容不完整，请从词条页面重新修改。")
    try:
        _service(here).save(Draft(operation, target, facts), version, now)
    except Changed as error:
        raise Refusal(409, "词库刚被他人改动，没有保存；请返回重新预演，再保存。") from error
    except ServiceRefusal as error:
        raise Refusal(422, str(error)) from error
    name = target or str(facts.get("term", ""))
    tell(request, "lexicon", name, operation=operation, facts=json.dumps(facts, ensure_ascii=False)[:2000])
    return go("/lexicon")


def _read(draft: str) -> dict[str, Any]:
    try:
        facts = json.loads(draft)["facts"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refusal(422) from error
    if not isinstance(facts, dict):
        raise Refusal(422)
    return facts


def _operation(text: str) -> Operation:
    known: Operation
    for known in get_args(Operation):
        if text == known:
            return known
    raise Refusal(422, "没有这种改动。")


def _service(here: Console) -> LexiconService:
    found: LexiconService | None = here.facts.get(LEXICON)
    if found is None:
        raise Refusal(404, "这里没有词库。")
    return found


def _entry(here: Console, identity: str) -> FoundEntry:
    try:
        found = _service(here).search(identity)
    except ServiceRefusal as error:
        raise Refusal(422, str(error)) from error
    one = next((one for one in found.entries if one.id == identity), None)
    if one is None:
        raise Refusal(404, "没有这个词条。")
    return one
