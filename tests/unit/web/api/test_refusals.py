"""What the flow methods of a portal refuse: the rows of the documentation, and those beyond it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST

CREATE, UPDATE = "tasks.flow.Flow.create", "tasks.flow.Flow.update"
EXISTS = "tasks.flow.Flow.isExists"


def no_plan(installed_app: AppHarness) -> None:
    """The portal's plan has no flows, and the trial was used."""
    installed_app.control.plan(has_flows=False, trial_used=True)


def no_role(installed_app: AppHarness) -> None:
    """The installer is no administrator any more and may not create flows."""
    installed_app.a.users[1].admin = False
    installed_app.a.may_not_create_flows.add(1)


def not_in_project(installed_app: AppHarness) -> None:
    """The installer is no administrator any more, and the flow lives in a project of others."""
    installed_app.a.users[1].admin = False
    installed_app.flow(103).group_id = 14
    installed_app.flow(103).task_creators = ["UA"]


@pytest.mark.reference(
    "create: 0 access denied or flow not found", "create: 0 access denied: no right to create"
)
@pytest.mark.parametrize("trouble", [no_plan, no_role])
def test_who_may_not_create_hears_so(
    trouble: Callable, api: Api, installed_app: AppHarness
) -> None:
    trouble(installed_app)

    answer = api.call("POST", f"{api.flows}?allowTrial=true", json=LEAST)

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert answer.json["portal"] == {"error": "0", "error_description": "Cannot find flow"}
    assert len(installed_app.a.flows) == 4


@pytest.mark.reference(
    "update: 0 access denied or flow not found", "update: 0 access denied: no right to change"
)
@pytest.mark.parametrize("trouble", [no_plan, not_in_project])
def test_who_may_not_change_hears_so(
    trouble: Callable, api: Api, installed_app: AppHarness
) -> None:
    trouble(installed_app)

    answer = api.patch(103, {"description": "New"})

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert installed_app.flow(103).description == "Texts and pictures for the website"


@pytest.mark.parametrize("action", ["switch", "remove"])
def test_who_may_not_switch_or_remove_hears_so(
    action: str, api: Api, installed_app: AppHarness
) -> None:
    not_in_project(installed_app)

    answer = api.delete(103) if action == "remove" else api.put({"active": False}, "103/active")

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert installed_app.flow(103).active is True


@pytest.mark.reference("update: 0 flow not found")
def test_a_flow_that_is_not_shown_to_a_former_administrator(
    api: Api, installed_app: AppHarness
) -> None:
    """The installer's token is of no use any more, and the API says so instead of 404."""
    installed_app.a.users[1].admin = False
    installed_app.flow(103).task_creators = []

    for answer in (
        api.get(103),
        api.patch(103, {"description": "New"}),
        api.delete(103),
        api.put({"active": False}, "103/active"),
        api.put({"pinned": True}, "103/pinned"),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "authorization_lost")
    assert installed_app.writes() == []


@pytest.mark.reference("id (update, required)", "update: 0 flow not found")
@pytest.mark.parametrize("portal", ["a", "b"])
def test_a_flow_that_does_not_exist_is_not_found(portal: str, installed_app: AppHarness) -> None:
    api = installed_app.program(getattr(installed_app, portal))

    for answer in (api.get(999), api.patch(999, {"name": "New"}), api.delete(999)):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.reference(
    "name (create, required)",
    "groupId left out on creation",
    "create: 0 a flow with this name already exists",
    "create: ERROR_GROUP_NAME_EXISTS (on neither page)",
)
@pytest.mark.parametrize(
    ("name", "words"),
    [("IT help desk", "A flow with this name"), ("Website", "A project with this name")],
)
def test_a_taken_name_is_seen_beforehand(
    name: str, words: str, api: Api, installed_app: AppHarness
) -> None:
    answer = api.post(LEAST | {"name": name})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    (error,) = answer.json["errors"]
    assert (error["pointer"], error["code"]) == ("/name", "name_taken")
    assert error["message"].startswith(words)
    assert installed_app.writes() == []


@pytest.mark.reference("update: 0 a flow with this name already exists")
def test_a_name_is_not_taken_by_the_flow_that_has_it(api: Api) -> None:
    assert api.patch(101, {"name": "it HELP desk"}).json["name"] == "it HELP desk"
    assert api.patch(101, {"name": "Content"}).status_code == 409


