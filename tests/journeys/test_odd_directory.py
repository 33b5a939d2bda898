"""Odd answers about people, departments and projects, and on pages: no fault, no false end."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.journeys.test_odd_answers import Told
from tests.journeys.test_spoiled_answers import WAYS, spoiled
from tests.support.app_harness import AppHarness
from tests.support.passing_time import let_rest
from tests.support.visitor import Visitor

LISTS = {"people": "user.get", "departments": "department.get", "projects": "sonet_group.get"}
SEARCHES = {"people": "Carter", "departments": "Sales", "projects": "Website"}
UNCLEAR = "gave no clear answer about "
PAGES = (
    "/flows", "/flows/new", "/flows/new?like=103", "/flows/101/edit", "/flows/101",
    "/pick/members?q=", "/pick/members?q=sal&kind=queue", "/pick/members?q=nobodyhasthis",
    "/pick/projects?q=", "/pick/projects?q=web&new=1", "/pick/departments/2/members",
    "/settings/keys",
)  # fmt: skip
METHODS = (
    "batch", "user.get", "department.get", "sonet_group.get", "profile", "feature.get",
    "tasks.flow.Flow.list", "tasks.flow.Flow.get", "tasks.template.get", "app.info",
)  # fmt: skip
PROPERTY = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TIMES, AFTER = st.sampled_from([1, 2, 50]), st.sampled_from([0, 0, 1])


def rested(home: AppHarness) -> None:
    """The portal as if nobody had asked it, without the trouble of the last example."""
    home.control.heal()
    let_rest(home, home.a.member_id)


@pytest.fixture(scope="module")
def visitor(shared_app: AppHarness) -> Visitor:
    """The administrator of portal A, with the list open."""
    return Visitor(shared_app, shared_app.a)


def look_up(home: AppHarness, kind: str, search: str) -> Any:
    """What the API tells of a kind, with another list's key each time."""
    program = home.program(home.a)
    query = {"search": search} if search else {}
    return program.call("GET", program.flows.replace("/flows", f"/{kind}"), query_string=query)


def ids(answer: Any) -> set[str]:
    """The ids in an answer of the API."""
    return {item["id"] for item in answer.json["items"]}


@PROPERTY
@given(
    kind=st.sampled_from(sorted(LISTS)),
    searched=st.booleans(),
    method=st.sampled_from(["batch", *LISTS.values()]),
    steps=WAYS,
    choice=st.integers(0, 6),
    after=AFTER,
    times=TIMES,
)
@example("departments", True, "department.get", [1, 1], 0, 0, 50)
@example("people", True, "user.get", [0, 0], 0, 0, 50)
def test_a_spoiled_list_is_never_told_to_be_whole(
    shared_app: AppHarness,
    kind: str,
    searched: bool,
    method: str,
    steps: list[int],
    choice: int,
    after: int,
    times: int,
) -> None:
    rested(shared_app)
    search = SEARCHES[kind] if searched else ""
    truth = ids(look_up(shared_app, kind, search))
    shared_app.control.answer(
        method, lambda honest: spoiled(honest, steps, choice), times=times, after=after
    )
    answer = look_up(shared_app, kind, search)
    assert answer.status_code in (200, 502), answer.json
    if answer.status_code == 502:
        assert answer.json["mayHaveHappened"] is False
    elif "complete" not in answer.json:
        assert ids(answer) == truth


@PROPERTY
@given(
    kind=st.sampled_from(sorted(LISTS)),
    method=st.sampled_from(["batch", *LISTS.values()]),
    result=Told.values,
    times=TIMES,
)
def test_no_answer_makes_a_look_up_fail_without_a_word(
    shared_app: AppHarness, kind: str, method: str, result: Any, times: int
) -> None:
    rested(shared_app)
    shared_app.control.answer(method, result, times=times)
    answer = look_up(shared_app, kind, SEARCHES[kind])
    assert answer.status_code in (200, 402, 403, 404, 409, 422, 502, 503), answer.json
    if answer.status_code >= 500:
        assert answer.json["mayHaveHappened"] is False


@PROPERTY
@given(
    page=st.sampled_from(PAGES), method=st.sampled_from(METHODS), result=Told.values, times=TIMES
)
def test_no_answer_is_an_unforeseen_fault_of_a_page(
    shared_app: AppHarness, visitor: Visitor, page: str, method: str, result: Any, times: int
) -> None:
    rested(shared_app)
    shared_app.control.answer(method, result, times=times)
    answer = visitor.browser.get(page, headers=visitor.headers)
    assert answer.status_code not in (401, 500), answer.get_data(as_text=True)[:300]
    assert shared_app.launch(shared_app.a).status_code != 500


@PROPERTY
@given(
    page=st.sampled_from(PAGES),
    method=st.sampled_from(METHODS),
    steps=WAYS,
    choice=st.integers(0, 6),
    after=AFTER,
    times=TIMES,
)
@example("/pick/departments/2/members", "department.get", [26, 37], 0, 0, 1)
def test_a_spoiled_answer_leaves_no_page_that_seems_whole(
    shared_app: AppHarness,
    visitor: Visitor,
    page: str,
    method: str,
    steps: list[int],
    choice: int,
    after: int,
    times: int,
) -> None:
    rested(shared_app)
    truth = visitor.get(page)
    shared_app.control.answer(
        method, lambda honest: spoiled(honest, steps, choice), times=times, after=after
    )
    answer = visitor.browser.get(page, headers=visitor.headers)
    told = answer.get_data(as_text=True)
    assert answer.status_code not in (401, 500), told[:300]
    if answer.status_code != 200:
        return
    if page == "/flows":
        whole = rows(told) == rows(truth)
        assert whole or "Link or ID of a flow" in told
    elif page.endswith("/members"):
        assert len(json.loads(told)) == len(json.loads(truth))
    elif page.startswith("/pick/"):
        missing = offered(truth) - offered(told)
        assert not missing or UNCLEAR in told, missing


def rows(page: str) -> set[str]:
    """The flows that the list shows."""
    return set(re.findall(r'id="flow-(\d+)"', page))


def offered(page: str) -> set[str]:
    """Whom and what a picker offers."""
    found = re.findall(r'data-value="([^"]*)"', page)
    return {",".join(html.unescape(value).split(",")[:2]) for value in found}
