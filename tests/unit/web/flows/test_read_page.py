"""The page to read a flow: its history in words, and whom to ask for what one may not do."""

from __future__ import annotations

import pytest

from tests.support.app_harness import AppHarness
from tests.support.endpoint_harness import words_of
from tests.support.visitor import Visitor


@pytest.fixture
def alice(installed_app: AppHarness) -> Visitor:
    """The administrator of portal A, who installed the application."""
    return Visitor(installed_app, installed_app.a)


def words(visitor: Visitor, path: str) -> str:
    """A page as it reads."""
    return words_of(visitor.browser.get(path, headers=visitor.headers))


def test_without_changes_there_is_no_history(alice: Visitor) -> None:
    assert "Changes" not in words(alice, "/flows/101")


def test_the_history_tells_who_changed_what(installed_app: AppHarness, alice: Visitor) -> None:
    api = installed_app.program(installed_app.a)
    assert api.patch(101, {"plannedCompletionTime": 7200}).status_code == 200
    form = alice.form("/flows/101/edit")
    form["description"] = "Everything with a plug"
    form["matchWorkTime"] = "1"
    assert alice.send("/flows/101", form).status_code == 200
    assert api.put({"active": False}, "101/active").status_code == 200
    installed_app.flow(101).owner_id = 3
    page = words(alice, "/flows/101")

    assert "API key “test” · through the API Planned completion time: 2 days → 2 hours" in page
    assert "Alice Carter Description: " in page
    assert "→ Everything with a plug" in page
    assert "through the API Turned off" in page
    assert "Somebody in Bitrix24 Flow administrator: " in page
    # The newest first.
    assert (
        page.index("Somebody in Bitrix24")
        < page.index("Turned off")
        < page.index("2 days → 2 hours")
    )


def test_people_of_the_history_have_names(installed_app: AppHarness, alice: Visitor) -> None:
    api = installed_app.program(installed_app.a)
    sent = {"distributionType": "manually", "responsibleList": [["user", "2"]]}
    assert api.patch(101, sent).status_code == 200
    page = words(alice, "/flows/101")
    assert "→ Assign manually: Boris Lee" in page


def test_a_name_that_cannot_be_looked_up_stops_nothing(
    installed_app: AppHarness, alice: Visitor
) -> None:
    api = installed_app.program(installed_app.a)
    assert api.patch(101, {"ownerId": 2}).status_code == 200
    installed_app.control.fail("user.get", "INTERNAL_SERVER_ERROR", times=100)
    assert "→ #2" in words(alice, "/flows/101")


def test_whom_to_ask_is_named(installed_app: AppHarness) -> None:
    page = words(Visitor(installed_app, installed_app.a, 4), "/flows/101")
    assert "or an administrator can change this flow." in page
    assert "for example Alice Carter, who installed this app." in page


def test_who_may_not_create_learns_it_before_and_whom_to_ask(installed_app: AppHarness) -> None:
    installed_app.a.may_not_create_flows.add(2)
    boris = Visitor(installed_app, installed_app.a, 2)
    assert "Why can't I create flows?" in words_of(boris.first)
    page = words(boris, "/flows/new")
    assert "Your role in Tasks doesn't allow creating flows." in page
    assert "for example Alice Carter, who installed this app." in page


def test_an_installer_who_left_is_not_named(installed_app: AppHarness) -> None:
    boris = Visitor(installed_app, installed_app.a, 4)
    installed_app.a.users[1].active = False
    page = words(boris, "/flows/101")
    assert "Ask an administrator of your Bitrix24." in page
    assert "who installed this app" not in page
