"""A form says what stands in it: every field, durations, and nothing that nobody has touched."""

from __future__ import annotations

from typing import Any

import pytest

from bx24app.flows.problems import Problem
from bx24app.web.flows.form import SECONDS, Choice, Form, blank_form, unit_of
from bx24app.web.flows.form_values import (
    input_of,
    merge,
    parse_changes,
    parse_new_flow,
    unchosen_texts,
)
from tests.support.filled_form import FLOW, filled, named, picked


def without(form: Form, *names: str) -> Form:
    """A form with some boxes unticked."""
    for name in names:
        form.poplist(name)
    return form


ANNA, SALES = Choice("user", "7", "Anna"), Choice("department", "2", "Sales")
CHANGES = {
    "name": (filled(name=" Help desk "), {"name": "Help desk"}),
    "description": (filled(description="One\r\ntwo"), {"description": "One\ntwo"}),
    "creators": (
        picked(filled(), "taskCreators", ANNA, SALES),
        {"taskCreators": [["user", "7"], ["department", "2"]]},
    ),
    "no creators": (picked(filled(), "taskCreators"), {"taskCreators": []}),
    "days": (
        filled(plannedCompletionTime="3"),
        {"plannedCompletionTime": 259_200, "matchSchedule": False},
    ),
    "hours": (
        filled(plannedCompletionTime="4", unit="hours"),
        {"plannedCompletionTime": 14_400, "matchSchedule": True, "matchWorkTime": True},
    ),
    "the same in hours": (
        filled(plannedCompletionTime="48", unit="hours"),
        {"matchSchedule": True, "matchWorkTime": True},
    ),
    "no weekends": (without(filled(), "matchWorkTime"), {"matchWorkTime": False}),
    "order": (
        picked(filled(), "queue", named("user", "3"), named("user", "2")),
        {"responsibleList": [["user", "3"], ["user", "2"]]},
    ),
    "kind": (
        picked(filled(distributionType="himself"), "himself", SALES),
        {"distributionType": "himself", "responsibleList": [["department", "2"]]},
    ),
    "kind without people": (
        filled(distributionType="manually"),
        {"distributionType": "manually", "responsibleList": []},
    ),
    "deadline": (
        filled(responsibleCanChangeDeadline="1"),
        {"responsibleCanChangeDeadline": True},
    ),
    "half time": (without(filled(), "notifyAtHalfTime"), {"notifyAtHalfTime": False}),
    "approval": (without(filled(), "taskControl"), {"taskControl": False}),
    "project": (picked(filled(), "groupId", Choice("project", "11", "")), {"groupId": 11}),
    "no template": (filled(templateId=""), {"templateId": 0}),
    "template by link": (
        filled(templateId="/company/personal/user/1/tasks/templates/template/view/21/"),
        {"templateId": 21},
    ),
    "administrator": (picked(filled(), "ownerId", ANNA), {"ownerId": 7}),
    "alert": (filled(notifyOnQueueOverflow="30"), {"notifyOnQueueOverflow": 30}),
    "alert off": (
        without(filled(), "notifyWhenEfficiencyDecreases.on"),
        {"notifyWhenEfficiencyDecreases": 0},
    ),
    "alert on": (
        filled(
            **{
                "notifyOnTasksInProgressOverflow": "9",
                "notifyOnTasksInProgressOverflow.on": "1",
            }
        ),
        {"notifyOnTasksInProgressOverflow": 9},
    ),
    "not a number": (filled(notifyOnQueueOverflow="many"), {"notifyOnQueueOverflow": "many"}),
    "not a duration": (
        filled(plannedCompletionTime="soon"),
        {"plannedCompletionTime": "soon", "matchSchedule": False},
    ),
}


@pytest.mark.parametrize(("form", "changes"), CHANGES.values(), ids=CHANGES.keys())
def test_only_what_was_touched_is_changed(form: Form, changes: dict[str, Any]) -> None:
    assert parse_changes(form) == changes