def test_a_project_of_that_name_is_no_hindrance_if_one_is_chosen(api: Api) -> None:
    assert api.post(LEAST | {"name": "Website", "groupId": 10}).status_code == 201


@pytest.mark.reference("create: 0 a flow with this name already exists")
@pytest.mark.parametrize("portal", ["a", "b"])
def test_a_name_that_was_taken_meanwhile_is_understood(
    portal: str, installed_app: AppHarness
) -> None:
    there = getattr(installed_app, portal)
    api = installed_app.program(there)
    name = installed_app.flow(201 if portal == "b" else 101, there).name
    installed_app.control.fail(EXISTS, "ACCESS_ERROR", host=there.host)

    answer = api.post(LEAST | {"name": name, "groupId": 10})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert answer.json["portal"]["error"] == "0"


@pytest.mark.reference("update: 0 a flow with this name already exists")
def test_a_name_that_was_taken_before_a_renaming_is_understood(
    api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail(EXISTS, "ACCESS_ERROR")

    answer = api.patch(103, {"name": "IT help desk"})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert installed_app.flow(103).name == "Content"


@pytest.mark.reference("create: ERROR_GROUP_NAME_EXISTS (on neither page)")
def test_a_project_that_was_named_so_meanwhile_is_understood(
    api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail("sonet_group.get", "ACCESS_ERROR")

    answer = api.post(LEAST | {"name": "Website"})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert answer.json["portal"]["error"] == "ERROR_GROUP_NAME_EXISTS"
    assert answer.json["errors"][0]["pointer"] == "/name"


@pytest.mark.reference("create: ERROR_CORE no more projects (on neither page)")
def test_no_more_projects_are_the_portals_own_reason(api: Api, installed_app: AppHarness) -> None:
    installed_app.control.plan(most_groups=5)

    answer = api.post(LEAST)

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert answer.json["portal"] == {
        "error": "ERROR_CORE",
        "error_description": "Project limit exceeded",
    }


@pytest.mark.reference("create: 0 invalid value for a field")
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


@pytest.mark.reference(
    "error, error_description",
    "create: 0 Unknown error",
    "update: 0 Unknown error",
    "create: 0 invalid value for a field",
    "update: 0 'distributionType'",
)
@pytest.mark.parametrize("words", FINDINGS)
@pytest.mark.parametrize("method", [CREATE, UPDATE])
def test_findings_of_the_portal_are_passed_on(
    method: str, words: str, api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail(method, "0", description=words)

    answer = api.post(LEAST) if method == CREATE else api.patch(103, {"name": "New"})

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert answer.json["portal"] == {"error": "0", "error_description": words}


@pytest.mark.reference("both: 100 a parameter is missing or of a wrong type (on neither page)")
@pytest.mark.parametrize("error", ["100", "ERROR_ARGUMENT"])
def test_what_we_should_not_have_sent_is_passed_on(
    error: str, api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail(CREATE, error)

    answer = api.post(LEAST)

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert answer.json["portal"]["error"] == error


@pytest.mark.reference("both: 22002, the portal has no flows yet (on neither page)")
@pytest.mark.parametrize("method", [CREATE, UPDATE])
@pytest.mark.parametrize("error", ["22002", "ERROR_METHOD_NOT_FOUND"])
def test_a_portal_without_flows_has_to_be_updated(
    error: str, method: str, api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail(method, error)

    answer = api.post(LEAST) if method == CREATE else api.patch(103, {"name": "New"})

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert "updated" in answer.json["detail"]


def test_an_unknown_error_of_a_removal_is_passed_on(api: Api, installed_app: AppHarness) -> None:
    installed_app.control.fail(
        "tasks.flow.Flow.delete", "0", description="Unknown error. [Flow: 312]"
    )

    answer = api.delete(101)

    assert (answer.status_code, answer.json["code"]) == (422, "portal_refused")
    assert 101 in installed_app.a.flows


@pytest.mark.reference("error, error_description")
def test_a_portal_of_russian_words_and_numeric_codes_is_understood(
    installed_app: AppHarness,
) -> None:
    api = installed_app.program(installed_app.b)
    installed_app.control.plan(installed_app.b.host, has_flows=False, trial_used=True)

    answer = api.call("POST", f"{api.flows}?allowTrial=true", json=LEAST)

    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
    assert answer.json["portal"]["error_description"] == "Доступ запрещён или поток не найден"
    assert answer.json["detail"].startswith("Bitrix24 does not permit this.")
