"""People and leads for tests of referrals."""

from __future__ import annotations

import pytest

from storage.review import accounts  # noqa: TC001 - pytest reads it
from tests.storage.referral.making import confirmed
from tests.storage.review.making import account


@pytest.fixture
def hanna(db) -> accounts.Account:
    """She drafts."""
    return account(db, "hanna", "handler", "reviewer")


@pytest.fixture
def arno(db) -> accounts.Account:
    """He approves."""
    return account(db, "arno", "approver")


@pytest.fixture
def leads(db, site_id, run_id, hanna) -> list[int]:
    """Four confirmed leads."""
    return confirmed(db, site_id, run_id, hanna, "1", "2", "3", "4")
