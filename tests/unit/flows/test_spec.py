"""The flow spec by itself: what is taken as what, what is a change, what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bx24app.flows import single
from bx24app.flows.problems import InvalidFlow
from bx24app.flows.spec import (
    CHANGES,
    DEFAULTS,
    SPEC,
    parse_changes,
    parse_spec,
    valid_fields,
    validate_changes,
    validate_spec,
)
from tests.support.samples import LEAST

FLOW: dict[str, Any] = {
    "id": 5,
    "creatorId": 1,
    "ownerId": 1,
    "groupId": 10,
    "templateId": 0,
    "efficiency": 90,
    "active": True,
    "plannedCompletionTime": 7200,
    "activity": "2026-05-11T21:06:22+03:00",
    "name": "Old",
    "description": "",
    "distributionType": "immutable",
    "responsibleList": [["user", "2"], ["structure-node", "7:F"]],
    "demo": False,
    "responsibleCanChangeDeadline": True,
    "matchWorkTime": True,
    "matchSchedule": False,
    "taskControl": False,
    "notifyAtHalfTime": False,
    "notifyOnQueueOverflow": None,
    "notifyOnTasksInProgressOverflow": 50,
    "notifyWhenEfficiencyDecreases": None,
    "taskCreators": [["project", "4"]],
    "team": [["user", "2"]],
    "trialFeatureEnabled": False,
    "laterField": {"any": ["thing"]},
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from([*FLOW, "colour"])


def pointers(found: InvalidFlow) -> set[str]:
    """Where something is wrong."""
    return {problem.pointer for problem in found.problems}


def test_what_is_left_out_of_a_new_flow_is_filled_in() -> None:
    assert parse_spec(LEAST) == DEFAULTS | LEAST | {"responsibleList": [("user", "2")]}


@pytest.mark.parametrize(
    ("field", "sent", "taken"),
    [
        ("name", "  Least\t", "Least"),
        ("name", "x" * 255, "x" * 255),
        ("name", " " * 300 + "x", "x"),
        ("description", None, ""),
        ("description", " kept ", " kept "),
        ("groupId", None, 0),
        ("templateId", 0, 0),
        ("templateId", 20.0, 20),
        ("plannedCompletionTime", 3600, 3600),
        ("plannedCompletionTime", 2145398400, 2145398400),
        ("plannedCompletionTime", 7200.0, 7200),
        ("matchWorkTime", 0, False),
        ("matchWorkTime", 1.0, True),
        ("notifyOnQueueOverflow", None, 0),
        ("notifyOnQueueOverflow", 99999, 99999),
        ("notifyWhenEfficiencyDecreases", 100, 100),
        ("responsibleList", [["user", 2], ["user", "2"]], [("user", "2")]),
        ("responsibleList", {"user": 2}, [("user", "2")]),
        (
            "responsibleList",
            {"user": 2, "department": "3:F"},
            [("user", "2"), ("department", "3:F")],
        ),
        ("taskCreators", [["user", "4"]] * 1000, [("user", "4")]),
    ],
)
def test_a_value_is_taken_as_what_it_means(field: str, sent: Any, taken: Any) -> None:
    assert parse_spec(LEAST | {field: sent})[field] == taken  # type: ignore[literal-required]


def test_what_only_the_portal_sets_may_come_along() -> None:
    copied = {name: FLOW[name] for name in ("id", "creatorId", "efficiency", "activity", "team")}

    assert parse_spec(LEAST | copied) == parse_spec(LEAST)


def test_the_flow_itself_is_no_change_of_it() -> None:
    assert parse_changes(FLOW, FLOW) == {}


@pytest.mark.reference("distributionType (required)")
@pytest.mark.parametrize(
    "change",
    [
        {"name": "New"},
        {"taskCreators": [["project", "4"], ["user", "3"]]},
        {"responsibleList": [["structure-node", "7:F"]]},
        {"distributionType": "queue"},
        {"notifyOnQueueOverflow": 5},
        {"notifyOnTasksInProgressOverflow": None},
    ],
)
def test_entries_that_only_bitrix24_sets_do_not_hinder_a_change(change: dict[str, Any]) -> None:
    assert set(parse_changes(FLOW, change)) == set(change)


@pytest.mark.reference("fields that a later Bitrix24 has (on neither page)")
@pytest.mark.parametrize(
    "change",
    [
        {"taskCreators": [["project", "5"]]},
        {"laterField": {"any": []}},
        {"laterField": None},
        {"distributionType": "somehow"},
        {"active": False},
    ],
)
def test_what_only_bitrix24_sets_cannot_be_set(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidFlow):
        parse_changes(FLOW, change)


def test_a_sample_flow_needs_a_project_for_another_administrator() -> None:
    sample = FLOW | {"groupId": 0}

    with pytest.raises(InvalidFlow) as caught:
        parse_changes(sample, {"ownerId": 2})

    assert pointers(caught.value) == {"/groupId"}
    assert parse_changes(sample, {"ownerId": 2, "groupId": 10}) == {"ownerId": 2, "groupId": 10}
    assert parse_changes(sample, {"name": "New"}) == {"name": "New"}


def test_a_field_is_named_once() -> None:
    wrong = {"distributionType": "manually", "responsibleList": [["user", "0"]], "groupId": -1}

    for _, problems in (
        validate_spec(LEAST | wrong),
        validate_changes(FLOW, wrong | {"ownerId": 2}),
    ):
        assert [problem.pointer for problem in problems].count("/groupId") == 1
        assert "/responsibleList" not in {problem.pointer for problem in problems}


READERS = (
    parse_spec,
    lambda data: parse_changes(FLOW, data),
    single.parse_name,
    single.parse_active,
    single.parse_pinned,
)


@settings(max_examples=300, deadline=None)
@given(data=ANYTHING | st.dictionaries(FIELDS, ANYTHING, max_size=6))
def test_anything_is_either_taken_or_refused_in_words(data: Any) -> None:
    refused = [refusal for refusal in (refusal_of(read, data) for read in READERS) if refusal]

    assert all(refusal.problems for refusal in refused)
    assert all(str(problem) for refusal in refused for problem in refusal.problems)
    assert isinstance(valid_fields(data), dict)


def refusal_of(read: Callable[[Any], Any], data: Any) -> InvalidFlow | None:
    """What a reader has against the data."""
    try:
        read(data)
    except InvalidFlow as refusal:
        return refusal
    return None


@settings(max_examples=100, deadline=None)
@given(changes=st.dictionaries(FIELDS, ANYTHING, max_size=6))
def test_what_was_taken_is_taken_again(changes: dict[str, Any]) -> None:
    taken, _ = validate_changes(FLOW, changes)

    assert validate_changes(FLOW, taken)[0] == taken


def test_the_schemas_say_what_is_taken() -> None:
    spec, changes = SPEC.json_schema(), CHANGES.json_schema()

    assert set(spec["required"]) == set(LEAST)
    assert "required" not in changes
    assert spec["additionalProperties"] is changes["additionalProperties"] is False
    assert (
        spec["properties"].keys() == changes["properties"].keys() == {*DEFAULTS, *LEAST, "ownerId"}
    )
