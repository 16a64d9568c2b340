"""An evidence folder of its own for every test, beside a fresh database of either kind."""

from __future__ import annotations

import pytest

from storage.config import EvidenceConfig
from storage.evidence.objects import Objects


@pytest.fixture
def objects(tmp_path) -> Objects:
    return Objects(tmp_path / "evidence", EvidenceConfig(keep_free_mb=16))
