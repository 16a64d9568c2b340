from __future__ import annotations

import pytest

from console.routing import Screen


def screen(*paths):
    made = Screen()
    for path in paths:
        made.add_api_route(path, lambda: None, methods=["GET"])
    return made


def test_a_path_that_may_begin_with_anything_is_refused(monkeypatch):
    from console.access import RULES, everyone

    monkeypatch.setitem(RULES, "GET /{name}", everyone())
    with pytest.raises(AssertionError):
        screen("/{name}").matches({"type": "http", "method": "GET", "path": "/x"})


def test_what_is_there_is_found_and_what_is_not_is_not(served):
    li = served.signed_in("demo_li", "reviewer")
    for path, status in {
        "/": 200,
        "/queue": 200,
        "/queue/": 404,
        "//queue": 404,
        "/queue/nothing": 404,
        "/x": 404,
    }.items():
        assert li.get(served.url + path).status_code == status, path
    assert li.client.put("/queue").status_code == 405
