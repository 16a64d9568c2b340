"""Text cut into tokens for searching: pairs of neighbouring characters, so that any Chinese word of two is found.

The same tokens go into SQLite's FTS5 (its ``ascii`` tokenizer takes every character beyond ASCII for part of a word)
and, as a ready-made vector, into PostgreSQL, whose own parser would cut Chinese by the server's locale.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_CHARACTERS = 20_000  # of one lead's text: what is beyond is a page, not an offer
MOST_TOKENS = 16_000  # PostgreSQL numbers positions up to 16,383
MOST_WORDS = 8  # of a query: more only take time
MOST_ASKED = 40  # characters of one word of a query
LONGEST_TOKEN = 60  # characters of one run of letters and digits: longer ones are noise, PostgreSQL refuses 2 KB
PREFIX = 4  # a run of letters or digits this long finds what begins with it: shorter ones begin half of all numbers

END = "¶"  # stands between texts; no query holds it

HIDDEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of Unicode: control, direction, half a character, private, unassigned, line and paragraph ends."""


def fold(text: str) -> str:
    """Full width, case and invisible characters make no difference."""
    return HIDDEN.sub("", unicodedata.normalize("NFKC", text).casefold())


def readable(name: str) -> bool:
    """Whether people can tell a name by looking at it: a letter or digit is in it, and nothing that cannot be seen."""
    unseen = any(unicodedata.category(char) in UNSEEN for char in name) or HIDDEN.search(name)
    return not unseen and any(map(str.isalnum, name))


def tokens(parts: Iterable[str]) -> list[str]:
    """Tokens of texts that stand side by side; a word never reaches from one into the next."""
    found: list[str] = []
    for part in parts:
        for run in _runs(fold(part[:MOST_CHARACTERS])):
            found.extend(_cut(run))
            if len(found) >= MOST_TOKENS:
                return found[:MOST_TOKENS]
        found.append(END)
    return found


def _runs(text: str) -> Iterator[str]:
    """Stretches of letters and digits of one sort, emoji one by one."""
    for run in RUNS.findall(text):
        if run[0].isascii() or run[0].isalnum() or _is_sign(run):
            yield run


# \w is what str.isalnum takes, and the underscore; the last branch is any other character beyond ASCII, by itself
RUNS = re.compile(r"[0-9A-Za-z]+|[^\W\x00-\x7f]+|[^\w\x00-\x7f]")


def _is_sign(letter: str) -> bool:
    return letter != "\ufffd" and unicodedata.category(letter) == "So"


def _cut(run: str) -> list[str]:
    """A run of letters or digits as it is; others as pairs, and the last character alone so that it can be asked for."""
    if run[0].isascii():
        return [run[:LONGEST_TOKEN]]
    return [run[place : place + 2] for place in range(len(run))]


def phrases(query: str) -> list[tuple[tuple[str, ...], bool]]:
    """What a query asks for: each word as tokens in a row, and whether the last may go on. Empty: nothing to find."""
    found = []
    for word in query[: MOST_WORDS * MOST_ASKED].split()[:MOST_WORDS]:
        folded = fold(word[:MOST_ASKED])
        runs = list(_runs(DASHES.sub("", folded) if GROUPED.fullmatch(folded) else folded))
        if runs:
            found.append(_phrase(runs))
    return found


DASHES = re.compile("[-\u2010-\u2015]")
GROUPED = re.compile("[0-9]{3,4}(?:[-\u2010-\u2015][0-9]{3,8}){1,2}")
"""A telephone number in groups, or a part of one: contacts are kept, and found, without the dashes."""
WITHIN = re.compile("(?<=[0-9])[-\u2010-\u2015](?=[0-9])")
SHORT = re.compile("[0-9a-z]+")

MOST_BEGINNINGS = 20  # of one number: they have a few parts


def number_forms(number: str) -> list[str]:
    """The number of a document as `tokens` are to have it: what is asked for as `phrases` cut it, beginnings as well.

    Parts of `PREFIX` signs and more are found by their beginnings anyhow; dashes within digits may be left out.
    """
    if not number:
        return []
    folded = fold(number)
    parts = [part.span() for part in SHORT.finditer(folded)]
    beginnings = [folded[:end] for start, stop in parts for end in range(start + 1, min(stop, start + PREFIX))]
    return list(dict.fromkeys((number, WITHIN.sub("", folded), *beginnings[:MOST_BEGINNINGS])))


def _phrase(runs: list[str]) -> tuple[tuple[str, ...], bool]:
    *before, last = runs
    row = [token for run in before for token in _cut(run)]
    if last[0].isascii():
        return (*row, last[:LONGEST_TOKEN]), len(last) >= PREFIX
    if len(last) == 1:
        return (*row, last), True
    return (*row, *map("".join, pairwise(last))), False


