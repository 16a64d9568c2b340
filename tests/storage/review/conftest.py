"""People for tests."""

from __future__ import annotations

import pytest

from storage.review import accounts  # noqa: TC001 - pytest reads it
from tests.storage.making import NOW
from tests.storage.review.making import SYSTEM, account


@pytest.fixture
def admin(db) -> accounts.Account:
    return account(db, "admin", "admin")


@pytest.fixture
def anna(db) -> accounts.Account:
    return account(db, "anna", "reviewer", "approver")


@pytest.fixture
def bert(db) -> accounts.Account:
    return account(db, "bert", "reviewer", "approver")


__all__ = ["NOW", "SYSTEM"]
