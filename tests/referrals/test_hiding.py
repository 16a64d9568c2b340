from __future__ import annotations

from referrals.hiding import hidden, shown
from tests.referrals.cases import case, hit, lead


def test_contacts_are_hidden_wherever_they_stand():
    one = lead(
        1, title="加微信 demo_owl88 看货", url="https://forum.example/u/13800001234", seller="demo_owl88", price_text="3000 电13800001234",
        region="某县 13800005678", subject="象牙 demo_owl88", hits=(hit(matched="demo_owl88 象牙"),),
    )  # fmt: skip
    text = repr(hidden(one, accounts=True))
    for secret in ("demo_owl88", "13800001234", "13800005678"):
        assert secret not in text
    assert "138****1234" in text
    assert hidden(one, accounts=True).lead_id == one.lead_id


def test_accounts_stay_for_who_acts_on_them():
    assert hidden(lead(1), accounts=True).seller == "林中客"
    assert hidden(lead(1), accounts=False).seller == "林**"
    assert hidden(lead(1, seller=None), accounts=False).seller is None


def test_referral_decides_unless_the_caller_does():
    masked, plain = case(masked=True), case(masked=False)
    assert shown(plain) == plain.leads
    assert shown(masked) != masked.leads
    assert shown(masked, masked=False) == masked.leads
    assert shown(plain, masked=True) == shown(masked)
