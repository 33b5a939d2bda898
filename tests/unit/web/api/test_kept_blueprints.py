"""The gallery of ready blueprints, and the own ones that a portal keeps."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
import yaml

from bx24app.blueprints.kept import GALLERY
from bx24app.blueprints.schema import blueprint_schema
from tests.support.app_harness import Api, AppHarness
from tests.support.blueprint_harness import Documents
from tests.support.rollout_harness import document

OWN = {"schema": 1, "variables": {"agents": []}, "flows": document()["flows"]}


def address(api: Api, slug: str = "") -> str:
    return f"{api.flows.removesuffix('flows')}blueprints{slug and '/'}{slug}"


@pytest.fixture
def shared_api(shared_app: AppHarness) -> Api:
    return shared_app.program(shared_app.a)


def test_the_gallery_has_eight_in_two_languages(shared_api: Api) -> None:
    answer = shared_api.call("GET", "/api/v1/blueprints")
    items = answer.json["items"]
    assert [one["slug"] for one in items] == list(GALLERY)
    assert len(items) == 8
    schema = jsonschema_rs.validator_for(blueprint_schema("https://example.com/schema.json"))
    for one in items:
        schema.validate(one["document"])
        for texts in (one["name"], one["description"]):
            assert len({texts["en"], texts["ru"], ""}) == 3


@pytest.mark.parametrize("slug", GALLERY)
def test_each_ready_one_is_applied(slug: str, shared_app: AppHarness) -> None:
    for portal, language in ((shared_app.a, "en"), (shared_app.b, "ru")):
        documents = Documents(shared_app.program(portal))
        # Portal B has no list, so its flow of such a name has to be shown to us first.
        for number in list(portal.flows):
            documents.api.get(number)
        items = documents.api.call("GET", "/api/v1/blueprints").json["items"]
        ready = next(one for one in items if one["slug"] == slug)
        variables = {
            name: [{"user": {"id": 2}}]
            for name, default in ready["document"]["variables"].items()
            if default == []
        }
        body = {"document": ready["document"], "variables": variables}
        plan = documents.post("plans", json=body)
        assert plan.status_code == 201, plan.text
        ended = documents.applied(plan.json)
        assert ended["status"] == "applied", ended
        flow = portal.flows[ended["changes"][0]["outcome"]["flowId"]]
        assert flow.name == ready["name"][language]
        assert flow.description == ready["description"][language]
        again = documents.post("plans", json=body).json["summary"]
        assert {kind for kind, count in again.items() if count} == {"unchanged"}


def test_an_own_one_is_kept_read_replaced_and_removed(api: Api, installed_app: AppHarness) -> None:
    kept = api.call("PUT", address(api, "desks"), json={"document": OWN})
    assert (kept.status_code, kept.json) == (201, OWN)
    assert kept.headers["Location"].endswith(address(api, "desks"))
    read = api.call("GET", address(api, "desks"))
    assert (read.json, read.headers["ETag"]) == (OWN, kept.headers["ETag"])
    as_yaml = api.call("GET", address(api, "desks"), headers={"Accept": "application/yaml"})
    assert yaml.safe_load(as_yaml.text) == OWN
    (listed,) = api.call("GET", address(api)).json["items"]
    assert (listed["slug"], listed["document"]) == ("desks", OWN)

    text = "schema: 1 # a comment\nflows: {content: {name: Content}}\n"
    replaced = api.call(
        "PUT", address(api, "desks"), data=text.encode(), content_type="application/yaml"
    )
    assert (replaced.status_code, replaced.json["flows"]) == (200, {"content": {"name": "Content"}})
    other = installed_app.program(installed_app.b)
    assert other.call("GET", address(other, "desks")).status_code == 404
    assert other.call("GET", address(api, "desks")).status_code == 404
    assert api.call("DELETE", address(api, "desks")).status_code == 204
    assert api.call("DELETE", address(api, "desks")).status_code == 404
    assert api.call("GET", address(api, "desks")).status_code == 404
    assert installed_app.writes() == []


@pytest.mark.parametrize(
    ("slug", "sent", "pointer"),
    [
        ("desks", {"document": {"schema": 1, "flows": {"a": {"name": "A", "x": 1}}}}, "/flows/a/x"),
        ("desks", {"document": {"schema": 2, "flows": {}}}, "/schema"),
        ("desks", {}, "/document"),
        ("desks", {"document": OWN, "prune": True}, "/prune"),
        ("Desks!", {"document": OWN}, ""),
    ],
)
def test_what_is_no_document_is_not_kept(
    slug: str, sent: dict[str, Any], pointer: str, shared_api: Api
) -> None:
    answer = shared_api.call("PUT", address(shared_api, slug), json=sent)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_document"), answer.text
    assert pointer in [one["pointer"] for one in answer.json["errors"]]
    assert shared_api.call("GET", address(shared_api)).json["items"] == []


def test_the_same_call_under_one_key_is_answered_again(api: Api) -> None:
    first, second = (
        api.call(
            "PUT", address(api, "once"), json={"document": OWN}, headers={"Idempotency-Key": "k"}
        )
        for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotent-Replayed"] == "true"
