"""Answers of an odd shape: understood where they mean something, else looked up or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.support.app_harness import Api, AppHarness
from tests.support.databases import Sqlite
from tests.support.visitor import Visitor

FLOW: dict[str, Any] = {
    "name": "Contracts",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["user", "17"]],
}
PREFIX = "tasks.flow.Flow."
CALLS: dict[str, Callable[[Api], TestResponse]] = {
    "create": lambda api: api.post(FLOW),
    "put a new one": lambda api: api.put(FLOW),
    "put an old one": lambda api: api.put(FLOW | {"name": "Content"}),
    "change": lambda api: api.patch(101, {"description": "other"}),
    "delete": lambda api: api.delete(103),
    "turn off": lambda api: api.put({"active": False}, "101/active"),
    "pin": lambda api: api.put({"pinned": True}, "101/pinned"),
    "read": lambda api: api.get(101),
    "ask for a name": lambda api: api.get("exists?name=Content"),
    "list": lambda api: api.get(),
}
READS = {"read", "ask for a name", "list"}
METHODS = [
    "batch",
    "user.get",
    "department.get",
    "sonet_group.get",
    "feature.get",
    "profile",
    *(PREFIX + name for name in ("create", "update", "get", "delete", "isExists", "activate")),
    *(PREFIX + name for name in ("pin", "list")),
]


@pytest.mark.parametrize("result", [[], None, True, {"flow": {"id": 105}}, "", [[]], {"id": None}])
def test_a_creation_with_an_odd_answer_is_looked_up(
    result: Any, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.answer(PREFIX + "create", result)
    answer = api.post(FLOW)
    assert (answer.status_code, answer.json.get("name")) == (201, "Contracts")
    assert [flow.name for flow in installed_app.a.flows.values()].count("Contracts") == 1


@pytest.mark.parametrize("result", [None, [], True, {"id": 105}])
def test_a_flow_that_cannot_be_read_with_its_creation_is_read_again(
    result: Any, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.answer(PREFIX + "get", result)
    answer = api.post(FLOW)
    assert (answer.status_code, answer.json["taskCreators"]) == (201, [["meta-user", "all-users"]])


@pytest.mark.parametrize("method", ["update", "activate", "pin", "delete"])
@pytest.mark.parametrize("result", [None, [], {}, "odd"])
def test_a_write_with_an_odd_answer_is_looked_at(
    method: str, result: Any, installed_app: AppHarness, api: Api
) -> None:
    deed = {"update": "change", "activate": "turn off"}.get(method, method)
    installed_app.control.answer(PREFIX + method, result)
    assert CALLS[deed](api).status_code < 300


def test_a_list_that_is_a_map_is_a_list(installed_app: AppHarness, api: Api) -> None:
    rows = {"1": {"id": "101"}, "3": {"id": 103}}
    installed_app.control.answer(PREFIX + "list", rows, times=4)
    answer = api.get().json
    assert ([flow["id"] for flow in answer["items"]], answer["complete"]) == ([101, 103], True)


@pytest.mark.parametrize("result", [None, True, {}, {"flows": [{"id": 101}]}, "", 5])
def test_what_is_no_list_is_not_an_empty_one(
    result: Any, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.answer(PREFIX + "list", result, times=9)
    answer = api.get()
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert answer.json["mayHaveHappened"] is False


def test_a_row_that_cannot_be_read_leaves_the_others(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.answer(PREFIX + "list", [{"id": 101}, {"name": "?"}, None, {"id": [1]}])
    answer = api.get().json
    assert ([flow["id"] for flow in answer["items"]], answer["complete"]) == ([101], False)


def test_the_page_shows_a_row_with_numbers_as_text(installed_app: AppHarness) -> None:
    row = {
        "id": "101",
        "name": "Half \ud83d a pair",
        "plannedCompletionTime": "172800",
        "activity": None,
        "ownerId": "1",
        "active": "N",
        "efficiency": "x",
    }
    installed_app.control.answer(PREFIX + "list", [row], times=4)
    page = installed_app.launch(installed_app.a)
    assert page.status_code == 200
    assert "Half \ufffd a pair" in page.get_data(as_text=True)


def test_a_portal_that_gives_the_first_page_for_ever_is_left(
    installed_app: AppHarness, api: Api
) -> None:
    page = [{"id": number} for number in range(101, 151)]
    installed_app.control.answer(PREFIX + "list", page, times=10_000)
    answer = api.get().json
    assert answer["complete"] is False
    assert len(installed_app.control.journal(PREFIX + "list")) < 60


@pytest.mark.parametrize("error", ["ERROR_METHOD_NOT_FOUND", "INTERNAL_SERVER_ERROR", "0"])
def test_names_that_cannot_be_looked_up_are_numbers(error: str, installed_app: AppHarness) -> None:
    installed_app.launch(installed_app.a)
    for method in ("user.get", "sonet_group.get", "department.get"):
        installed_app.control.fail(method, error, times=50)
    listed = installed_app.launch(installed_app.a)
    assert listed.status_code == 200
    session = listed.get_data(as_text=True)
    assert "IT help desk" in session


DIRECTORY = ("user.get", "sonet_group.get", "department.get", "tasks.template.get")


@pytest.mark.parametrize("error", ["ERROR_METHOD_NOT_FOUND", "INTERNAL_SERVER_ERROR", "0", "HTML"])
@pytest.mark.parametrize("method", DIRECTORY)
def test_a_form_shows_numbers_for_names_and_saves_them(
    method: str, error: str, installed_app: AppHarness
) -> None:
    flow = installed_app.a.flows[101]
    flow.template_id = flow.template_id or next(iter(installed_app.a.templates))
    before = vars(flow) | {"description": "Other", "activity": 0}
    visitor = Visitor(installed_app, installed_app.a)
    if error == "HTML":
        installed_app.control.html(method, 502, 50)
    else:
        installed_app.control.fail(method, error, 50)
    page = visitor.browser.get("/flows/101/edit", headers=visitor.headers)
    assert page.status_code == 200
    if method == "sonet_group.get":
        assert f"#{flow.group_id}" in page.get_data(as_text=True)
    form = visitor.form("/flows/101/edit")
    form["description"] = "Other"
    assert visitor.send("/flows/101", form).status_code in (200, 204, 302, 303)
    assert vars(installed_app.a.flows[101]) | {"activity": 0} == before


class Told:
    """What a portal's owner could make of an answer, for the property below."""

    values = st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**25), 10**25)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(), max_size=8)
        | st.sampled_from(["Y", "N", "0", "101", "error", "\ud83d"]),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "ID", "name", "NAME", "exists", "deleted", "result", "result_error"]
                    + ["error", "active", "responsibleList", "taskCreators", "0", "1", "value"]
                    + ["plannedCompletionTime", "distributionType", "q0", "q1", "get", "create"]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    )


