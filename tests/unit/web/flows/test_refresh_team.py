"""The button that makes a queue's team anew from its departments."""

from __future__ import annotations

from typing import Any

import pytest

from bx24app.flows.change import digest
from tests.emulator.entities import Flow, User
from tests.support.app_harness import Api, AppHarness
from tests.support.visitor import Visitor

UPDATE = "tasks.flow.Flow.update"
BUTTON = "Refresh the team from its departments"
DONE = "The team now has the people"
QUEUE: dict[str, Any] = {
    "name": "Contracts",
    "description": "Everything that is signed",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["department", "3"], ["department", "6:F"]],
    "notifyOnQueueOverflow": 7,
    "taskCreators": [["department", "1"]],
}
NEWCOMER = 900


@pytest.fixture
def queue(installed_app: AppHarness, api: Api) -> Flow:
    """A queue of departments that somebody has joined since it was made."""
    flow = installed_app.flow(api.post(QUEUE).json["id"])
    installed_app.a.users[NEWCOMER] = User(NEWCOMER, "New", "Comer", "", (3,))
    assert NEWCOMER not in flow.queue
    return flow


def press(app: AppHarness, flow: Flow, user_id: int = 1) -> str:
    """What a person reads who opens the form and presses the button."""
    visitor = Visitor(app, app.a, user_id)
    form = visitor.form(f"/flows/{flow.id}/edit")
    answer = visitor.send(f"/flows/{flow.id}/team", {"base": form["base"]})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_departments_stand_for_their_people_of_today(
    installed_app: AppHarness, api: Api, queue: Flow
) -> None:
    queue.efficiency = 64
    before = api.get(queue.id).json
    assert DONE in press(installed_app, queue)
    assert NEWCOMER in queue.queue
    after = api.get(queue.id).json
    assert {**after, "team": 0, "activity": ""} == {**before, "team": 0, "activity": ""}
    (write,) = [one for one in installed_app.writes() if one.method == UPDATE]


def test_the_form_goes_on_after_a_refresh(installed_app: AppHarness, queue: Flow) -> None:
    visitor = Visitor(installed_app, installed_app.a)
    form = visitor.form(f"/flows/{queue.id}/edit")
    page = visitor.send(f"/flows/{queue.id}/team", form).get_data(as_text=True)
    assert f'value="{form["base"]}"' in page
    form["description"] = "changed in the same form"
    assert visitor.send(f"/flows/{queue.id}", form).status_code == 200
    assert queue.description == "changed in the same form"


def test_somebody_elses_change_is_not_overwritten(
    installed_app: AppHarness, api: Api, queue: Flow
) -> None:
    visitor = Visitor(installed_app, installed_app.a)
    form = visitor.form(f"/flows/{queue.id}/edit")
    queue.description = "theirs"
    page = visitor.send(f"/flows/{queue.id}/team", form).get_data(as_text=True)
    assert "nothing was refreshed" in page
    assert (queue.description, NEWCOMER in queue.queue) == ("theirs", False)
    assert digest(api.get(queue.id).json) not in page  # so saving does not overwrite either


@pytest.mark.parametrize("trouble", ["lose", "break_connection", "html", "odd"])
def test_a_lost_answer_is_written_once_more(
    trouble: str, installed_app: AppHarness, queue: Flow
) -> None:
    control = installed_app.control
    {
        "lose": lambda: control.lose(UPDATE),
        "break_connection": lambda: control.lose("batch", after=2),
        "html": lambda: control.html(UPDATE, 502, 1),
        "odd": lambda: control.answer(UPDATE, None),
    }[trouble]()
    assert DONE in press(installed_app, queue)
    assert NEWCOMER in queue.queue


def test_a_refusal_is_told_in_words(installed_app: AppHarness, queue: Flow) -> None:
    installed_app.control.fail(UPDATE, "ERROR_ACCESS_DENIED", 9, status=403)
    page = press(installed_app, queue)
    assert DONE not in page
    assert "Bitrix24 refused the request." in page
    assert NEWCOMER not in queue.queue


def test_a_department_without_people_is_told(installed_app: AppHarness, queue: Flow) -> None:
    for user in installed_app.a.users.values():
        if set(user.departments) & {3, 6}:
            user.active = False
    assert "The flow team is empty" in press(installed_app, queue)


def test_only_a_saved_queue_with_departments_has_the_button(
    installed_app: AppHarness, api: Api, queue: Flow
) -> None:
    visitor = Visitor(installed_app, installed_app.a)
    assert BUTTON in visitor.get(f"/flows/{queue.id}/edit")
    for path in ("/flows/new", "/flows/101/edit", "/flows/103/edit"):  # 103: self-assign
        assert BUTTON not in visitor.get(path)
    for flow_id in (101, 103, 104):
        base = digest(api.get(flow_id).json)
        page = visitor.send(f"/flows/{flow_id}/team", {"base": base}).get_data(as_text=True)
        assert DONE not in page
    assert [one for one in installed_app.writes() if one.method == UPDATE] == []


def test_it_is_russian_too(installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.b)
    made = api.post(QUEUE | {"name": "Договоры"}).json
    page = Visitor(installed_app, installed_app.b).get(f"/flows/{made['id']}/edit")
    assert "Обновить команду по отделам" in page