def in_a_row(query: str) -> bool:
    """Whether it asks for several tokens in a row, which an index without places cannot tell."""
    return any(len(row) > 1 for row, _ in phrases(query))


Numbers = Mapping[str, Sequence[str]]
"""Digits that a query asks for -> the numbers, known by other means, that hold them: an index finds beginnings alone."""


def number_parts(query: str) -> list[str]:
    """Words of a query that may be a part of a telephone number: `PREFIX` digits or more."""
    rows = (row for row, goes_on in phrases(query) if goes_on and len(row) == 1)
    return list(dict.fromkeys(digits for (digits,) in rows if digits.isdigit()))


def _alternatives(row: tuple[str, ...], numbers: Numbers) -> Sequence[str]:
    return [one for one in numbers.get(row[0], ()) if one.isascii() and one.isdigit()] if len(row) == 1 else ()


def sqlite_query(query: str, numbers: Numbers = MappingProxyType({})) -> str | None:
    """In FTS5's language: tokens hold neither quotes nor operators. None when nothing can be found."""
    said = []
    for row, goes_on in phrases(query):
        found = [f'"{" ".join(row)}"{" *" if goes_on else ""}', *(f'"{one}"' for one in _alternatives(row, numbers))]
        said.append(f"({' OR '.join(found)})" if len(found) > 1 else found[0])
    return " AND ".join(said) or None


def told_query(query: str, numbers: Numbers = MappingProxyType({})) -> str | None:
    """For `says`: one phrase a line, with tabs between those of which one is enough. None when nothing can be found."""
    said = []
    for row, goes_on in phrases(query):
        found = [f" {' '.join(row)}{'' if goes_on else ' '}", *(f" {one} " for one in _alternatives(row, numbers))]
        said.append("\t".join(found))
    return "\n".join(said) or None


def says(packed: bytes | None, asked: str) -> bool:
    """Whether one text, kept as `pack` made it, has all that `told_query` asks for.

    What FTS5 would say, without its looking through the whole index for each single row.
    """
    if not packed:
        return False
    said = b" " + zlib.decompress(packed) + b" "
    return all(any(phrase in said for phrase in line.split(b"\t")) for line in asked.encode().split(b"\n"))


def postgres_query(query: str, numbers: Numbers = MappingProxyType({})) -> str | None:
    """As text of a tsquery: what has all tokens of each word. `plain_query` says which of it has them in a row."""
    said = []
    for row, goes_on in phrases(query):
        *before, last = (f"'{token}'" for token in row)
        others = "".join(f" | '{one}'" for one in _alternatives(row, numbers))
        said.append("(" + " & ".join(dict.fromkeys((*before, last + (":*" if goes_on else "")))) + others + ")")
    return " & ".join(said) or None


def postgres_vector(row: Iterable[str]) -> str:
    """As text of a tsvector, without positions: `plain` keeps the order, and is read quicker."""
    return " ".join(f"'{token}'" for token in dict.fromkeys(row) if token != END)


def plain(row: Sequence[str]) -> str:
    """The text that was cut into these tokens, as PostgreSQL keeps it beside its index: each run between blanks."""
    rest = row[-1][1:] if row and _is_pair(row[-1]) else ""  # `MOST_TOKENS` cut within a run
    return f" {_joined(row)}{rest}"


def _joined(row: Iterable[str]) -> str:
    return "".join(token[0] if _is_pair(token) else f"{token} " for token in row)


def _is_pair(token: str) -> bool:
    return len(token) > 1 and not token[0].isascii()


def plain_query(query: str, numbers: Numbers = MappingProxyType({})) -> list[tuple[str, ...]]:
    """Pieces of what `plain` makes: a text that has one of each tuple has all that is asked for. Empty: nothing to find.

    More than one are digits and whole numbers that hold them.
    """
    said = []
    for row, goes_on in phrases(query):
        *before, last = row
        end = " " if last[0].isascii() and not goes_on else ""
        whole = f"{' ' if row[0].isascii() else ''}{_joined(before)}{last}{end}"
        said.append((whole, *(f" {one} " for one in _alternatives(row, numbers))))
    return said


def search_row(score: float, lead_id: int) -> int:
    """The lead's row number in FTS5: read backwards, rows come riskiest first, so that common words need no sorting."""
    hundredths = min(max(round(score * 100), 0), 16_383)  # 14 bits above the 48 of the id
    return hundredths << 48 | lead_id


def pack(words: str) -> bytes:
    """What SQLite's index was told, so that it can be told again to forget it: it keeps no copy itself."""
    return zlib.compress(words.encode(), 1)


def unpack(packed: bytes) -> str:
    """The reverse of `pack`."""
    return zlib.decompress(packed).decode()
