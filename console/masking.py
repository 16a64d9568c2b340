"""Personal data on screen: masked unless the role needs it or the person asks, which is written down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from storage.masking import mask, mask_in
from storage.review.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.person import Person
    from console.state import Console
    from storage.records import ContactRecord

_ACCOUNT: Final = re.compile("[0-9a-z]{4}")  # no search finds the beginning of a shorter name or number
_DIGITS: Final = re.compile("[0-9〇零一二三四五六七八九]")
_NAME: Final = re.compile("[a-z0-9_-]{5}", re.IGNORECASE)
"""What reads as a contact has five of these in a row at least, whatever stands before it."""
MOST_DIGITS: Final = 4  # of one search, Chinese ones too; five begin a telephone number
NO_SEARCH: Final = "您的角色看不到联系方式，不能按号码或字母账号搜索；请改用中文词语。"


def hides(console: Console, person: Person, *, revealed: bool = False) -> bool:
    """Whether this person is shown masked texts; `revealed`: asked for this object, and it was written down."""
    return console.config.mask and (person.sees_masked or not revealed)


def may_reveal(console: Console, person: Person) -> bool:
    """Whether a button to show the whole is offered."""
    return console.config.mask and not person.sees_masked


def text_for(text: str, contacts: Iterable[ContactRecord], *, hidden: bool) -> str:
    """`text` as this person sees it: as long as before, so that spans of hits stay valid."""
    return mask_in(text, contacts) if hidden else text


def mask_line(text: str) -> str:
    """A line of a list, of whose contacts nothing is known: what plainly reads as one is masked. Most have none."""
    return mask_in(text, ()) if _NAME.search(text) else text


def asks_for_contact(person: Person, query: str) -> bool:
    """Whether a search would confirm a telephone number or an account to somebody who may never see one."""
    words = fold(query)
    return person.sees_masked and bool(_ACCOUNT.search(words) or len(_DIGITS.findall(words)) > MOST_DIGITS)


__all__ = ["NO_SEARCH", "asks_for_contact", "hides", "mask", "mask_in", "mask_line", "may_reveal", "text_for"]
