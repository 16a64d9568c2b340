from __future__ import annotations

import pytest

from tests import databases
from tests.console.serving import serving


@pytest.fixture
def db(tmp_path):
    opened = databases.fresh(tmp_path / "console.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def served(db):
    """A console for this test alone, with a clock that the test moves."""
    with serving(db) as running:
        yield running
