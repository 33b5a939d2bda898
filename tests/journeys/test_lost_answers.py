"""Answers that get lost: whatever a program is told afterwards is how the portal stands."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.support.app_harness import Api, AppHarness
from tests.support.databases import Sqlite

FLOW = {
    "name": "Contracts",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["department", "2"], ["user", "17"]],
}
METHODS = ["create", "update", "get", "delete", "isExists", "activate", "pin", "list"]
ACTIONS: dict[str, Callable[[Api], TestResponse]] = {
    "create": lambda api: api.post(FLOW),
    "put a new one": lambda api: api.put(FLOW),
    "put an old one": lambda api: api.put(FLOW | {"name": "Content"}),
    "change": lambda api: api.patch(101, {"description": "", "notifyAtHalfTime": True}),
    "delete": lambda api: api.delete(103),
    "turn on": lambda api: api.put({"active": True}, "102/active"),
    "turn off": lambda api: api.put({"active": False}, "101/active"),
    "pin": lambda api: api.put({"pinned": True}, "101/pinned"),
    "read": lambda api: api.get(101),
    "ask for a name": lambda api: api.get("exists?name=Content"),
    "list": lambda api: api.get(),
}


@dataclass(frozen=True)
class Loss:
    """A connection that breaks: before the call was carried out (`cut`), or after it (`lose`)."""

    kind: str
    method: str
    after: int = 0
    times: int = 1


def state(installed_app: AppHarness) -> Any:
    """What a portal holds, without the moments at which things happened."""
    flows = deepcopy(installed_app.a.flows)
    for flow in flows.values():
        flow.activity = 0.0
    return (
        flows,
        set(installed_app.a.pins),
        {group.name for group in installed_app.a.groups.values()},
    )


@pytest.fixture(scope="module")
def undisturbed(sqlite: Sqlite) -> dict[str, Any]:
    """How the portal stands after each action when no answer gets lost."""
    states = {}
    for name, action in ACTIONS.items():
        with AppHarness.open(sqlite.migrated()) as installed_app:
            installed_app.install_everywhere()
            assert action(installed_app.program(installed_app.a)).status_code < 300
            states[name] = state(installed_app)
    return states


LOSSES = st.builds(
    Loss,
    kind=st.sampled_from(["lose", "cut"]),
    method=st.sampled_from([*(f"tasks.flow.Flow.{method}" for method in METHODS), "batch", "*"]),
    after=st.integers(0, 2),
    times=st.integers(1, 3),
)


@pytest.mark.promise("after a lost answer the portal holds what the caller was told")
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(sorted(ACTIONS)), loss=LOSSES)
@example(name="create", loss=Loss("lose", "tasks.flow.Flow.create"))
@example(name="create", loss=Loss("cut", "tasks.flow.Flow.create"))
@example(name="create", loss=Loss("lose", "tasks.flow.Flow.create", times=2))
@example(name="put a new one", loss=Loss("lose", "tasks.flow.Flow.create"))
@example(name="put an old one", loss=Loss("lose", "tasks.flow.Flow.update"))
@example(name="change", loss=Loss("lose", "tasks.flow.Flow.update"))
@example(name="change", loss=Loss("cut", "tasks.flow.Flow.update"))
@example(name="change", loss=Loss("lose", "tasks.flow.Flow.update", times=3))
@example(name="delete", loss=Loss("lose", "tasks.flow.Flow.delete"))
@example(name="delete", loss=Loss("cut", "tasks.flow.Flow.delete"))
@example(name="turn on", loss=Loss("lose", "tasks.flow.Flow.activate"))
@example(name="turn on", loss=Loss("cut", "tasks.flow.Flow.activate"))
@example(name="turn off", loss=Loss("lose", "tasks.flow.Flow.activate", times=2))
@example(name="pin", loss=Loss("lose", "tasks.flow.Flow.pin"))
@example(name="pin", loss=Loss("lose", "tasks.flow.Flow.pin", times=2))
@example(name="pin", loss=Loss("cut", "tasks.flow.Flow.pin"))
def test_what_is_told_is_what_is_so(
    sqlite: Sqlite, undisturbed: dict[str, Any], name: str, loss: Loss
) -> None:
    with AppHarness.open(sqlite.migrated()) as installed_app:
        installed_app.install_everywhere()
        before, after = state(installed_app), undisturbed[name]
        api = installed_app.program(installed_app.a)
        getattr(installed_app.control, loss.kind)(loss.method, loss.times, after=loss.after)
        answer = ACTIONS[name](api)
        installed_app.control.heal()
        told_nothing = answer.status_code >= 500 and answer.json["mayHaveHappened"]
        if told_nothing:
            assert state(installed_app) in (before, after)
        else:
            assert state(installed_app) == (after if answer.status_code < 300 else before)


@pytest.mark.promise("after a lost answer the portal holds what the caller was told")
@pytest.mark.parametrize(
    ("action", "method"),
    [
        ("create", "create"),
        ("change", "update"),
        ("delete", "delete"),
        ("turn on", "activate"),
        ("pin", "pin"),
        ("read", "get"),
        ("ask for a name", "isExists"),
    ],
)
def test_one_lost_answer_of_any_method_is_nobody_s_trouble(
    action: str, method: str, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.lose(f"tasks.flow.Flow.{method}")
    assert ACTIONS[action](api).status_code < 300
    assert not installed_app.world.faults.take(
        f"tasks.flow.Flow.{method}", installed_app.a.host, "lose"
    )


def test_a_lost_creation_on_a_portal_without_a_list_is_told_as_such(
    installed_app: AppHarness,
) -> None:
    installed_app.control.lose("tasks.flow.Flow.create")
    answer = installed_app.program(installed_app.b).post(FLOW)
    assert (answer.status_code, answer.json["mayHaveHappened"]) == (502, True)
    assert [flow.name for flow in installed_app.b.flows.values()].count("Contracts") == 1
