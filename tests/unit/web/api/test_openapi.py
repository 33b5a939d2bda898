"""The OpenAPI document says what the API does: every generated call gets one of its answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask_openapi3.openapi import OpenAPI
from hypothesis import settings
from schemathesis.config import SchemathesisConfig

from bx24app.web.api import openapi, routes
from bx24app.web.errors import STATUS
from tests.support.app_harness import AppHarness

DOCUMENT = "/api/v1/openapi.json"
NEVER_HERE = {
    "session_ended",
    "not_proven",
    "unknown_authorization_server",
    "not_administrator",
    "not_installed",
    "installation_incomplete",
    "too_late",
    "method_not_allowed",
    "internal_error",
}
"""Codes of other endpoints."""


class ReplaceableApp:
    """The API for Schemathesis, which wants its document before there is an application."""

    def __init__(self) -> None:
        """At first only the document is behind it."""
        self.app = OpenAPI("document", doc_ui=False)
        self.app.register_blueprint(openapi.bp)
        self.app.register_api(routes.bp)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Let a request in."""
        return self.app(environ, start_response)


replaceable = ReplaceableApp()
config = SchemathesisConfig.from_dict(
    {
        "seed": 24,
        "parameters": {"path.member_id": "a223c6b3710f85df22e9377d6c4f7553", "path.id": 103},
        "checks": {
            # Whether a person, a project or a plan exists is more than a schema can say.
            "positive_data_acceptance": {"expected-statuses": ["2xx", 404, 409, 412, 422]},
            "negative_data_rejection": {"expected-statuses": [400, 401, 404, 405, 412, 415, 422]},
        },
    }
)
schema = schemathesis.openapi.from_wsgi(DOCUMENT, replaceable, config=config)


@schema.hook
def filter_query(context: Any, query: dict[str, Any] | None) -> bool:
    """Leave out what is not sent: an unknown parameter without values is no mistake."""
    return not any(value in ([], {}) for value in (query or {}).values())


@pytest.fixture(scope="module")
def keys(shared_app: AppHarness) -> Iterator[dict[str, str]]:
    """A key of portal A and one of the operator, and the whole application behind them."""
    bare, replaceable.app = replaceable.app, shared_app.app
    yield {"portal": shared_app.program(shared_app.a).key, "operator": shared_app.program(None).key}
    replaceable.app = bare


def _key(keys: dict[str, str], path: str) -> str:
    return keys["operator" if "/rollouts" in path or path.endswith("/v1/health") else "portal"]


@schema.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
def test_every_call_gets_an_answer_of_the_document(
    case: schemathesis.Case, shared_app: AppHarness, keys: dict[str, str]
) -> None:
    portal = shared_app.a
    flows, groups = dict(portal.flows), dict(portal.groups)
    try:
        case.call_and_validate(headers={"Authorization": f"Bearer {_key(keys, case.path)}"})
    finally:
        portal.flows, portal.groups = flows, groups


@pytest.fixture(scope="module")
def document(shared_app: AppHarness) -> dict[str, Any]:
    """The document as anybody may read it."""
    return shared_app.browser.get(DOCUMENT).json


def test_the_document_is_one(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_it_names_every_call_and_no_other(document: dict[str, Any], shared_app: AppHarness) -> None:
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), verb.lower())
        for rule in shared_app.app.url_map.iter_rules()
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api.")
    }

    named = {(path, verb) for path, calls in document["paths"].items() for verb in calls}

    assert named == there
    assert len(named) == 39


@pytest.mark.parametrize("query", ["nonsense=1", "limit=1&limit=1"])
def test_no_call_ignores_a_parameter(
    query: str, document: dict[str, Any], shared_app: AppHarness, keys: dict[str, str]
) -> None:
    calls = [(path, verb) for path, calls in document["paths"].items() for verb in calls]
    for path, verb in calls:
        address = path.format(member_id=shared_app.a.member_id, id=103, number=1, slug="a")
        answer = shared_app.browser.open(
            f"{address}?{query}",
            method=verb.upper(),
            headers={"Authorization": f"Bearer {_key(keys, path)}"},
            json=None if verb == "get" else {},
        )
        assert (answer.status_code, answer.json["code"]) == (400, "malformed"), (verb, path)
        assert query.partition("=")[0] in answer.json["detail"]


def problems(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Status, code and example of every problem that the document names."""
    for calls in document["paths"].values():
        for call in calls.values():
            for status, answer in call["responses"].items():
                media = answer.get("content", {}).get("application/problem+json", {})
                for code, example in media.get("examples", {}).items():
                    yield status, code, example["value"]


def test_it_names_every_problem_of_the_api(document: dict[str, Any]) -> None:
    found = {code: status for status, code, _ in problems(document)}

    assert found == {code: str(status) for code, status in STATUS.items() if code not in NEVER_HERE}


def test_its_examples_are_valid(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    for _, code, example in problems(document):
        jsonschema_rs.validate(shapes["Problem"], example)
        assert example["code"] == code
    flow = document["paths"]["/api/v1/portals/{member_id}/flows"]["post"]["requestBody"]
    jsonschema_rs.validate(shapes["NewFlow"], flow["content"]["application/json"]["example"])


def test_it_asks_for_a_key_everywhere(document: dict[str, Any]) -> None:
    calls = [call for path in document["paths"].values() for call in path.values()]

    assert all(call["security"] == [{"key": []}] for call in calls)
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


class Page(HTMLParser):
    """What a page loads, and which places in it exist and are pointed at."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.loads += [values[name] for name in ("src", "style", "onclick") if name in values]
        if tag == "link":
            self.loads.append(values["href"])
        if tag == "a":
            self.links.append(values["href"])


def test_people_can_read_it(document: dict[str, Any], shared_app: AppHarness) -> None:
    answer = shared_app.browser.get("/api/v1/docs", headers={"Accept-Language": "ru"})

    page = Page(answer.text)
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
    for path, calls in document["paths"].items():
        assert path in answer.text
        assert {call["operationId"] for call in calls.values()} <= set(page.ids)
    assert set(document["components"]["schemas"]) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_the_page_needs_no_script_and_nothing_from_elsewhere(shared_app: AppHarness) -> None:
    answer = shared_app.browser.get("/api/v1/docs")

    page = Page(answer.text)
    assert "script" not in page.tags
    assert all(load.startswith(("/static/", "data:,")) for load in page.loads)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
