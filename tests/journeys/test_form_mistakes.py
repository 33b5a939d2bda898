"""Filling in the form as people do: careless searches, crowds, leaving and coming back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.support.browser_harness import EVERYTHING_FITS, USUAL, AppWindow, BrowserHarness

pytestmark = pytest.mark.browser
CROWD = range(31, 151)
"""120 more accountants: 124 with the four who are there."""


@pytest.fixture
def crowded(served_app: BrowserHarness, browser: Browser) -> Iterator[AppWindow]:
    """A new flow on a portal whose accounting has 124 people."""
    portal = served_app.portal("en")
    for number in CROWD:
        portal.users[number] = replace(portal.users[4], id=number, last_name=f"Fox {number}")
    served_app.install("en")
    with served_app.window(browser) as window:
        window.open()
        new_flow(window)
        yield window


def new_flow(window: AppWindow) -> None:
    window.app.get_by_role("button", name="New flow", exact=True).click()
    expect(window.app.get_by_label("Name", exact=True)).to_be_focused()


def suggestions(window: AppWindow, typed: str, field: str = "Flow team") -> Locator:
    window.app.get_by_label(field, exact=True).fill(typed)
    return window.app.locator("[role=option]:visible")


def chips(window: AppWindow, kind: str = "queue") -> Locator:
    return window.app.locator(f".chips[data-list={kind}] .chip")


def test_a_department_is_offered_with_and_without_what_is_below(crowded: AppWindow) -> None:
    found = suggestions(crowded, "Sales")
    whole = crowded.app.get_by_role("option", name="Sales and its departments – 11 people")
    expect(whole).to_be_visible()
    expect(found.filter(has_text="Sales only – 6 people")).to_be_visible()
    whole.click()
    expect(chips(crowded)).to_have_count(11)
    expect(crowded.app.locator("#picked")).to_have_text("11 people added")


def test_a_crowd_is_asked_about_and_folded(crowded: AppWindow) -> None:
    app = crowded.app
    suggestions(crowded, "Accounting")
    app.get_by_role("option", name="Accounting only – 124 people").click()
    expect(chips(crowded)).to_have_count(0)
    app.get_by_role("button", name="Add 124 people", exact=True).click()
    expect(app.locator("#picked")).to_have_text("124 people added")
    expect(chips(crowded)).to_have_count(124)
    expect(app.locator(".chips[data-list=queue] .chip:visible")).to_have_count(10)
    app.get_by_role("button", name="Show all 124", exact=True).click()
    expect(app.locator(".chips[data-list=queue] .chip:visible")).to_have_count(124)
    app.get_by_role("button", name="Remove all", exact=True).click()
    expect(chips(crowded)).to_have_count(0)
    expect(app.get_by_label("Flow team", exact=True)).to_be_focused()


def test_who_would_be_notified_is_said_before(crowded: AppWindow) -> None:
    app = crowded.app
    app.get_by_label("Self-assign tasks", exact=True).check()
    suggestions(crowded, "Accounting")
    app.get_by_role("option", name="Accounting and its departments – 124 people").click()
    expect(app.get_by_text("124 people will be notified of every task.")).to_be_visible()
    app.get_by_role("button", name="Add 124 people", exact=True).press("Escape")
    expect(chips(crowded, "himself")).to_have_count(0)
    expect(app.get_by_label("Flow team", exact=True)).to_be_focused()


@pytest.mark.parametrize("typed", ["bors", "ищкшы", "brois", "support eng"])
def test_a_careless_search_finds_somebody(typed: str, window: AppWindow) -> None:
    new_flow(window)
    expect(suggestions(window, typed).filter(has_text="Boris Lee")).to_be_visible()


def test_what_was_typed_is_offered_again(window: AppWindow) -> None:
    app = window.app
    new_flow(window)
    app.get_by_label("Description", exact=True).fill("Kept for later")
    window.pick("Flow team", "boris", "Boris Lee")
    app.get_by_role("button", name="Flows", exact=True).click()
    window.page.wait_for_timeout(600)
    new_flow(window)
    app.get_by_role("button", name="Restore", exact=True).click()
    expect(app.get_by_label("Description", exact=True)).to_have_value("Kept for later")
    expect(chips(window)).to_have_text(["Boris Lee"])
    app.get_by_role("button", name="Cancel", exact=True).click()
    app.get_by_role("button", name="Keep editing", exact=True).click()
    expect(app.get_by_role("button", name="Cancel", exact=True)).to_be_focused()
    app.get_by_role("button", name="Cancel", exact=True).click()
    app.get_by_role("button", name="Discard", exact=True).click()
    expect(app.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
    window.page.wait_for_timeout(600)
    new_flow(window)
    expect(app.get_by_role("button", name="Restore", exact=True)).to_have_count(0)


def test_back_stays_within_the_application(window: AppWindow) -> None:
    new_flow(window)
    window.page.evaluate("history.back()")
    expect(window.app.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
    window.page.evaluate("history.forward()")
    expect(window.app.get_by_role("heading", name="New flow", exact=True)).to_be_attached()


def test_a_flow_that_was_deleted_meanwhile_is_created_again(window: AppWindow) -> None:
    row = window.row("Content")
    row.get_by_role("button", name="Edit", exact=True).click()
    window.app.get_by_label("Description", exact=True).fill("Not lost")
    del window.portal.flows[window.flow("Content").id]
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    window.app.get_by_role("button", name="Create it again", exact=True).click()
    expect(window.app.locator("#form")).to_have_count(0)
    assert window.flow("Content").description == "Not lost"
    assert window.refusals == []


def test_people_go_along_to_another_kind_of_distribution(window: AppWindow) -> None:
    new_flow(window)
    window.pick("Flow team", "boris", "Boris Lee")
    window.app.get_by_label("Self-assign tasks", exact=True).check()
    expect(chips(window, "himself")).to_have_text(["Boris Lee"])


def test_what_has_to_be_filled_in_is_checked_on_leaving(window: AppWindow) -> None:
    app = window.app
    new_flow(window)
    window.page.keyboard.press("Tab")
    expect(app.locator("#name-error")).to_have_text("Enter a name.")
    time = app.get_by_label("Planned completion time", exact=True)
    time.fill("soon")
    time.press("Tab")
    expect(app.locator("#plannedCompletionTime-error")).to_contain_text("for example 2 or 1.5")
    time.fill("1,5")
    expect(app.locator("#plannedCompletionTime-error")).to_have_count(0)
    expect(app.locator("#sentences")).to_contain_text("36 hours")


def test_the_focus_stays_with_who_is_moved(window: AppWindow) -> None:
    window.row("IT help desk").get_by_role("button", name="Edit", exact=True).click()
    names = window.app.locator(".chips.ordered .name")
    expect(names).to_have_count(3)
    second = names.nth(1).inner_text()
    window.app.get_by_role("button", name=f"Move down: {second}").press("Enter")
    expect(window.app.get_by_role("button", name=f"Move up: {second}")).to_be_focused()
    expect(window.app.locator("#picked")).to_have_text(f"{second}: 3 of 3")


@pytest.mark.parametrize("width", [1280, 768, 400])
def test_suggestions_open_into_view(
    width: int, served_app: BrowserHarness, browser: Browser
) -> None:
    served_app.install("en")
    with served_app.window(browser, width=width, height=USUAL) as window:
        window.open()
        new_flow(window)
        owner = window.app.get_by_label("Flow administrator", exact=True)
        owner.press("ArrowDown")
        last = window.app.locator("[role=option]:visible").last
        expect(last).to_be_in_viewport()
        owner.press("Escape")
        line = window.app.locator("#brief-line")
        expect(line).to_contain_text("Use queue")
        box = window.app.locator(".brief summary").bounding_box()
        assert box is not None
        assert box["height"] < 40
        assert window.overflow() == EVERYTHING_FITS
