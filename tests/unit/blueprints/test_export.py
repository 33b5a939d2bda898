"""Whatever stands on a portal: its export, applied to the same portal, is an empty plan."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.emulator.entities import Department, Flow, User
from tests.support.app_harness import AppHarness
from tests.support.blueprint_harness import Documents

ODD_NAMES = [
    "$agents", "$$", "yes", "off", "1.0", "0x1F", "null", "- a", "a: b", "# no comment", "'quoted'",
    '"', "Ünïcödé", "Поток", "流れ", "🙂", "a\u00a0b", "everyone", "create", "{x}", "[1]", "a\\b",
]  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(ODD_NAMES),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40),
).map(lambda name: name.strip() or "x")
PEOPLE = st.sampled_from([*range(1, 31), 99])
"""Also the dismissed one, the one from outside, those who have the same name, and nobody."""
DEPARTMENTS = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 99])
LIMIT = st.none() | st.integers(0, 100)
TIMES = st.sampled_from([3600, 3660, 14400, 86400, 90000, 604800]) | st.integers(3600, 10**7)


@st.composite
def flows(draw: st.DrawFn, number: int) -> Flow:
    """A flow as a portal may have it."""
    kind = draw(st.sampled_from(["queue", "himself", "manually"]))
    flow = Flow(
        number, draw(NAMES), 1, draw(PEOPLE), draw(st.sampled_from([0, 10, 11, 12, 13, 14])),
        draw(TIMES), kind, description=draw(NAMES), template_id=draw(st.sampled_from([0, 20, 22])),
        active=draw(st.booleans()), match_work_time=draw(st.booleans()),
        responsible_can_change_deadline=draw(st.booleans()),
        notify_at_half_time=draw(st.booleans()), task_control=draw(st.booleans()),
        notify_on_queue_overflow=draw(LIMIT), notify_on_tasks_in_progress_overflow=draw(LIMIT),
        notify_when_efficiency_decreases=draw(LIMIT),
    )  # fmt: skip
    users = PEOPLE.map(lambda one: f"U{one}")
    codes = users | st.builds(
        lambda kind, one: f"{kind}{one}", st.sampled_from(["D", "DR"]), DEPARTMENTS
    )
    if kind == "queue":
        flow.queue = draw(st.lists(PEOPLE, max_size=5, unique=True))
        flow.responsibles = {"queue": [f"U{one}" for one in flow.queue]}
    elif kind == "himself":
        flow.responsibles = {"himself": draw(st.lists(codes, max_size=5, unique=True))}
    else:
        flow.moderator_id = draw(PEOPLE)
        flow.responsibles = {"manually": [f"U{flow.moderator_id}"]}
    flow.task_creators = draw(st.just(["UA"]) | st.lists(codes, max_size=4, unique=True))
    return flow


@st.composite
def portals(draw: st.DrawFn) -> dict[int, Flow]:
    """Flows with names of their own, by number."""
    found: dict[int, Flow] = {}
    for number in range(201, 201 + draw(st.integers(1, 4))):
        flow = draw(flows(number))
        if flow.name.casefold() not in {one.name.casefold() for one in found.values()}:
            found[number] = flow
    return found


@pytest.fixture(scope="module")
def documents(shared_app: AppHarness) -> Documents:
    """A program on a portal with namesakes among people and departments."""
    portal = shared_app.a
    twin = portal.users[3]
    portal.users[30] = User(30, twin.name, twin.last_name, twin.position, (4,))
    portal.departments[7] = Department(7, portal.departments[5].name, 2)
    return Documents(shared_app.program(portal))


@pytest.mark.slow
@pytest.mark.promise("the export of any portal, applied to the same portal, is an empty plan")
@given(flows=portals(), people=st.sampled_from(["name", "email"]))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # A failure is shown as it was found: to make it smaller would take minutes.
    phases=[Phase.generate],
)
def test_an_export_of_any_portal_is_an_empty_plan_there(
    flows: dict[int, Flow], people: str, documents: Documents, shared_app: AppHarness
) -> None:
    shared_app.a.flows = flows
    text = documents.export(people=people)
    plan = documents.plan(text)
    assert plan.status_code == 201, (text, plan.text)
    assert {one["action"] for one in plan.json["changes"]} == {"unchanged"}, (text, plan.json)
    assert len(plan.json["changes"]) == len(flows)


@pytest.mark.parametrize("creators", [["D7"], ["D99"], ["DR7", "D5"], ["U99"], []])
def test_departments_alone_and_lists_without_anybody_survive(
    creators: list[str], documents: Documents, shared_app: AppHarness
) -> None:
    """Found by the test above: `only` beside a number was lost, an empty list was refused."""
    queue = {"queue": [], "responsibles": {"queue": []}}
    flow = Flow(201, "Plain", 1, 1, 10, 3600, "queue", task_creators=creators, **queue)
    shared_app.a.flows = {201: flow}
    plan = documents.plan(documents.export())
    assert [one["action"] for one in plan.json["changes"]] == ["unchanged"], plan.text
