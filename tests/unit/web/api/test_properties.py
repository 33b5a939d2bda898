"""What holds for every flow: a change touches one field; what is wanted is what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.entities import Flow
from tests.support.app_harness import Api, AppHarness

PEOPLE = st.sampled_from([1, 2, 3, 4, 7, 8, 9, 20])
DEPARTMENTS = st.sampled_from(["1", "2", "3:F", "4", "5:F", "6"])
CODES = st.sampled_from(["U1", "U2", "U7", "D3", "DR2", "D6", "DR4"])
PROJECTS = st.sampled_from([10, 11])
CONTROL = "".join(map(chr, [*range(32), 127]))
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters=CONTROL)
NAMES = st.text(LETTERS, min_size=1, max_size=255).filter(str.strip)
DESCRIPTIONS = st.text(LETTERS | st.sampled_from("\n\t\r"), max_size=400)
SECONDS = st.integers(3600, 2_145_398_400)
LIMIT = st.none() | st.integers(1, 99_999)
PERCENT = st.none() | st.integers(1, 100)
PAIRS = st.one_of(
    st.tuples(st.just("user"), PEOPLE.map(str)), st.tuples(st.just("department"), DEPARTMENTS)
).map(list)


def lists(items: st.SearchStrategy[Any], least: int = 1) -> st.SearchStrategy[list[Any]]:
    """Short lists without repetitions."""
    return st.lists(items, min_size=least, max_size=4, unique_by=str)


TEAMS = st.one_of(
    st.tuples(st.just("manually"), PEOPLE.map(lambda person: [["user", str(person)]])),
    st.tuples(st.just("queue"), lists(PEOPLE.map(lambda person: ["user", str(person)]))),
    st.tuples(st.just("himself"), lists(PAIRS)),
)
"""Ways to distribute tasks with those who do them; a queue of departments is people by now."""
CREATORS = st.just([["meta-user", "all-users"]]) | lists(PAIRS, 0)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": NAMES,
    "description": DESCRIPTIONS,
    "groupId": PROJECTS,
    "ownerId": PEOPLE,
    "templateId": st.sampled_from([0, 20, 21, 22]),
    "plannedCompletionTime": SECONDS,
    "taskCreators": CREATORS,
    "matchWorkTime": st.booleans(),
    "matchSchedule": st.booleans(),
    "responsibleCanChangeDeadline": st.booleans(),
    "notifyAtHalfTime": st.booleans(),
    "taskControl": st.booleans(),
    "notifyOnQueueOverflow": LIMIT,
    "notifyOnTasksInProgressOverflow": LIMIT,
    "notifyWhenEfficiencyDecreases": PERCENT,
}
ONE_FIELD = st.one_of(
    *(st.tuples(st.just(name), values) for name, values in FIELDS.items()),
).map(lambda field: dict([field])) | TEAMS.map(
    lambda team: {"distributionType": team[0], "responsibleList": team[1]}
)
SPECS = st.tuples(st.fixed_dictionaries(FIELDS), TEAMS).map(
    lambda parts: parts[0] | {"distributionType": parts[1][0], "responsibleList": parts[1][1]}
)
SETTINGS = settings(max_examples=120, deadline=None)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any flow as a portal may hold it, whoever has made it."""
    kind = draw(st.sampled_from(["manually", "queue", "himself"]))
    flow = Flow(
        150, draw(NAMES), draw(PEOPLE), draw(PEOPLE), draw(PROJECTS), draw(SECONDS), kind,
        description=draw(DESCRIPTIONS), template_id=draw(st.sampled_from([0, 20, 21])),
        efficiency=draw(st.integers(0, 100)), active=draw(st.booleans()),
        moderator_id=draw(PEOPLE), queue=draw(lists(PEOPLE)),
        responsibles={kind: draw(lists(CODES))}, task_creators=draw(lists(CODES, 0)),
        later={"laterSwitch": draw(st.booleans()), "laterWord": draw(st.text(LETTERS))},
    )  # fmt: skip
    switches = ("responsible_can_change_deadline", "match_work_time", "match_schedule",
                "notify_at_half_time", "task_control")  # fmt: skip
    return replace(
        flow,
        **{name: draw(st.booleans()) for name in switches},
        notify_on_queue_overflow=draw(LIMIT),
        notify_on_tasks_in_progress_overflow=draw(LIMIT),
        notify_when_efficiency_decreases=draw(PERCENT),
    )


@pytest.fixture(scope="module")
def shared_api(shared_app: AppHarness) -> Api:
    """A program with the key of portal A."""
    shared_app.a.later_fields = {"laterSwitch": False, "laterWord": ""}
    return shared_app.program(shared_app.a)


@contextmanager
def untouched(installed_app: AppHarness) -> Iterator[None]:
    """Put flows, projects and templates of portal A back afterwards."""
    portal = installed_app.a
    flows, groups = dict(portal.flows), dict(portal.groups)
    try:
        yield
    finally:
        portal.flows, portal.groups = flows, groups


def shown(flow: dict[str, Any], *without: str) -> dict[str, Any]:
    """What is shown of a flow, without some fields."""
    return {name: value for name, value in flow.items() if name not in without}


@pytest.mark.reference("distributionType: manually")
@SETTINGS
@given(flow=flows(), change=ONE_FIELD)
def test_a_change_touches_nothing_else(
    shared_app: AppHarness, shared_api: Api, flow: Flow, change: dict[str, Any]
) -> None:
    with untouched(shared_app):
        shared_app.a.flows[150] = flow
        before = shared_api.get(150).json

        answer = shared_api.patch(150, change)

        assert answer.status_code == 200
        after = shared_api.get(150).json
        wanted = change | ({"name": change["name"].strip()} if "name" in change else {})
        assert shown(after, *wanted, "team") == shown(before, *wanted, "team")
        assert {name: after[name] for name in wanted} == wanted


@SETTINGS
@given(spec=SPECS)
def test_what_is_wanted_is_what_stands(
    shared_app: AppHarness, shared_api: Api, spec: dict[str, Any]
) -> None:
    with untouched(shared_app):
        answer = shared_api.post(spec)

        assert answer.status_code == 201, answer.json.get("errors")
        found = shared_api.get(answer.json["id"]).json
        assert {name: found[name] for name in spec} == spec | {"name": spec["name"].strip()}


@SETTINGS
@given(flow=flows())
def test_a_flow_that_is_sent_back_as_it_came_is_not_written(
    shared_app: AppHarness, shared_api: Api, flow: Flow
) -> None:
    with untouched(shared_app):
        shared_app.a.flows[150] = flow
        writes = len(shared_app.writes())

        answer = shared_api.patch(150, shared_api.get(150).json)

        assert answer.status_code == 200
        assert len(shared_app.writes()) == writes


@SETTINGS
@given(flow=flows(), first=ONE_FIELD, second=ONE_FIELD)
def test_a_mark_tells_whether_anything_was_changed(
    shared_app: AppHarness,
    shared_api: Api,
    flow: Flow,
    first: dict[str, Any],
    second: dict[str, Any],
) -> None:
    with untouched(shared_app):
        shared_app.a.flows[150] = flow
        seen = shared_api.get(150)
        now = shared_api.patch(150, first)

        answer = shared_api.patch(150, second, If_Match=seen.headers["ETag"])

        same = shown(now.json, "activity", "team") == shown(seen.json, "activity", "team")
        assert answer.status_code == (200 if same else 412)
