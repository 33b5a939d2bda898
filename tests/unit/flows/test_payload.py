"""The plan by itself: updates are written whole, creations spelled out, marks tell changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bx24app.flows import payload
from bx24app.flows.change import differences, digest
from bx24app.flows.spec import READ_ONLY, parse_spec, settings
from tests.support.validated import parse_changes
from tests.unit.flows.test_spec import FLOW, LEAST

RESET = {
    "description",
    "templateId",
    "efficiency",
    "responsibleCanChangeDeadline",
    "matchWorkTime",
    "matchSchedule",
    "notifyAtHalfTime",
    "taskControl",
    "notifyOnQueueOverflow",
    "notifyOnTasksInProgressOverflow",
    "notifyWhenEfficiencyDecreases",
}
"""What Bitrix24 resets when an update leaves it out."""


def test_a_creation_says_everything() -> None:
    data = payload.create_payload(parse_spec(LEAST))

    assert RESET - {"efficiency"} <= data.keys()
    assert "groupId" not in data
    assert data["responsibleList"] == [["user", "2"]]
    assert data["taskCreators"] == [["meta-user", "all-users"]]
    assert payload.create_payload(parse_spec(LEAST | {"groupId": 10}))["groupId"] == 10


@pytest.mark.reference("efficiency")
def test_an_update_leaves_nothing_out_that_would_be_reset() -> None:
    data = payload.update_payload(FLOW, parse_changes(FLOW, {"name": "New"}))

    assert data.keys() >= RESET | {"id", "laterField", "groupId", "ownerId"}
    assert data["name"] == "New"
    assert data["efficiency"] == FLOW["efficiency"]
    assert data["laterField"] == FLOW["laterField"]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "description": st.text("abc"),
            "plannedCompletionTime": st.integers(3600, 9999),
            "matchSchedule": st.booleans(),
            "notifyOnQueueOverflow": st.integers(0, 99),
        },
    )
)
def test_an_update_is_the_flow_with_the_changes(changes: dict[str, Any]) -> None:
    data = payload.update_payload(FLOW, parse_changes(FLOW, changes))

    wanted = settings(FLOW) | changes
    assert settings(data) == wanted
    assert differences(data, changes) == ()


@pytest.mark.parametrize("field", sorted(READ_ONLY - {"id", "efficiency"}))
def test_an_update_does_not_send_what_the_portal_keeps_itself(field: str) -> None:
    assert field not in payload.update_payload(FLOW, {})


def test_a_flow_without_team_keeps_its_none() -> None:
    assert "responsibleList" not in payload.update_payload(FLOW | {"responsibleList": []}, {})


def test_a_sample_flow_is_written_without_project_and_administrator() -> None:
    data = payload.update_payload(FLOW | {"groupId": 0}, {"name": "New"})

    assert not {"groupId", "ownerId"} & data.keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "New"),
        ("active", False),
        ("demo", True),
        ("responsibleList", []),
        ("taskCreators", [["user", "1"]]),
        ("notifyOnQueueOverflow", 1),
        ("laterField", 2),
        ("matchSchedule", True),
    ],
)
def test_a_mark_tells_a_change(field: str, value: Any) -> None:
    assert digest(FLOW | {field: value}) != digest(FLOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("activity", ""),
        ("efficiency", 1),
        ("team", []),
        ("trialFeatureEnabled", True),
        ("notifyOnQueueOverflow", 0),
        ("responsibleList", [["user", 2], ["structure-node", "7:F"]]),
    ],
)
def test_a_mark_does_not_tell_what_is_none(field: str, value: Any) -> None:
    assert digest(FLOW | {field: value}) == digest(FLOW)


def test_a_mark_does_not_depend_on_the_order_of_fields() -> None:
    assert digest(dict(reversed(FLOW.items()))) == digest(FLOW)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"name": "Old"}, ()),
        ({"name": "New", "description": ""}, ("name",)),
        ({"notifyOnQueueOverflow": 0}, ()),
        ({"groupId": 0}, ()),
        ({"groupId": 11}, ("groupId",)),
        ({"taskCreators": [("project", "4")]}, ()),
        ({"taskCreators": []}, ("taskCreators",)),
    ],
)
def test_differences_are_what_is_not_yet_so(wanted: Any, found: tuple[str, ...]) -> None:
    assert differences(FLOW, wanted) == found
