"""Names are decoration: whatever a portal says when it is asked for them, the pages are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.passing_time import let_rest
from tests.support.visitor import Visitor

PAGES = ("/flows", "/flows/new", "/flows/new?like=103", "/flows/101/edit", "/flows/103/edit")
LOOKUPS = ("user.get", "department.get", "sonet_group.get")
REFUSALS = (
    "ERROR_METHOD_NOT_FOUND",
    "INTERNAL_SERVER_ERROR",
    "QUERY_LIMIT_EXCEEDED",
    "OPERATION_TIME_LIMIT",
    "OVERLOAD_LIMIT",
    "PORTAL_DELETED",
    "ACCESS_DENIED",
    "insufficient_scope",
    "ERROR_CORE",
    "WHO_KNOWS",
    "100",
    "0",
    "",
)


@pytest.fixture
def visitor(shared_app: AppHarness) -> Iterator[Visitor]:
    """Somebody with the list open, before the trouble begins."""
    yield Visitor(shared_app, shared_app.a)
    shared_app.control.heal()
    let_rest(shared_app, shared_app.a.member_id)


def refused_pages(visitor: Visitor, pages: tuple[str, ...] = PAGES) -> list[tuple[str, int]]:
    """The pages that a person does not get."""
    codes = [
        (page, visitor.browser.get(page, headers=visitor.headers).status_code) for page in pages
    ]
    return [(page, code) for page, code in codes if code != 200]


@pytest.mark.parametrize("error", REFUSALS)
def test_a_refused_look_up_leaves_the_page(
    error: str, shared_app: AppHarness, visitor: Visitor
) -> None:
    for method in LOOKUPS:
        shared_app.control.fail(method, error, 1000)
    assert refused_pages(visitor) == []


@pytest.mark.parametrize("method", LOOKUPS)
def test_one_refused_look_up_leaves_the_page(
    method: str, shared_app: AppHarness, visitor: Visitor
) -> None:
    shared_app.control.fail(method, "INTERNAL_SERVER_ERROR", 1000)
    assert refused_pages(visitor) == []


@pytest.mark.parametrize("answer", [None, True, [], "odd", 5, [None], {"a": 1}, [{"ID": []}]])
def test_an_odd_look_up_leaves_the_page(
    answer: Any, shared_app: AppHarness, visitor: Visitor
) -> None:
    for method in LOOKUPS:
        shared_app.control.answer(method, answer, 1000)
    assert refused_pages(visitor) == []


@pytest.mark.parametrize(
    "error", ["ERROR_METHOD_NOT_FOUND", "INTERNAL_SERVER_ERROR", "ERROR_CORE", "0", "100"]
)
def test_who_looks_need_not_be_told(error: str, shared_app: AppHarness, visitor: Visitor) -> None:
    shared_app.control.fail("profile", error, 1000)
    assert refused_pages(visitor, PAGES[:3]) == []
    assert shared_app.launch(shared_app.a).status_code == 200
    assert "#1" in visitor.get("/flows/new")


@pytest.mark.parametrize("answer", [None, True, [], "odd", {"ID": []}, {"NAME": {}}])
def test_who_looks_may_be_told_oddly(answer: Any, shared_app: AppHarness, visitor: Visitor) -> None:
    shared_app.control.answer("profile", answer, 1000)
    assert refused_pages(visitor, PAGES[:3]) == []


@pytest.mark.parametrize("answer", [None, True, {}, "odd", 5, {"a": 1}])
@pytest.mark.parametrize("method", [*LOOKUPS, "tasks.template.get", "feature.get"])
def test_an_odd_look_up_before_a_write_leaves_the_write_to_the_portal(
    method: str, answer: Any, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.answer(method, answer, 1000)
    flow = {
        "name": "Contracts", "plannedCompletionTime": 7200, "distributionType": "queue",
        "responsibleList": [["user", "17"], ["department", "6:F"]], "groupId": 10, "templateId": 20,
    }  # fmt: skip
    made = api.post(flow)
    # `false` and the like are how a portal says that it has no such template.
    expected = (201,) if method != "tasks.template.get" else (201, 422)
    assert made.status_code in expected, made.json
    assert api.patch(101, {"responsibleList": [["user", "17"]]}).status_code == 200
