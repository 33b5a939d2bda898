"""The tab Health as an administrator of a portal uses it."""

from __future__ import annotations

import re

import pytest

from tests.support.endpoint_harness import EndpointHarness, words_of
from tests.unit.web.plans.test_pages import Visit


@pytest.fixture
def alice(installed_endpoints: EndpointHarness) -> Visit:
    """An administrator, on a portal with one flow that has lost its template."""
    portal = installed_endpoints.a
    portal.flows[103].efficiency = 100
    portal.flows[101].template_id = 999
    return Visit(installed_endpoints)


def test_it_is_for_administrators_only(installed_endpoints: EndpointHarness) -> None:
    visit = Visit(installed_endpoints, 3)
    assert ">Health</button>" not in visit.first.text
    for answer in (visit.get("/health"), visit.post("/health/look"), visit.post("/health/1/mute")):
        assert answer.status_code == 403


def test_a_trouble_is_seen_mended_and_gone(alice: Visit) -> None:
    page = alice.get("/health")
    words = words_of(page)
    assert "1 thing needs attention" in words
    assert "IT help desk" in words
    assert "does not exist any more" in words
    number = re.search(r"/health/(\d+)/plan", page.text)
    assert number
    plan = alice.post(f"/health/{number[1]}/plan")
    assert "change 1 flow" in words_of(plan)
    made = re.search(r"/plans/(\d+)/apply", plan.text)
    assert made
    assert "Applied" in words_of(alice.apply(int(made[1]), plan))
    assert alice.endpoints.a.flows[101].template_id == 0


def test_a_portal_without_trouble_is_told_so(installed_endpoints: EndpointHarness) -> None:
    installed_endpoints.a.flows[103].efficiency = 100
    assert "No flow is in trouble" in words_of(Visit(installed_endpoints).get("/health"))


def test_a_finding_is_muted_and_told_again(alice: Visit) -> None:
    page = alice.get("/health")
    number = re.search(r"/health/(\d+)/mute", page.text)
    assert number
    muted = words_of(alice.post(f"/health/{number[1]}/mute", muted="0"))
    assert "No flow is in trouble" in muted
    assert "1 muted" in muted
    again = words_of(alice.post(f"/health/{number[1]}/mute", muted="1"))
    assert "1 thing needs attention" in again


def test_a_finding_that_is_over_is_told(alice: Visit) -> None:
    assert alice.post("/health/999/plan").status_code == 404
