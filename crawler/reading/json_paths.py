"""Paths: where in a JSON document a value stands: ``data.list[*].id``, ``[0].name``, ``data."a.b"``, ``.`` for all of it.

A language of its own and small: keys, positions and "each". Nothing in it is computed, so a hostile document or a
mistaken path costs no more than walking through the document once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, Field

from crawler.exceptions import RecipeError

Step = str | int | None
"""A key, a position, or None for each of them."""
MOST = 5_000  # values that one path finds: five times the rows of the longest list
LONGEST = 2_048  # characters of an address; longer ones are traps
_STEP = re.compile(r'(?P<dot>\.)?(?:"(?P<quoted>[^"\\]+)"|(?P<key>[^\s.\[\]"{}*]+))|\[(?P<place>\d{1,6}|\*)\]')
_PLACE = re.compile(r"\{([^{}]{1,200})\}")
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f<>\"'`\\^|]")


@lru_cache(maxsize=1024)  # far more than the paths of all sites together
def compile_path(text: str) -> tuple[Step, ...]:
    """The steps of a path.

    Raises:
        RecipeError: it is none.
    """
    if text.strip() == ".":
        return ()
    steps: list[Step] = []
    place = 0
    for found in _STEP.finditer(text):
        if found.start() != place or (found["place"] is None and bool(steps) != bool(found["dot"])):
            break
        place = found.end()
        steps.append(_step(found))
    if not steps or place != len(text):
        raise RecipeError(f"JSON 路径无法识别：{text!r}（应写成 data.list[*].id）")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["place"] is None:
        return found["quoted"] or found["key"]
    return None if found["place"] == "*" else int(found["place"])


def find(document: Any, path: str) -> list[Any]:
    """What stands at `path`, in the order of the document; empty when there is nothing or null."""
    found = [document]
    for step in compile_path(path):
        found = [inner for value in found for inner in _below(value, step)][:MOST]
    return [value for value in found if value is not None]


def _below(value: Any, step: Step) -> list[Any]:
    if step is None:
        if isinstance(value, dict):
            return list(value.values())[:MOST]
        return value[:MOST] if isinstance(value, list) else []
    if isinstance(step, str):
        return [value[step]] if isinstance(value, dict) and step in value else []
    return [value[step]] if isinstance(value, list) and step < len(value) else []


def _checked_path(text: str) -> str:
    compile_path(text)
    return text


def places_of(template: str) -> list[str]:
    """The paths between braces in a template of an address."""
    return _PLACE.findall(template)


def _checked_template(template: str) -> str:
    bare = _PLACE.sub("", template)
    if "{" in bare or "}" in bare or _UNSAFE.search(bare):
        raise RecipeError(f"网址模板无法识别：{template!r}（应写成 /item/{{id}}）")
    for path in places_of(template):
        compile_path(path)
    return template


def fill(template: str, values: dict[str, str]) -> str | None:
    """The address that a template makes of `values`; None when one of them is missing or empty.

    Values are escaped, so that none can lead out of its place; only one at the very start is an address by itself.
    """
    parts = _PLACE.split(template)
    made = [parts[0]]
    for number in range(1, len(parts), 2):
        value = values.get(parts[number], "")
        if not value or value in {".", ".."}:  # the two that mean another folder even when escaped
            return None
        # a lone surrogate is no character: it cannot be written into an address
        made.append(value if not "".join(made) else quote(value.encode("utf-8", "replace"), safe=""))
        made.append(parts[number + 1])
    url = "".join(made)
    return url if len(url) <= LONGEST else None


PathText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_checked_path)]
Template = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_checked_template)]