def state(home: AppHarness) -> Any:
    """What a portal holds, without the moments at which things happened."""
    flows = {
        flow.id: {**vars(flow), "activity": 0, "efficiency": 0} for flow in home.a.flows.values()
    }
    return repr(flows), sorted(home.a.pins)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(CALLS)),
    method=st.sampled_from(METHODS),
    result=Told.values,
    times=st.sampled_from([1, 2, 50]),
)
@example(name="create", method="batch", result=None, times=50)
@example(name="create", method="batch", result={"result": {"create": {"id": 7}}}, times=50)
@example(name="change", method=PREFIX + "get", result=[], times=50)
@example(name="pin", method=PREFIX + "pin", result="N", times=50)
def test_no_answer_leads_to_a_fault_or_a_false_word(
    sqlite: Sqlite, name: str, method: str, result: Any, times: int
) -> None:
    with AppHarness.open(sqlite.migrated()) as home:
        home.install_everywhere()
        before = state(home)
        home.control.answer(method, result, times=times)
        answer = CALLS[name](home.program(home.a))
        assert answer.status_code != 500
        if name == "list" and answer.status_code == 200 and answer.json["complete"]:
            told = {flow["id"] for flow in answer.json["items"]}
            assert told == set(home.a.flows) or method in (PREFIX + "list", "batch", PREFIX + "get")
        if answer.status_code >= 400 and not answer.json.get("mayHaveHappened"):
            assert state(home) == before, "told that nothing happened"
        if name in READS and answer.status_code >= 500:
            assert answer.json["mayHaveHappened"] is False
