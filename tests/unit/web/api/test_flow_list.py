"""How programs list flows: filtered, a page at a time, each with its `etag`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST


def ids(api: Api, **query: Any) -> list[int]:
    """The ids that a query finds."""
    answer = api.get(query_string=query)
    assert answer.status_code == 200, answer.json
    return [flow["id"] for flow in answer.json["items"]]


def next_of(answer: Any) -> str | None:
    """Where an answer's `Link` leads."""
    found = re.fullmatch(r'<(http://127\.0\.0\.1:8000/.+)>; rel="next"', answer.headers["Link"])
    assert found
    return found[1]


def follow(api: Api, first: Any) -> list[Any]:
    """A page and all that its links lead to."""
    answers = [first]
    while "Link" in answers[-1].headers:
        link = urlsplit(next_of(answers[-1]))
        answers.append(api.call("GET", f"{link.path}?{link.query}"))
    return answers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [101, 102, 103, 104]),
        ({"name": "IT help desk"}, [101]),
        ({"name": " it HELP desk "}, [101]),
        ({"name": "IT help"}, []),
        ({"active": "true"}, [101, 103]),
        ({"active": "false"}, [102, 104]),
        ({"projectId": 10}, [101, 103]),
        ({"projectId": 0}, [104]),
        ({"ownerId": 3}, [103]),
        ({"ownerId": 3, "active": "false"}, []),
        ({"projectId": 2**31 - 1}, []),
    ],
)
def test_filters_narrow_the_list(query: dict[str, Any], found: list[int], api: Api) -> None:
    assert ids(api, **query) == found


def test_each_item_carries_the_text_of_its_etag(api: Api) -> None:
    for flow in api.get().json["items"]:
        assert flow["etag"] == api.get(flow["id"]).headers["ETag"]


def test_the_etag_of_the_list_guards_a_change(api: Api) -> None:
    etag = api.get().json["items"][0]["etag"]

    assert api.patch(101, {"description": "One"}, If_Match=etag).status_code == 200
    assert api.patch(101, {"description": "Two"}, If_Match=etag).status_code == 412


def test_links_lead_through_all_pages(api: Api, installed_app: AppHarness) -> None:
    for number in range(200, 330):
        installed_app.a.flows[number] = replace(
            installed_app.flow(101), id=number, name=f"Flow {number}"
        )

    pages = follow(api, api.get(query_string={"limit": 50, "active": "true"}))

    assert [len(page.json["items"]) for page in pages] == [50, 50, 32]
    listed = [flow["id"] for page in pages for flow in page.json["items"]]
    assert listed == [101, 103, *range(200, 330)]
    assert all(page.json["complete"] for page in pages)


def test_a_full_last_page_has_no_link(api: Api) -> None:
    assert "Link" not in api.get(query_string={"limit": 4}).headers
    assert "Link" not in api.get().headers


def test_filters_stay_in_the_link_as_they_were_sent(api: Api) -> None:
    answer = api.get(query_string={"limit": 1, "active": "true", "projectId": 10})

    assert "limit=1&active=true&projectId=10&cursor=" in str(next_of(answer))


def test_a_flow_that_is_deleted_meanwhile_shifts_nothing(
    api: Api, installed_app: AppHarness
) -> None:
    first = api.get(query_string={"limit": 2})
    del installed_app.a.flows[101]

    pages = follow(api, first)

    assert [flow["id"] for flow in pages[1].json["items"]] == [103, 104]


def test_known_flows_have_pages_and_filters_too(installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.b)
    api.get(201)
    made = api.post(LEAST).json["id"]

    first = api.get(query_string={"limit": 1})

    assert [flow["id"] for page in follow(api, first) for flow in page.json["items"]] == [201, made]
    assert first.json["complete"] is False
    assert ids(api, name="least") == [made]


BAD = [
    ("limit", "0"),
    ("limit", "501"),
    ("limit", "many"),
    ("limit", ""),
    ("limit", "١"),
    ("limit", "9" * 5000),
    ("cursor", ""),
    ("cursor", "x"),
    ("cursor", "103"),
    ("cursor", "YWZ0ZXI6LTE="),
    ("cursor", "////"),
    ("cursor", "YWZ0ZXI"),
    ("name", ""),
    ("name", "x" * 256),
    ("active", "1"),
    ("active", "TRUE"),
    ("projectId", "-1"),
    ("projectId", "1.0"),
    ("ownerId", "me"),
    ("ownerId", str(2**31)),
    ("ownerid", "1"),
    ("search", "x"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_or_unknown_parameter_is_named(
    name: str, value: str, api: Api, installed_app: AppHarness
) -> None:
    sent = installed_app.transport.sent

    answer = api.get(query_string={name: value})

    assert (answer.status_code, answer.json["code"]) == (400, "malformed")
    assert name in answer.json["detail"]
    assert installed_app.transport.sent == sent


def test_a_parameter_that_is_sent_twice_is_refused(api: Api) -> None:
    answer = api.call("GET", f"{api.flows}?limit=1&limit=2")

    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_the_key_and_the_portal_are_looked_at_first(api: Api, installed_app: AppHarness) -> None:
    foreign = f"/api/v1/portals/{installed_app.b.member_id}/flows?limit=0"

    assert installed_app.browser.get(f"{api.flows}?limit=0").status_code == 401
    assert api.call("GET", foreign).status_code == 404


@pytest.mark.parametrize(
    ("name", "there", "flow_id"),
    [
        ("IT help desk", True, 101),
        ("it HELP desk", True, 101),
        ("Purchases", True, 102),
        ("No such flow", False, None),
    ],
)
def test_a_name_leads_to_its_flow(name: str, there: bool, flow_id: int | None, api: Api) -> None:
    answer = api.get("exists", query_string={"name": name})

    assert answer.json == {"exists": there, "id": flow_id}


def test_a_flow_that_is_not_visible_has_no_id(installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.b)
    named = {"query_string": {"name": "ИТ-поддержка"}}
    assert api.get("exists", **named).json == {"exists": True, "id": None}

    api.get(201)

    assert api.get("exists", **named).json == {"exists": True, "id": 201}
