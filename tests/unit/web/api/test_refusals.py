"""What the flow methods of a portal refuse: the rows of the documentation, and those beyond it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST

CREATE, UPDATE = "tasks.flow.Flow.create", "tasks.flow.Flow.update"
EXISTS = "tasks.flow.Flow.isExists"


def no_plan(home: AppHarness) -> None:
    """The portal's plan has no flows, and the trial was used."""
    home.control.plan(has_flows=False, trial_used=True)


def no_role(home: AppHarness) -> None:
    """The installer is no administrator any more and may not create flows."""
    home.a.users[1].admin = False
    home.a.may_not_create_flows.add(1)


def not_in_project(home: AppHarness) -> None:
    """The installer is no administrator any more, and the flow lives in a project of others."""
    home.a.users[1].admin = False
    home.flow(103).group_id = 14
    home.flow(103).task_creators = ["UA"]


@pytest.mark.parametrize("trouble", [no_plan, no_role])
def test_who_may_not_create_hears_so(trouble: Callable, api: Api, home: AppHarness) -> None:
    trouble(home)

    answer = api.post(LEAST)

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert answer.json["portal"] == {"error": "0", "error_description": "Cannot find flow"}
    assert len(home.a.flows) == 4


@pytest.mark.parametrize("trouble", [no_plan, not_in_project])
def test_who_may_not_change_hears_so(trouble: Callable, api: Api, home: AppHarness) -> None:
    trouble(home)

    answer = api.patch(103, {"description": "New"})

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert home.flow(103).description == "Texts and pictures for the website"


@pytest.mark.parametrize("deed", ["switch", "remove"])
def test_who_may_not_switch_or_remove_hears_so(deed: str, api: Api, home: AppHarness) -> None:
    not_in_project(home)

    answer = api.delete(103) if deed == "remove" else api.put({"active": False}, "103/active")

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert home.flow(103).active is True


def test_a_flow_that_is_not_shown_is_not_found(api: Api, home: AppHarness) -> None:
    home.a.users[1].admin = False
    home.flow(103).task_creators = []

    for answer in (
        api.get(103),
        api.patch(103, {"description": "New"}),
        api.delete(103),
        api.put({"active": False}, "103/active"),
        api.put({"pinned": True}, "103/pinned"),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert home.writes() == []


@pytest.mark.parametrize("portal", ["a", "b"])
def test_a_flow_that_does_not_exist_is_not_found(portal: str, home: AppHarness) -> None:
    api = home.program(getattr(home, portal))

    for answer in (api.get(999), api.patch(999, {"name": "New"}), api.delete(999)):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "words"),
    [("IT help desk", "A flow with this name"), ("Website", "A project with this name")],
)
def test_a_taken_name_is_seen_beforehand(name: str, words: str, api: Api, home: AppHarness) -> None:
    answer = api.post(LEAST | {"name": name})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    (error,) = answer.json["errors"]
    assert (error["pointer"], error["code"]) == ("/name", "name_taken")
    assert error["message"].startswith(words)
    assert home.writes() == []


def test_a_name_is_not_taken_by_the_flow_that_has_it(api: Api) -> None:
    assert api.patch(101, {"name": "it HELP desk"}).json["name"] == "it HELP desk"
    assert api.patch(101, {"name": "Content"}).status_code == 409


def test_a_project_of_that_name_is_no_hindrance_if_one_is_chosen(api: Api) -> None:
    assert api.post(LEAST | {"name": "Website", "groupId": 10}).status_code == 201


@pytest.mark.parametrize("portal", ["a", "b"])
def test_a_name_that_was_taken_meanwhile_is_understood(portal: str, home: AppHarness) -> None:
    there = getattr(home, portal)
    api = home.program(there)
    name = home.flow(201 if portal == "b" else 101, there).name
    home.control.fail(EXISTS, "ACCESS_ERROR", host=there.host)

    answer = api.post(LEAST | {"name": name, "groupId": 10})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert answer.json["portal"]["error"] == "0"


def test_a_name_that_was_taken_before_a_renaming_is_understood(api: Api, home: AppHarness) -> None:
    home.control.fail(EXISTS, "ACCESS_ERROR")

    answer = api.patch(103, {"name": "IT help desk"})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert home.flow(103).name == "Content"


def test_a_project_that_was_named_so_meanwhile_is_understood(api: Api, home: AppHarness) -> None:
    home.control.fail("sonet_group.get", "ACCESS_ERROR")

    answer = api.post(LEAST | {"name": "Website"})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert answer.json["portal"]["error"] == "ERROR_GROUP_NAME_EXISTS"
    assert answer.json["errors"][0]["pointer"] == "/name"


def test_no_more_projects_are_the_portals_own_reason(api: Api, home: AppHarness) -> None:
    home.control.plan(most_groups=5)

    answer = api.post(LEAST)

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert answer.json["portal"] == {
        "error": "ERROR_CORE",
        "error_description": "Project limit exceeded",
    }


def test_a_kind_of_project_without_flows_is_the_portals_own_reason(api: Api) -> None:
    answer = api.post(LEAST | {"groupId": 13})

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert answer.json["portal"]["error_description"].startswith("Project 13 doesn't exist")


FINDINGS = [
    "Unknown error. [Flow: 198]",
    "Неизвестная ошибка [Flow: 267]",
    "Property name cannot be null",
    "'distributionType': field's value has an invalid value",
    "'plannedCompletionTime': field's value must be greater than 3600",
    "'name': field's length must be greater than 1 and less than 255",
    "distributionType: unexpected value",
    "responsibleList: unexpected value",
    "User 999 doesn't exists",
    "Project 5 doesn't exists or cannot be used",
    "Template 7 doesn't exists",
    "Department 99 doesn't exist",
]


@pytest.mark.parametrize("words", FINDINGS)
@pytest.mark.parametrize("method", [CREATE, UPDATE])
def test_findings_of_the_portal_are_passed_on(
    method: str, words: str, api: Api, home: AppHarness
) -> None:
    home.control.fail(method, "0", description=words)

    answer = api.post(LEAST) if method == CREATE else api.patch(103, {"name": "New"})

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert answer.json["portal"] == {"error": "0", "error_description": words}


@pytest.mark.parametrize("error", ["100", "ERROR_ARGUMENT"])
def test_what_we_should_not_have_sent_is_passed_on(error: str, api: Api, home: AppHarness) -> None:
    home.control.fail(CREATE, error)

    answer = api.post(LEAST)

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert answer.json["portal"]["error"] == error


@pytest.mark.parametrize("method", [CREATE, UPDATE])
@pytest.mark.parametrize("error", ["22002", "ERROR_METHOD_NOT_FOUND"])
def test_a_portal_without_flows_has_to_be_updated(
    error: str, method: str, api: Api, home: AppHarness
) -> None:
    home.control.fail(method, error)

    answer = api.post(LEAST) if method == CREATE else api.patch(103, {"name": "New"})

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert "updated" in answer.json["detail"]


def test_an_unknown_error_of_a_removal_is_passed_on(api: Api, home: AppHarness) -> None:
    home.control.fail("tasks.flow.Flow.delete", "0", description="Unknown error. [Flow: 312]")

    answer = api.delete(101)

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert 101 in home.a.flows


def test_a_portal_of_russian_words_and_numeric_codes_is_understood(home: AppHarness) -> None:
    api = home.program(home.b)
    home.control.plan(home.b.host, has_flows=False, trial_used=True)

    answer = api.post(LEAST)

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert answer.json["portal"]["error_description"] == "Доступ запрещён или поток не найден"
    assert answer.json["detail"].startswith("Bitrix24 does not permit this.")
