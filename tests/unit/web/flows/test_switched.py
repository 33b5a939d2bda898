"""A flow that Bitrix24 has switched to manual by itself: it is told, with the way back."""

from __future__ import annotations

import pytest

from tests.support.app_harness import AppHarness
from tests.support.visitor import Visitor

SAID = "Switched to manual by Bitrix24"


@pytest.fixture
def alice(stored_app: AppHarness) -> Visitor:
    """The administrator of portal A, who has seen the list once."""
    return Visitor(stored_app, stored_app.a)


def switch_by_itself(app: AppHarness) -> None:
    """What Bitrix24 does when everybody in a queue is gone: the administrator hands tasks out."""
    flow = app.flow(101)
    flow.distribution_type, flow.queue, flow.moderator_id = "manually", [], flow.owner_id
    flow.responsibles = {"manually": [f"U{flow.owner_id}"]}


@pytest.mark.reference("a flow that Bitrix24 has switched")
def test_the_list_and_the_form_tell_it(stored_app: AppHarness, alice: Visitor) -> None:
    assert SAID not in alice.get("/flows")
    switch_by_itself(stored_app)
    assert SAID in alice.get("/flows")
    assert "nobody was left in the queue" in alice.get("/flows/101/edit")
    # Also once more, and to somebody else.
    assert SAID in alice.get("/flows")
    assert SAID in Visitor(stored_app, stored_app.a, 3).get("/flows")


@pytest.mark.reference("a flow that Bitrix24 has switched")
@pytest.mark.parametrize("target", ["flow-101", "main"])
def test_the_way_back(stored_app: AppHarness, alice: Visitor, target: str) -> None:
    switch_by_itself(stored_app)
    stored_app.a.users[17].active = False
    alice.get("/flows")
    alice.headers["HX-Target"] = target
    page = alice.send("/flows/101/switch-back", {}).get_data(as_text=True)
    assert "“IT help desk” works as before: Use queue." in page
    assert SAID not in page
    flow = stored_app.flow(101)
    assert (flow.distribution_type, flow.queue) == ("queue", [2, 18])
    alice.headers["HX-Target"] = "main"
    assert SAID not in alice.get("/flows")


def test_without_anybody_left_the_form_is_the_way(stored_app: AppHarness, alice: Visitor) -> None:
    switch_by_itself(stored_app)
    alice.get("/flows")
    for number in (2, 17, 18):
        stored_app.a.users[number].active = False
    alice.headers["HX-Target"] = "flow-101"
    answer = alice.send("/flows/101/switch-back", {})
    assert answer.status_code == 422
    assert "Choose new people in the form." in answer.get_data(as_text=True)
    assert stored_app.flow(101).distribution_type == "manually"


def test_who_switches_it_here_knows(stored_app: AppHarness, alice: Visitor) -> None:
    api = stored_app.program(stored_app.a)
    manual = {"distributionType": "manually", "responsibleList": [["user", "1"]]}
    assert api.patch(101, manual).status_code == 200
    assert SAID not in alice.get("/flows")


def test_another_change_here_does_not_hide_it(stored_app: AppHarness, alice: Visitor) -> None:
    switch_by_itself(stored_app)
    alice.get("/flows")
    api = stored_app.program(stored_app.a)
    assert api.patch(101, {"description": "New"}).status_code == 200
    assert SAID in alice.get("/flows")
    assert api.patch(101, {"responsibleList": [["user", "3"]]} | {"distributionType": "manually"})
    assert SAID not in alice.get("/flows")


def test_the_list_is_shown_though_nothing_can_be_noted(
    stored_app: AppHarness, alice: Visitor
) -> None:
    with stored_app.container.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE seen_teams")
    assert "IT help desk" in alice.get("/flows")


TEAM = "Team changed in Bitrix24"


def leave_the_queue(app: AppHarness, *people: int) -> None:
    """Bitrix24 or somebody there takes people out of a queue."""
    flow = app.flow(101)
    flow.queue = [number for number in flow.queue if number not in people]
    flow.responsibles = {"queue": [f"U{number}" for number in flow.queue]}


@pytest.mark.reference("a team that was changed in Bitrix24")
def test_a_team_that_was_changed_there_is_told_until_somebody_decides(
    stored_app: AppHarness, alice: Visitor
) -> None:
    assert TEAM not in alice.get("/flows/101/edit")
    before = list(stored_app.flow(101).queue)
    leave_the_queue(stored_app, before[-1])
    assert TEAM in alice.get("/flows")
    form = alice.get("/flows/101/edit")
    assert "The team was changed in Bitrix24." in form
    assert "Before: Use queue: Boris Lee" in form
    alice.headers["HX-Target"] = "flow-101"
    row = alice.send("/flows/101/switch-back", {}).get_data(as_text=True)
    assert TEAM not in row
    assert stored_app.flow(101).queue == before


def test_a_change_there_can_be_kept(stored_app: AppHarness, alice: Visitor) -> None:
    alice.get("/flows/101/edit")
    leave_the_queue(stored_app, stored_app.flow(101).queue[0])
    assert TEAM in alice.get("/flows")
    alice.headers["HX-Target"] = "flow-101"
    answer = alice.send("/flows/101/keep", {}).get_data(as_text=True)
    assert "“IT help desk” stays as it is now." in answer
    assert TEAM not in answer
    alice.headers["HX-Target"] = "main"
    assert TEAM not in alice.get("/flows")


def test_who_left_the_company_does_not_come_back(stored_app: AppHarness, alice: Visitor) -> None:
    alice.get("/flows/101/edit")
    gone = stored_app.flow(101).queue[-1]
    leave_the_queue(stored_app, gone)
    stored_app.a.users[gone].active = False
    alice.get("/flows")
    alice.headers["HX-Target"] = "flow-101"
    answer = alice.send("/flows/101/switch-back", {}).get_data(as_text=True)
    assert "Nobody else of the former team of “IT help desk” works here now." in answer
    assert TEAM not in answer


@pytest.mark.reference("a team that was changed in Bitrix24")
def test_another_order_of_the_team_is_no_change(stored_app: AppHarness, alice: Visitor) -> None:
    alice.get("/flows/101/edit")
    stored_app.flow(101).queue.reverse()
    assert TEAM not in alice.get("/flows/101/edit")


def test_a_team_that_is_as_before_again_is_told_no_more(
    stored_app: AppHarness, alice: Visitor
) -> None:
    alice.get("/flows/101/edit")
    before = list(stored_app.flow(101).queue)
    leave_the_queue(stored_app, before[0])
    assert TEAM in alice.get("/flows")
    stored_app.flow(101).queue = before
    stored_app.flow(101).responsibles = {"queue": [f"U{number}" for number in before]}
    assert TEAM not in alice.get("/flows/101/edit")
