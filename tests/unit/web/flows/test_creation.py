"""Who may not create flows learns it before, with the reason and whom to ask."""

from __future__ import annotations

import pytest

from tests.support.app_harness import AppHarness
from tests.support.endpoint_harness import words_of
from tests.support.visitor import Visitor

BUTTON = 'id="new-flow"'


def attempts(installed_app: AppHarness) -> int:
    """How often a creation was tried."""
    return len(installed_app.control.journal("tasks.flow.Flow.create"))


def test_an_administrator_is_not_asked_about(installed_app: AppHarness) -> None:
    assert BUTTON in Visitor(installed_app, installed_app.a).get("/flows")
    assert attempts(installed_app) == 0


@pytest.mark.reference("the right to create flows")
def test_an_employee_may_and_is_asked_about_once_an_hour(installed_app: AppHarness) -> None:
    flows = dict(installed_app.a.flows)
    boris = Visitor(installed_app, installed_app.a, 2)
    for _ in range(3):
        assert BUTTON in boris.get("/flows")
    assert "What will happen" in boris.get("/flows/new")
    assert attempts(installed_app) == 1
    assert installed_app.a.flows == flows


@pytest.mark.reference("the right to create flows")
@pytest.mark.parametrize("first", ["/flows", "/flows/new"])
def test_an_employee_without_the_right_reads_why(installed_app: AppHarness, first: str) -> None:
    installed_app.a.may_not_create_flows.add(2)
    boris = Visitor(installed_app, installed_app.a, 2)
    assert BUTTON not in boris.get(first)
    page = boris.get("/flows/new")
    assert "Your role in Tasks doesn't allow creating flows." in page
    assert "Ask an administrator" in page
    assert '<form id="form"' not in page
    assert ">Copy<" not in boris.get("/flows")


def test_a_guest_reads_why_and_is_never_asked_about(installed_app: AppHarness) -> None:
    installed_app.flow(101).task_creators = ["U6"]
    eve = Visitor(installed_app, installed_app.a, 6)
    assert "IT help desk" in words_of(eve.first)
    assert "You are an extranet user of this Bitrix24" in words_of(eve.first)
    assert BUTTON not in eve.first.get_data(as_text=True)
    page = eve.get("/flows/new")
    assert "extranet user" in page
    assert '<form id="form"' not in page
    assert attempts(installed_app) == 0


@pytest.mark.reference("the right to create flows")
def test_without_flows_in_the_plan_nothing_is_tried(installed_app: AppHarness) -> None:
    installed_app.control.plan(has_flows=False)
    boris = Visitor(installed_app, installed_app.a, 2)
    assert BUTTON in boris.first.get_data(as_text=True)
    assert attempts(installed_app) == 0


def test_what_cannot_be_found_out_hides_nothing(installed_app: AppHarness) -> None:
    for trouble in ("INTERNAL_SERVER_ERROR", "insufficient_scope"):
        installed_app.control.fail("tasks.flow.Flow.create", trouble)
    boris = Visitor(installed_app, installed_app.a, 2)
    assert BUTTON in boris.first.get_data(as_text=True)


def test_a_flow_can_be_read_by_who_may_not_change_it(installed_app: AppHarness) -> None:
    vera = Visitor(installed_app, installed_app.a, 3)
    assert 'hx-get="/flows/101"' in vera.get("/flows")
    words = vera.get("/flows/101")
    assert "Only Alice Carter or an administrator can change this flow." in words
    assert 'dir="auto">IT help desk</h1>' in words
    for said in ("Everyone in the company can add tasks.", "Boris Lee", "Website", "2 days"):
        assert said in words
    assert "Edit" not in words.replace("editFormFlowId", "")
    assert ">Edit</button>" in vera.get("/flows/103")
