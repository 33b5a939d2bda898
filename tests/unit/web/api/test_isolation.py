"""A key opens its own portal and nothing else, at every address that the OpenAPI document names."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from flask_openapi3.openapi import OpenAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from bx24app.web.api import routes
from tests.support.app_harness import AppHarness

BODIES: dict[str, Any] = {
    "createFlow": {"name": "New"},
    "putFlow": {"name": "New"},
    "changeFlow": {"description": "New"},
    "setActive": {"active": False},
    "setPinned": {"pinned": True},
}


def calls() -> dict[str, tuple[str, str]]:
    """Every call of the document: its verb and its path by its name."""
    app = OpenAPI("document", doc_ui=False)
    app.register_api(routes.bp)
    return {
        call["operationId"]: (verb.upper(), path)
        for path, verbs in app.api_doc["paths"].items()
        for verb, call in verbs.items()
    }


CALLS = calls()
OF_PORTALS = [name for name, (_, path) in CALLS.items() if "{member_id}" in path]
NAMES = st.sampled_from(sorted(CALLS))


def call(installed_app: AppHarness, name: str, authorization: str | None, **more: Any) -> Any:
    """Call an operation on portal A's first flow."""
    verb, path = CALLS[name]
    address = path.format(member_id=installed_app.a.member_id, id=101, number=1, slug="own")
    headers = {"Authorization": authorization} if authorization is not None else {}
    body = {"json": BODIES[name]} if name in BODIES else {}
    query = {"name": "IT help desk"} if name == "flowExists" else {}
    query |= more.pop("query", {})
    headers |= more.pop("headers", {})
    return installed_app.app.test_client().open(
        address, method=verb, headers=headers, query_string=query, **body
    )


@pytest.fixture
def silent(shared_app: AppHarness):
    """Nothing reaches the portals during the test, and nothing changes there."""
    asked = len(shared_app.world.journal)
    before = copy.deepcopy(shared_app.a.flows)
    yield
    assert shared_app.world.journal[asked:] == []
    assert shared_app.a.flows == before


def test_the_document_names_the_calls() -> None:
    assert len(CALLS) == 39
    assert len(OF_PORTALS) == 31


@pytest.mark.promise("every call of the OpenAPI document is tried with every wrong key")
@pytest.mark.threat("another portal's API key")
@pytest.mark.parametrize("name", OF_PORTALS)
def test_the_key_of_another_portal_finds_nothing(
    name: str, shared_app: AppHarness, silent: None
) -> None:
    stranger = shared_app.program(shared_app.b)

    answer = call(shared_app, name, f"Bearer {stranger.key}")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    unknown = stranger.call("GET", "/api/v1/portals/ffffffffffffffffffffffffffffffff")
    assert answer.json == unknown.json


@pytest.mark.parametrize("name", CALLS)
def test_without_a_key_nothing_is_told(name: str, shared_app: AppHarness, silent: None) -> None:
    answer = call(shared_app, name, None)

    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.content_type == "application/problem+json"


@pytest.mark.threat("another portal's API key")
@pytest.mark.parametrize("name", CALLS)
def test_a_revoked_key_opens_nothing(name: str, shared_app: AppHarness, silent: None) -> None:
    program = shared_app.program(shared_app.a)
    keys = shared_app.container.api_keys
    keys.revoke(keys.check(program.key).id)

    assert call(shared_app, name, f"Bearer {program.key}").status_code == 401


def test_the_list_of_portals_shows_the_own_one(shared_app: AppHarness) -> None:
    for portal in (shared_app.a, shared_app.b):
        listed = shared_app.program(portal).call("GET", "/api/v1/portals").json["items"]
        assert [one["memberId"] for one in listed] == [portal.member_id]


@pytest.mark.parametrize(
    "form",
    [
        "{key}",
        "Basic {key}",
        "Token {key}",
        "Bearer",
        "Bearer ",
        "Bearer {key}x",
        "Bearer x{key}",
        "Bearer {short}",
        "Bearer {upper}",
        "Bearer {key} {key}",
        "Bearer {key},{key}",
        'Bearer token="{key}"',
        "Bearer ' OR 1=1 --",
        "Bearer \u00e9",
    ],
)
def test_a_key_counts_in_one_form_only(form: str, shared_app: AppHarness, silent: None) -> None:
    key = shared_app.program(shared_app.a).key
    sent = form.format(key=key, short=key[:-1], upper=key.upper())

    assert call(shared_app, "getFlow", sent).status_code == 401


@pytest.mark.threat("another portal's API key")
def test_a_key_in_the_address_does_not_count(shared_app: AppHarness, silent: None) -> None:
    key = shared_app.program(shared_app.a).key

    for query in ({"key": key}, {"access_token": key}, {"auth": key}):
        assert call(shared_app, "getFlow", None, query=query).status_code == 401


def test_a_session_of_a_page_is_no_key(shared_app: AppHarness) -> None:
    value = shared_app.launch(shared_app.a).headers["X-Session"]

    for headers in ({"X-Session": value}, {"Authorization": f"Bearer {value}"}):
        assert call(shared_app, "getFlow", None, headers=headers).status_code == 401


@pytest.mark.promise("every call of the OpenAPI document is tried with every wrong key")
@settings(max_examples=60, deadline=None)
@given(name=NAMES, key=st.text(st.characters(min_codepoint=33, max_codepoint=255)))
def test_no_other_key_opens_anything(shared_app: AppHarness, name: str, key: str) -> None:
    assert call(shared_app, name, f"Bearer {key}").status_code == 401


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "/", "/portal", "/flows", "/portals/x/flows/1/2", "/v2"])
def test_where_nothing_is_nothing_is_found(verb: str, path: str, shared_app: AppHarness) -> None:
    answer = shared_app.app.test_client().open(f"/api/v1{path}", method=verb)

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