def test_a_number_of_nought_is_not_taken_for_off() -> None:
    """Bitrix24 reads 0 as off, which is not what "exceeds 0" says; so the checks shall see text."""
    form = filled(notifyOnQueueOverflow="0")
    assert parse_changes(form) == {"notifyOnQueueOverflow": "0"}


def test_a_new_form_has_the_defaults_of_bitrix24() -> None:
    me, everybody = Choice("user", "1", "Alice"), Choice("meta-user", "all-users", "All")
    form = blank_form(me, everybody, Choice("project", "0", "New"))
    form["name"], form["plannedCompletionTime"] = "Purchases", "5"
    form.pick("queue", [ANNA])
    assert parse_new_flow(form) == {
        "name": "Purchases",
        "description": "",
        "taskCreators": [["meta-user", "all-users"]],
        "plannedCompletionTime": 432_000,
        "distributionType": "queue",
        "responsibleList": [["user", "7"]],
        "groupId": 0,
        "templateId": 0,
        "ownerId": 1,
        "matchWorkTime": True,
        "matchSchedule": False,
        "responsibleCanChangeDeadline": False,
        "notifyAtHalfTime": True,
        "taskControl": True,
        "notifyOnQueueOverflow": 50,
        "notifyOnTasksInProgressOverflow": 50,
        "notifyWhenEfficiencyDecreases": 70,
    }


@pytest.mark.parametrize(
    ("seconds", "unit"),
    [
        (3600, "hours"),
        (86_400, "days"),
        (82_800, "hours"),
        (2_592_000, "months"),
        (2_678_400, "days"),
        (5400, "minutes"),
        (3601, "seconds"),
    ],
)
def test_a_duration_is_shown_in_its_largest_whole_unit(seconds: int, unit: str) -> None:
    assert unit_of(seconds) == unit
    assert seconds % SECONDS[unit] == 0


def test_switching_the_distribution_keeps_the_people_of_each_kind() -> None:
    form = picked(filled(), "manually", ANNA)
    form["distributionType"] = "manually"
    assert parse_new_flow(form)["responsibleList"] == [["user", "7"]]
    form["distributionType"] = "queue"
    assert parse_new_flow(form)["responsibleList"] == FLOW["responsibleList"]


def test_half_typed_names_are_pointed_at() -> None:
    form = filled(**{"team.text": "Ann", "moderator.text": "not asked for", "ownerId.text": " "})
    assert [(problem.pointer, problem.facts) for problem in unchosen_texts(form)] == [
        ("/responsibleList", {"text": "Ann"})
    ]


@pytest.mark.parametrize(
    ("pointer", "kind", "field"),
    [
        ("/name", "queue", "name"),
        ("/responsibleList/0", "queue", "team"),
        ("/responsibleList", "manually", "moderator"),
        ("/taskCreators/3", "himself", "taskCreators"),
        ("/matchSchedule", "queue", "plannedCompletionTime"),
        ("", "queue", None),
        ("/new", "queue", None),
    ],
)
def test_a_problem_leads_to_its_input(pointer: str, kind: str, field: str | None) -> None:
    form = Form({"distributionType": kind})
    assert input_of(Problem(pointer, "code", "message"), form) == field


def test_others_changes_and_mine_come_together() -> None:
    mine = filled(description="Mine")
    theirs = filled(FLOW | {"name": "Theirs", "plannedCompletionTime": 3600})
    merged = merge(mine, theirs)
    assert (merged["name"], merged["description"], merged["unit"]) == ("Theirs", "Mine", "hours")
    assert parse_changes(merged) == {"description": "Mine"}


@pytest.mark.parametrize(
    "value", ["[" * 9999, "", "{}", "[1]", "null", '["user"]', '["a","b","c","d","e"]']
)
def test_what_no_page_of_ours_has_written_is_no_choice(value: str) -> None:
    assert Choice.read(value) is None
    assert Form({"queue": [value], "distributionType": "queue"}).team() == []


def test_halves_of_characters_do_not_reach_a_page() -> None:
    choice = Choice.read('["user", "1", "half \\ud800"]')
    assert choice is not None
    assert choice.name.encode() == b"half ?"
