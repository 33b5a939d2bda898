"""What programs find of people, departments and projects: the ids that a flow needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.emulator.entities import Department, Group
from tests.support.app_harness import Api, AppHarness
from tests.support.visitor import Visitor

KINDS = ("people", "departments", "projects")


def ask(api: Api, kind: str, **query: Any) -> Any:
    """A list of the API's portal."""
    return api.call("GET", api.flows.replace("/flows", f"/{kind}"), query_string=query)


def names(api: Api, kind: str, **query: Any) -> list[str]:
    """The names that a query finds."""
    answer = ask(api, kind, **query)
    assert answer.status_code == 200, answer.json
    return [item["name"] for item in answer.json["items"]]


def test_people_are_active_employees_by_id(api: Api) -> None:
    items = ask(api, "people").json["items"]

    assert [int(item["id"]) for item in items] == [n for n in range(1, 31) if n not in (5, 6)]
    assert items[0] == {"id": "1", "name": "Alice Carter", "position": "Head of IT"}


@pytest.mark.reference("searching people")
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ali", ["Alice Carter"]),
        ("ali car", ["Alice Carter"]),
        # One typing error each, the other keyboard, a position; two errors are too many.
        ("alise", ["Alice Carter"]),
        ("crater ali", ["Alice Carter"]),
        ("фдшсу", ["Alice Carter"]),
        ("head of it", ["Alice Carter"]),
        ("alxxe", []),
        ("zzz", []),
    ],
)
def test_people_are_searched_for(search: str, found: list[str], api: Api) -> None:
    assert names(api, "people", search=search) == found


@pytest.mark.parametrize("search", ["алена", "Алёна", "АЛЕНА", "fktyf", "алнеа"])
def test_a_russian_search_forgives_as_well(search: str, installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.b)

    assert names(api, "people", search=search) == ["Алёна Виноградова"]


@pytest.mark.parametrize(
    ("kind", "search", "found"),
    [("projects", "wesbite", "Website"), ("departments", "acounting", "Accounting")],
)
def test_a_slip_in_the_name_of_a_thing(kind: str, search: str, found: str, api: Api) -> None:
    assert names(api, kind, search=search) == [found]


def test_more_people_than_a_page_of_the_portal(api: Api, installed_app: AppHarness) -> None:
    for number in range(1000, 1130):
        installed_app.a.users[number] = replace(installed_app.a.users[2], id=number)
    sent = installed_app.transport.sent

    items = ask(api, "people").json["items"]

    assert [int(item["id"]) for item in items][-130:] == list(range(1000, 1130))
    assert installed_app.transport.sent - sent == 2


def test_departments_count_their_people(api: Api) -> None:
    items = {item["name"]: item for item in ask(api, "departments").json["items"]}

    assert items["Sales"] == {
        "id": "2",
        "name": "Sales",
        "parentId": "1",
        "people": 6,
        "peopleWithin": 11,
    }
    assert items["Northwind"]["parentId"] is None
    assert (items["Northwind"]["people"], items["Northwind"]["peopleWithin"]) == (3, 28)


def test_departments_are_searched_for_in_the_whole_tree(api: Api) -> None:
    assert names(api, "departments", search="sales") == ["Sales", "Sales North"]
    (north,) = ask(api, "departments", search="north ").json["items"][1:]
    assert (north["name"], north["parentId"], north["people"]) == ("Sales North", "2", 5)


def test_somebody_in_two_departments_counts_once(api: Api, installed_app: AppHarness) -> None:
    installed_app.a.users[3] = replace(installed_app.a.users[3], departments=(2, 3))

    (sales, north) = ask(api, "departments", search="sales").json["items"]

    assert (sales["people"], sales["peopleWithin"], north["people"]) == (6, 11, 6)


def test_a_circle_of_departments_ends(api: Api, installed_app: AppHarness) -> None:
    installed_app.a.departments[7] = Department(7, "Hen", 8, None)
    installed_app.a.departments[8] = Department(8, "Egg", 7, None)

    assert names(api, "departments", search="egg") == ["Egg"]


def test_projects_without_archived_ones_and_collabs(api: Api) -> None:
    items = ask(api, "projects").json["items"]

    assert items == [
        {"id": "10", "name": "Website"},
        {"id": "11", "name": "Office move"},
        {"id": "14", "name": "Secret project"},
    ]
    assert names(api, "projects", search="web") == ["Website"]


@pytest.mark.parametrize("kind", KINDS)
def test_pages_are_linked(kind: str, api: Api) -> None:
    whole = ask(api, kind).json["items"]

    page, found = ask(api, kind, limit=2), []
    while True:
        found += page.json["items"]
        if "Link" not in page.headers:
            break
        assert len(page.json["items"]) == 2
        link = urlsplit(page.headers["Link"][1:].partition(">")[0])
        assert f"{link.scheme}://{link.netloc}" == "http://127.0.0.1:8000"
        page = api.call("GET", f"{link.path}?{link.query}")

    assert found == whole


@pytest.mark.reference("searching people")
@pytest.mark.parametrize("kind", KINDS)
def test_a_search_without_a_hit_is_cheap(kind: str, api: Api, installed_app: AppHarness) -> None:
    for number in range(1000, 3000):
        installed_app.a.users[number] = replace(installed_app.a.users[2], id=number)
    for number in range(100, 600):
        installed_app.a.departments[number] = Department(number, f"Department {number}", 1, None)
        installed_app.a.groups[number] = Group(number, f"Group {number}", 1, {1})
    sent = installed_app.transport.sent

    assert names(api, kind, search="Qqqq") == []
    assert installed_app.transport.sent - sent <= 8


@pytest.mark.parametrize("path", ["/pick/members?everyone=1", "/pick/projects?new=1"])
def test_so_is_one_in_the_form(path: str, installed_app: AppHarness) -> None:
    alice = Visitor(installed_app, installed_app.a)
    for number in range(1000, 3000):
        installed_app.a.users[number] = replace(installed_app.a.users[2], id=number)
    for number in range(100, 600):
        installed_app.a.departments[number] = Department(number, f"Department {number}", 1, None)
        installed_app.a.groups[number] = Group(number, f"Group {number}", 1, {1})
    sent = installed_app.transport.sent

    assert "Nothing found" in alice.get(f"{path}&q=Qqqq&field=team&kind=queue")
    assert installed_app.transport.sent - sent <= 8


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("cursor", "x"), ("q", "x"), ("search", "x" * 256), ("name", "x")],
)
def test_a_bad_or_unknown_parameter_is_named(
    kind: str, name: str, value: str, api: Api, installed_app: AppHarness
) -> None:
    sent = installed_app.transport.sent

    answer = ask(api, kind, **{name: value})

    assert (answer.status_code, answer.json["code"]) == (400, "malformed")
    assert name in answer.json["detail"]
    assert installed_app.transport.sent == sent
