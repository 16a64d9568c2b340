from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.referral.reminding import Reminder
from tests.referrals.cases import case
from wangdun.commands.refer_due import _row
from wangdun.config import load

NOW = datetime(2026, 11, 22, tzinfo=UTC)
POLICE = "referrals:\n  departments:\n    public_security: {name: 某县公安局, person: 某警官, phone: '13800001111'}\n"


@pytest.mark.parametrize(
    ("due_kind", "told"), [("transfer", ("本单位", "—", "—")), ("decision", ("某县公安局", "某警官", "13800001111"))]
)
def test_whom_to_call_is_told_of_the_party_that_is_awaited_alone(tmp_path, due_kind, told):
    (tmp_path / "config.yaml").write_text(POLICE, encoding="utf-8")
    one = replace(case().referral, department="public_security", receiver="某县公安局", due_at=NOW, due_kind=due_kind)
    row = _row(Reminder(one, late=True, reminded_at=None, reminders=0), load(tmp_path / "config.yaml"), NOW)
    assert (row[2], *row[-2:]) == told
