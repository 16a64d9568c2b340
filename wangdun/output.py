"""What people and programs see: tables, JSON, and text made harmless for a terminal."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from rich.console import Console
    from rich.text import Text

    from console.highlight import Mark

    Cell: TypeAlias = str | Text

PIPE_WIDTH = 220  # columns where nobody measures them: wide enough for a lead with its link on one line
# C0 without newline, DEL and C1 (terminal escapes), bidi marks and overrides, line separators, lone surrogates, BOM
# and the two code points that no file format takes
_HARMFUL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_HARMFUL_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_PICTURES = 0x2400  # ␀, the first of the control pictures


def plain(text: str) -> str:
    r"""Make text from a page harmless, one code point for one: newlines stay, ESC becomes ␛, the rest U+FFFD."""
    return _HARMFUL.sub(_harmless, text)


def signed(text: str) -> str:
    """A quote on one line in which each hidden character is told by its name: 象［零宽空格］牙."""
    return signed_text(text.replace("\n", " ")).plain


def signed_text(text: str, marks: Iterable[Mark] = (), styles: Mapping[str, str] | None = None) -> Text:
    """A text for the terminal, each hidden character told by its name; `styles`: kind of mark -> how it is shown."""
    from rich.text import Text

    from console.highlight import pieces

    shown = Text()
    for one in pieces(text, marks, longest=len(text)):
        said = f"［{one.text}］" if one.kind == "hidden" else plain(one.text)
        shown.append(said, (styles or {}).get(one.style))
    return shown


def one_line(text: str, longest: int | None = None) -> str:
    """Harmless text on one line, cut with … where it is longer than `longest`."""
    text = plain(text).replace("\n", " ")
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"


def _harmless(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code == 0x09:  # a tab is only white space
        return " "
    if code < 0x20:
        return chr(_PICTURES + code)
    return "\ufffd"


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON, Chinese readable, everything harmful escaped: still the same value for a program."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _HARMFUL_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    print(json_text(value, indent=2))  # noqa: T201 -- this is the command's answer


def print_line(text: str) -> None:
    """Print a line for people on stdout."""
    print(plain(text))  # noqa: T201 -- this is the command's answer


def note(text: str) -> None:
    """Print a line for people on stderr, where it does not disturb a program that reads stdout."""
    print(plain(text), file=sys.stderr)  # noqa: T201 -- a remark beside the answer


def console() -> Console:
    """A console without markup, as wide as the terminal or, in a pipe, wide enough."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(markup=False, emoji=False, highlight=False, width=width)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str | None = None) -> None:
    """Print a table; texts are made harmless, long ones wrap."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=box.SIMPLE, title_justify="left", pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell)) if isinstance(cell, str) else cell for cell in row))
    console().print(table)


def local_time(moment: datetime | None, zone: tzinfo) -> str:
    """``2026-11-01 08:30`` in the local zone; ``—`` for none."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "—"


def prepare_streams() -> None:
    """Let no odd character stop a command: what the terminal cannot show is escaped."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")
