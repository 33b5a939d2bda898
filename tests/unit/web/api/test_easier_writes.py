"""What spares integrators a look: names that are enough, refusals that lead on, results told."""

from __future__ import annotations

import pytest

from bx24app.flows.change import FlowChange
from bx24app.flows.team import TEAM_EMPTY
from bx24app.web.api.shown import shown_outcome
from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST


def test_the_name_is_enough_for_a_flow_that_exists(api: Api, installed_app: AppHarness) -> None:
    before = api.get(101)

    answer = api.put({"name": "IT help desk"})

    assert answer.status_code == 200
    assert answer.json == before.json
    assert installed_app.writes() == []


def test_with_the_name_only_what_is_sent_changes(api: Api) -> None:
    before = api.get(101).json

    answer = api.put({"name": "IT help desk", "plannedCompletionTime": 7200})

    assert answer.status_code == 200
    assert answer.json == before | {"plannedCompletionTime": 7200}


def test_what_is_wrong_for_a_flow_that_exists_is_all_that_is_told(api: Api) -> None:
    answer = api.put({"name": "IT help desk", "plannedCompletionTime": 1})

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == ["/plannedCompletionTime"]


def test_a_new_flow_still_needs_its_fields(api: Api, installed_app: AppHarness) -> None:
    answer = api.put({"name": "Brand new"})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_flow")
    assert {one["pointer"] for one in answer.json["errors"]} >= {
        "/plannedCompletionTime",
        "/distributionType",
        "/responsibleList",
    }
    assert installed_app.writes() == []


def test_a_known_flow_that_is_not_listed_needs_its_name_only(installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.b)
    api.get(201)

    answer = api.put({"name": "ИТ-поддержка", "description": "Новое"})

    assert (answer.status_code, answer.json["id"]) == (200, 201)
    assert answer.json["description"] == "Новое"


def test_a_patch_of_the_state_says_where_to_set_it(api: Api) -> None:
    answer = api.patch(101, {"active": False})

    assert answer.status_code == 422
    (found,) = answer.json["errors"]
    assert found["pointer"] == "/active"
    assert "PUT …/active" in found["message"]


@pytest.mark.reference("sample flows")
def test_samples_are_left_alone(api: Api, installed_app: AppHarness) -> None:
    answers = [
        api.patch(104, {"description": "New"}),
        api.put({"active": True}, "104/active"),
        api.put({"name": "Legal Department", "description": "New"}),
    ]

    for answer in answers:
        assert (answer.status_code, answer.json["code"]) == (409, "sample_flow")
    assert installed_app.writes() == []


def test_an_empty_team_is_told(api: Api, installed_app: AppHarness) -> None:
    """Older portals kept people only, and dropped a department that nobody is left of."""
    flow = api.post(LEAST).json | {"responsibleList": []}
    with installed_app.app.test_request_context():
        answer = shown_outcome(installed_app.a.member_id, FlowChange(None, flow, (TEAM_EMPTY,)))
    (warning,) = answer.json["warnings"]
    assert (warning["pointer"], warning["code"]) == ("/responsibleList", "team_empty")
    assert "warnings" not in api.get(flow["id"]).json


def test_a_location_is_an_address(api: Api) -> None:
    made = api.post(LEAST)

    assert made.headers["Location"] == f"http://127.0.0.1:8000{api.flows}/{made.json['id']}"
    assert "warnings" not in made.json


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
@pytest.mark.parametrize("below", ["", "/active", "/pinned"])
def test_numbers_that_no_flow_can_have_are_not_found(
    number: int, below: str, stored_api: Api
) -> None:
    verb = "PUT" if below else "GET"
    answer = stored_api.call(verb, f"{stored_api.flows}/{number}{below}", json={"active": True})

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_portals_have_pages(installed_app: AppHarness) -> None:
    operator = installed_app.program(None)

    first = operator.call("GET", "/api/v1/portals?limit=1")
    link = first.headers["Link"][1:].partition(">")[0].removeprefix("http://127.0.0.1:8000")
    second = operator.call("GET", link)

    found = [answer.json["items"][0]["memberId"] for answer in (first, second)]
    assert found == [installed_app.a.member_id, installed_app.b.member_id]
    assert "Link" not in second.headers
    assert operator.call("GET", "/api/v1/portals?limit=0").status_code == 400
    assert operator.call("GET", "/api/v1/portals?cursor=c00000001").status_code == 400
