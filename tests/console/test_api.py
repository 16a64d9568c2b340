"""The JSON API as its own document describes it: whatever is sent, it answers in JSON and never fails."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from console.access import ROLES, RULES
from storage.review import tokens
from tests import databases
from tests.console.referring import referring
from tests.console.serving import SETUP

LARGEST_ID = 2**63  # one less, which the document writes as a floating-point number


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    db = databases.fresh(folder / "console.sqlite")
    with referring(db, folder) as running:
        yield running
    db.close()


@pytest.fixture(scope="module")
def key(console) -> str:
    number = console.person("demo_program", *ROLES)
    return tokens.create(console.db, number, "demo", ROLES, SETUP, console.clock(), lasts=timedelta(days=1))


@pytest.fixture(scope="module")
def document(console) -> dict:
    return console.browser().get("/api/v1/openapi.json").json()


@pytest.fixture(scope="module")
def described(console, document):
    found = schemathesis.openapi.from_dict(document)
    found.config.update(base_url=console.url)
    return found


def test_the_document_holds_the_api_and_nothing_else(document):
    expected = {route.split(" ")[1] for route in RULES if "/api/v1/" in route} - {"/api/v1/openapi.json"}
    assert set(document["paths"]) == expected


def test_every_number_and_text_that_is_sent_has_a_bound(document):
    def walk(node):
        if isinstance(node, dict):
            if node.get("type") == "string" and not {"enum", "const", "format", "pattern"} & set(node):
                assert "maxLength" in node, node
            if node.get("type") == "integer":
                assert node.get("maximum", node.get("exclusiveMaximum", 2**64)) <= LARGEST_ID, node
            for one in node.values():
                walk(one)
        elif isinstance(node, list):
            for one in node:
                walk(one)

    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                walk(parameter["schema"])
            for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(operation.get("requestBody", {}))):
                walk(schemas[name])


def test_operations_are_described_in_chinese(document):
    for path in document["paths"].values():
        for operation in path.values():
            assert re.search(r"[\u4e00-\u9fff]", operation["summary"]), operation


def test_whatever_is_sent_it_never_fails(described, key):
    for found in described.get_all_operations():
        _try(found.ok(), key)


def _try(operation, key):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def check(case):
        answer = case.call(headers={"authorization": f"Bearer {key}"})
        assert answer.status_code < 500, (operation.label, case)
        assert answer.headers["content-type"][0].startswith("application/json")

    check()


def test_errors_are_json_in_chinese(console, key):
    client = console.browser(headers={"authorization": f"Bearer {key}"})
    for path, status in (("/api/v1/nothing", 404), ("/api/nothing", 404)):
        error = client.get(path).json()["error"]
        assert error["status"] == status
        assert error["title"] == "没有找到"
    assert client.post("/api/v1/me", json={}).json()["error"]["status"] == 405
