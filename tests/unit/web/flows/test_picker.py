"""The picker shows what there is, and says what it could not show."""

from __future__ import annotations

import pytest

from tests.emulator.entities import Department, Group, User
from tests.support.app_harness import Api, AppHarness
from tests.support.visitor import Visitor

MORE = {
    "people": "There are more people. Type more letters to find them.",
    "departments": "There are more departments. Type more letters to find them.",
    "projects": "There are more projects. Type more letters to find them.",
}
SILENT = {
    "user.get": "Bitrix24 gave no clear answer about people just now.",
    "department.get": "Bitrix24 gave no clear answer about departments just now.",
}
REFUSALS = ("INTERNAL_SERVER_ERROR", "ERROR_METHOD_NOT_FOUND", "QUERY_LIMIT_EXCEEDED", "0")


@pytest.fixture
def alice(installed_app: AppHarness) -> Visitor:
    """The administrator of portal A."""
    return Visitor(installed_app, installed_app.a)


def fill(home: AppHarness, kind: str, count: int) -> None:
    """So many things of a kind whose names begin with "Crowd"."""
    for number in range(1000, 1000 + count):
        if kind == "people":
            home.a.users[number] = User(number, "Crowd", f"N{number}", departments=(1,))
        elif kind == "departments":
            home.a.departments[number] = Department(number, f"Crowd {number}", parent=1)
        else:
            home.a.groups[number] = Group(number, f"Crowd {number}", 1)


ADDRESSES = {
    "people": "/pick/members?only=user&q=crowd",
    "departments": "/pick/members?q=crowd",
    "projects": "/pick/projects?q=crowd",
}


@pytest.mark.parametrize(("count", "told"), [(7, False), (8, True), (20, True), (120, True)])
@pytest.mark.parametrize("kind", ADDRESSES)
def test_a_list_that_was_cut_says_so(
    kind: str, count: int, told: bool, installed_app: AppHarness, alice: Visitor
) -> None:
    fill(installed_app, kind, count)
    found = alice.get(ADDRESSES[kind])
    assert (MORE[kind] in found) is told
    # Of departments each is offered with and without what is below it.
    assert found.count('role="option"') == 7 * (2 if kind == "departments" else 1)
    others = set(MORE) - {kind}
    assert not any(MORE[other] in found for other in others)


def test_a_forgiving_search_says_that_there_are_more(
    installed_app: AppHarness, alice: Visitor
) -> None:
    fill(installed_app, "people", 25)
    # One letter is wrong, so the portal's own search finds nobody.
    assert MORE["people"] in alice.get("/pick/members?only=user&q=crawd")


@pytest.mark.parametrize("error", REFUSALS)
@pytest.mark.parametrize("method", SILENT)
def test_one_kind_without_an_answer_leaves_the_other(
    method: str, error: str, installed_app: AppHarness, alice: Visitor
) -> None:
    fill(installed_app, "people", 1)
    fill(installed_app, "departments", 1)
    # The counts of departments ask for people too, but a count is only decoration.
    installed_app.control.fail(method, error, times=50)
    found = alice.get("/pick/members?q=crowd")
    assert SILENT[method] in found
    assert ("Crowd N1000" in found) is (method == "department.get")
    assert ("Crowd 1000" in found) is (method == "user.get")
    assert not any(words in found for other, words in SILENT.items() if other != method)


def test_nothing_found_of_one_kind_is_not_said_of_the_silent_one(
    installed_app: AppHarness, alice: Visitor
) -> None:
    installed_app.control.fail("user.get", "INTERNAL_SERVER_ERROR", times=50)
    found = alice.get("/pick/members?q=nobodyhasthis")
    assert SILENT["user.get"] in found
    assert "Nothing found" not in found


def test_no_answer_at_all_is_an_error(installed_app: AppHarness, alice: Visitor) -> None:
    for method in SILENT:
        installed_app.control.fail(method, "INTERNAL_SERVER_ERROR", times=50)
    answer = alice.browser.get("/pick/members?q=a", headers=alice.headers)
    assert answer.status_code == 502


def test_a_department_that_cannot_be_read_to_its_end_is_not_added_by_half(
    installed_app: AppHarness, alice: Visitor
) -> None:
    page = [{"ID": str(number), "NAME": "N", "ACTIVE": True} for number in range(50)]
    installed_app.control.answer("user.get", page, 10_000)
    answer = alice.browser.get("/pick/departments/2:F/members", headers=alice.headers)
    assert answer.status_code == 422


def test_the_api_says_that_a_list_was_not_read_to_its_end(
    installed_app: AppHarness, api: Api
) -> None:
    page = [{"ID": str(number), "NAME": "N"} for number in range(1, 51)]
    for kind, method in (
        ("people", "user.get"), ("departments", "department.get"), ("projects", "sonet_group.get"),
    ):  # fmt: skip
        address = api.flows.replace("/flows", f"/{kind}")
        whole = api.call("GET", address).json
        assert "complete" not in whole
        installed_app.control.answer(method, page, 10_000)
        cut = api.call("GET", address).json
        assert (len(cut["items"]), cut["complete"]) == (50, False)
        installed_app.control.heal()
