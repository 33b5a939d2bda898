"""The handlers of the card are bound again wherever they got lost, and missing rights are told."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.endpoint_harness import EndpointHarness, words_of

EVENTS = {"ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPPAYMENT"}
ADMINISTRATOR, EMPLOYEE = 1, 3


def bound(endpoints: EndpointHarness) -> Counter[str]:
    return Counter(handler.event for handler in endpoints.a.handlers)


@pytest.mark.parametrize("left", [set(), {"ONAPPINSTALL"}, EVENTS])
def test_an_administrators_launch_binds_what_is_missing_once(
    installed_endpoints: EndpointHarness, left: set[str]
) -> None:
    portal = installed_endpoints.a
    portal.handlers = [handler for handler in portal.handlers if handler.event in left]
    for _ in range(2):
        installed_endpoints.frame("/", portal, ADMINISTRATOR).close()
        assert bound(installed_endpoints) == Counter(EVENTS)


def test_where_nothing_is_missing_nothing_is_bound(installed_endpoints: EndpointHarness) -> None:
    installed_endpoints.control.forget_journal()
    installed_endpoints.frame("/", installed_endpoints.a, ADMINISTRATOR).close()
    assert installed_endpoints.control.journal("event.bind") == []
    assert len(installed_endpoints.control.journal("event.get")) == 1


def test_an_employees_launch_binds_nothing(installed_endpoints: EndpointHarness) -> None:
    installed_endpoints.a.handlers.clear()
    installed_endpoints.frame("/", installed_endpoints.a, EMPLOYEE).close()
    assert not bound(installed_endpoints)


def test_an_update_binds_them_again(installed_endpoints: EndpointHarness) -> None:
    installed_endpoints.a.handlers.clear()
    answer = installed_endpoints.event(installed_endpoints.a, "ONAPPUPDATE", ADMINISTRATOR)
    assert answer.status_code == 200
    assert bound(installed_endpoints) == Counter(EVENTS)


def test_a_portal_that_refuses_does_not_spoil_the_page(
    installed_endpoints: EndpointHarness,
) -> None:
    installed_endpoints.a.handlers.clear()
    installed_endpoints.control.fail("event.get", error="INTERNAL_SERVER_ERROR", times=9)
    answer = installed_endpoints.frame("/", installed_endpoints.a, ADMINISTRATOR)
    answer.close()
    assert answer.status_code == 200
    assert not bound(installed_endpoints)


@pytest.mark.parametrize(("user_id", "is_told"), [(ADMINISTRATOR, True), (EMPLOYEE, False)])
def test_administrators_read_which_rights_are_missing_and_how_to_grant_them(
    installed_endpoints: EndpointHarness, user_id: int, is_told: bool
) -> None:
    installation = installed_endpoints.a.installation
    assert installation is not None
    installation.scope = tuple(scope for scope in installation.scope if scope != "department")
    words = words_of(installed_endpoints.frame("/", installed_endpoints.a, user_id))
    assert ("Rights are missing: department" in words) is is_told
    assert ("open the app's card in the Market" in words) is is_told
    portal = installed_endpoints.container.portals.find(installed_endpoints.a.member_id)
    assert portal.status == "active"


def test_with_every_right_nothing_is_said(installed_endpoints: EndpointHarness) -> None:
    assert "Rights are missing" not in words_of(
        installed_endpoints.frame("/", installed_endpoints.a, ADMINISTRATOR)
    )
