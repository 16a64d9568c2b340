"""Which leads are of one party: what they share, an account or a contact, ties them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from referrals.routing.facts import Facts
    from storage.referral.records import ReferredLead


def of(lead: ReferredLead) -> tuple[str, ...]:
    """What tells whose offer it is; empty where the page tells nothing."""
    account = [f"account:{lead.seller_id}"] if lead.seller_id is not None else []
    return (*account, *(f"{kind}:{value}" for kind, value in lead.contacts))


def grouped(facts: Sequence[Facts]) -> list[int]:
    """For each lead the number of its party; a lead without any mark is a party of its own."""
    parents = list(range(len(facts)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    first: dict[str, int] = {}
    for number, one in enumerate(facts):
        for mark in one.parties:
            parents[root(number)] = root(first.setdefault(mark, number))
    return [root(number) for number in range(len(facts))]
