"""Somebody else takes the name between our look at the portal and our write."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
from werkzeug.test import TestResponse

from tests.emulator.entities import Flow
from tests.support.app_harness import Api, AppHarness

CREATE = "tasks.flow.Flow.create"
FLOW = {
    "name": "Contracts",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["user", "17"]],
}


def create_while_somebody_does(installed_app: AppHarness, api: Api, **more: int) -> TestResponse:
    """Create a flow; after the checks and before the creation, somebody makes one of its name."""
    installed_app.control.delay(CREATE, 0.3)
    looks = len(installed_app.control.journal("tasks.flow.Flow.isExists"))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(api.post, FLOW | more)
        while len(installed_app.control.journal("tasks.flow.Flow.isExists")) == looks:
            time.sleep(0.01)
        installed_app.a.flows[900] = somebody_s(installed_app)
        return answer.result()


def somebody_s(installed_app: AppHarness) -> Flow:
    """A flow of the same name that is not ours."""
    flow = deepcopy(installed_app.a.flows[103])
    flow.id, flow.name = 900, "Contracts"
    return flow


@pytest.mark.promise("a project that stays behind is told by name and link")
def test_a_project_that_stays_behind_is_told_by_name_and_link(
    installed_app: AppHarness, api: Api
) -> None:
    answer = create_while_somebody_does(installed_app, api)
    left = next(group for group in installed_app.a.groups.values() if group.name == "Contracts")
    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert [problem["code"] for problem in answer.json["errors"]] == ["name_taken", "project_left"]
    words = answer.json["errors"][1]["message"]
    assert "Contracts" in words
    assert f"http://localhost:8900/workgroups/group/{left.id}/" in words


def test_choosing_the_project_that_stayed_behind_is_a_way_out(
    installed_app: AppHarness, api: Api
) -> None:
    create_while_somebody_does(installed_app, api)
    left = next(group for group in installed_app.a.groups.values() if group.name == "Contracts")
    answer = api.post(FLOW | {"name": "Contracts and offers", "groupId": left.id})
    assert (answer.status_code, answer.json["groupId"]) == (201, left.id)


def test_no_project_stays_behind_where_one_was_chosen(installed_app: AppHarness, api: Api) -> None:
    answer = create_while_somebody_does(installed_app, api, groupId=10)
    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert len(answer.json["errors"]) == 1


@pytest.mark.promise("a lost creation is adopted if it is ours, and never doubled")
def test_a_flow_of_somebody_else_is_not_taken_for_ours(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.cut(CREATE)
    answer = create_while_somebody_does(installed_app, api)
    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert [flow.id for flow in installed_app.a.flows.values() if flow.name == "Contracts"] == [900]
    assert installed_app.a.flows[900] == somebody_s(installed_app)
