"""Personal data on screen: masked unless the role needs it or the person asks, which is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.masking import mask, mask_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.person import Person
    from console.state import Console
    from storage.records import ContactRecord


def hides(console: Console, person: Person, *, revealed: bool = False) -> bool:
    """Whether this person is shown masked texts; `revealed`: asked for this object, and it was written down."""
    return console.config.mask and (person.sees_masked or not revealed)


def may_reveal(console: Console, person: Person) -> bool:
    """Whether a button to show the whole is offered."""
    return console.config.mask and not person.sees_masked


def text_for(text: str, contacts: Iterable[ContactRecord], *, hidden: bool) -> str:
    """`text` as this person sees it: as long as before, so that spans of hits stay valid."""
    return mask_in(text, contacts) if hidden else text


__all__ = ["hides", "mask", "mask_in", "may_reveal", "text_for"]
