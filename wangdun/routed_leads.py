"""Leads with the departments of the table of duties, as a referral of theirs would name them."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.database import Database
    from storage.leads import Lead
    from wangdun.config import Config

AT_ONCE = 200  # leads whose facts are read in one go: memory stays flat


def routed(config: Config, db: Database, lead: Lead) -> Lead:
    """The lead, its departments by the rules: who leads first. Raises RulesError, StorageError."""
    return next(all_routed(config, db, [lead]))


def all_routed(config: Config, db: Database, leads: Iterable[Lead]) -> Iterator[Lead]:
    """The same for each of many, one by one as they come. Raises RulesError, StorageError."""
    from storage.referral import queries
    from wangdun.referring import Referring

    rules, source = Referring(config, db), iter(leads)
    while some := list(islice(source, AT_ONCE)):
        for lead, facts in zip(some, queries.material(db, [lead.id for lead in some]), strict=True):
            route = rules.suggest([facts])
            yield replace(lead, departments=(route.lead, *route.support))
