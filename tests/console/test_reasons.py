from __future__ import annotations

from storage.review import audit, reasons
from tests.console import filling


def test_reasons_are_added_renamed_and_retired(served):
    admin = served.signed_in("demo_chen", "admin")
    assert admin.post("/reasons", parent="not_object", code="shoe", label="鞋子型号").status_code == 303
    assert admin.post("/reasons/not_object.toy", label="玩具", position="3", retired="true").status_code == 303
    by_code = {one.code: one for one in reasons.everything(served.db, retired=True)}
    assert by_code["not_object.shoe"].label == "鞋子型号"
    assert by_code["not_object.toy"].retired_at is not None
    assert [one.action for one in audit.recent(served.db, limit=2)] == ["reason.change", "reason.add"]
    page = served.signed_in("demo_li", "reviewer").get(f"/leads/{filling.one(served.db)}").text
    assert 'value="dismiss:not_object.shoe"' in page
    assert 'value="dismiss:not_object.toy"' not in page


def test_what_is_not_allowed_is_said(served):
    admin = served.signed_in("demo_chen", "admin")
    for form in (
        {"code": "Ü", "label": "x"},
        {"code": "ok", "label": ""},
        {"parent": "nothing", "code": "a", "label": "b"},
    ):
        assert admin.post("/reasons", **form).status_code == 422, form
    assert admin.post("/reasons/nothing", label="x").status_code in {404, 422}
    assert served.signed_in("demo_li", "reviewer").get("/reasons").status_code == 403
