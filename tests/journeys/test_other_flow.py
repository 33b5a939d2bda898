"""A portal that answers with another flow than the one that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.app_harness import Api, AppHarness
from tests.support.visitor import Visitor

ASKED, OTHER = 101, 103
GET = "tasks.flow.Flow.get"
CALLS: dict[str, Callable[[Api], TestResponse]] = {
    "read": lambda api: api.get(ASKED),
    "change": lambda api: api.patch(ASKED, {"description": "other"}),
    "put": lambda api: api.put({"name": "IT help desk", "description": "other"}),
    "turn off": lambda api: api.put({"active": False}, f"{ASKED}/active"),
    "delete": lambda api: api.delete(ASKED),
}


def other(honest: Any, app: AppHarness) -> Any:
    """The whole answer as it would be for the other flow."""
    return {**honest, "id": OTHER, "name": app.flow(OTHER).name} if honest else honest


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("times", [1, 99])
def test_the_other_flow_stays_as_it_is(
    name: str, times: int, installed_app: AppHarness, api: Api
) -> None:
    before = repr(vars(installed_app.flow(OTHER)))
    installed_app.control.answer(GET, lambda honest: other(honest, installed_app), times=times)
    answer = CALLS[name](api)
    assert repr(vars(installed_app.flow(OTHER))) == before
    assert answer.status_code in (200, 204, 502)
    if answer.status_code == 200:
        assert answer.json["id"] == ASKED
    if answer.status_code == 502 and not answer.json["mayHaveHappened"]:
        assert installed_app.flow(ASKED).description.startswith("Everything about")
        assert installed_app.flow(ASKED).active


def test_a_list_of_others_is_not_complete(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.answer(GET, lambda honest: other(honest, installed_app), times=99)
    told = api.get().json
    assert ([flow["id"] for flow in told["items"]], told["complete"]) == ([OTHER], False)


def test_a_form_is_not_filled_with_another_flow(installed_app: AppHarness) -> None:
    visitor = Visitor(installed_app, installed_app.a)
    installed_app.control.answer(GET, lambda honest: other(honest, installed_app), times=99)
    assert installed_app.flow(OTHER).name not in visitor.get(f"/flows/{ASKED}/edit")
