"""Leads with the departments of the table of duties, as a referral of theirs would name them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Database
    from storage.leads import Lead
    from wangdun.config import Config


def routed(config: Config, db: Database, lead: Lead) -> Lead:
    """The lead, its departments by the rules: who leads first. Raises RulesError, StorageError."""
    from storage.referral import queries
    from wangdun.referring import Referring

    route = Referring(config, db).suggest(queries.material(db, [lead.id]))
    return replace(lead, departments=(route.lead, *route.support))
