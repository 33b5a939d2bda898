"""The form in the hands of people who make mistakes, change their minds and use the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.emulator.entities import Department, User
from tests.journeys.test_browser_form import edit, new_flow
from tests.support.browser_harness import AppWindow

pytestmark = pytest.mark.browser

CROWD = 900
"""A department of 124 people."""


def crowd(window: AppWindow) -> None:
    """Let 124 people work in one department."""
    window.portal.departments[CROWD] = Department(CROWD, "Crowd", parent=1)
    for number in range(2000, 2124):
        window.portal.users[number] = User(number, f"N{number}", "Crowd", departments=(CROWD,))


def test_departments_are_offered_with_their_counts(window: AppWindow) -> None:
    new_flow(window)
    window.app.get_by_label("Flow team", exact=True).fill("Sales")
    for option in ("Sales and its departments – 11 people", "Sales only – 6 people"):
        expect(window.app.get_by_role("option", name=option)).to_be_visible()
    window.app.get_by_role("option", name="Sales and its departments – 11 people").click()
    chips = window.app.locator(".chips.ordered .chip")
    expect(chips).to_have_count(11)
    expect(window.app.locator("#picked")).to_have_text("11 people added")
    assert sum(chip.is_visible() for chip in chips.all()) == 10
    window.app.get_by_role("button", name="Remove all", exact=True).click()
    expect(chips).to_have_count(0)


def test_many_people_are_asked_about_first(window: AppWindow) -> None:
    crowd(window)
    new_flow(window)
    window.pick("Flow team", "Crowd", "Crowd only – 124 people")
    chips = window.app.locator(".chips.ordered .chip")
    expect(chips).to_have_count(0)
    window.app.get_by_role("button", name="Add 124 people").click()
    expect(chips).to_have_count(124)
    expect(window.app.locator("#picked")).to_have_text("124 people added")
    window.app.get_by_role("button", name="Remove all", exact=True).click()
    window.app.get_by_label("Self-assign tasks", exact=True).check()
    window.pick("Flow team", "Crowd", "Crowd only – 124 people")
    expect(window.app.get_by_text("124 people will be notified of every task")).to_be_visible()


def test_a_search_forgives_slips(window: AppWindow) -> None:
    new_flow(window)
    team = window.app.get_by_label("Flow team", exact=True)
    for typed in ("фдшсу", "alise", "Head of IT"):
        team.fill(typed)
        expect(window.app.get_by_role("option", name="Alice Carter")).to_be_visible()


def test_leaving_with_changes_asks_and_a_draft_can_be_restored(window: AppWindow) -> None:
    new_flow(window)
    name = window.app.get_by_label("Name", exact=True)
    name.fill("Half done")
    window.app.get_by_role("button", name="Cancel", exact=True).click()
    window.app.get_by_role("button", name="Keep editing").click()
    expect(name).to_have_value("Half done")
    window.pick("Flow team", "boris", "Boris Lee")
    window.page.evaluate("history.back()")
    expect(window.app.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
    new_flow(window)
    window.app.get_by_role("button", name="Restore").click()
    expect(name).to_have_value("Half done")
    expect(window.app.locator(".chips.ordered .chip")).to_have_count(1)
    window.app.get_by_role("button", name="Cancel", exact=True).click()
    window.app.get_by_role("button", name="Discard", exact=True).click()
    expect(window.app.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
    new_flow(window)
    expect(window.app.get_by_role("button", name="Restore")).to_have_count(0)


def test_a_flow_deleted_meanwhile_is_created_again(window: AppWindow) -> None:
    edit(window, "Content")
    window.app.get_by_label("Name", exact=True).fill("Content anew")
    del window.portal.flows[window.flow("Content").id]
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    window.app.get_by_role("button", name="Create it again").click()
    expect(window.app.locator("#status")).to_contain_text("“Content anew” was created.")
    assert window.flow("Content anew").id != 103
    assert window.refusals == []


def test_another_kind_of_distribution_takes_the_people_along(window: AppWindow) -> None:
    edit(window, "IT help desk")
    window.app.get_by_label("Self-assign tasks", exact=True).check()
    expect(window.app.locator(".chips:not([hidden])[data-list=himself] .chip")).to_have_count(3)


def test_required_fields_are_checked_on_leaving(window: AppWindow) -> None:
    new_flow(window)
    time = window.app.get_by_label("Planned completion time", exact=True)
    window.page.keyboard.press("Tab")
    expect(window.app.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    window.app.get_by_label("Name", exact=True).fill("By keys")
    window.pick("Flow team", "boris", "Boris Lee")
    time.fill("1.5")
    time.press("Control+Enter")
    expect(window.app.locator("#status")).to_contain_text("“By keys” was created.")
    assert window.flow("By keys").planned_completion_time == 36 * 3600


def test_an_outcome_that_comes_after_the_form_has_gone_is_not_shown(window: AppWindow) -> None:
    held: list[Route] = []
    edit(window, "IT help desk")
    window.page.route("**/flows/sentences", lambda route: held.append(route))
    with window.page.expect_request("**/flows/sentences"):
        window.app.get_by_label("Name", exact=True).fill("IT desk")
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    expect(window.app.locator("#status")).to_contain_text("IT desk")
    for route in held:
        route.continue_()
    window.wait_until_quiet()


def test_focus_stays_with_the_person_that_is_moved(window: AppWindow) -> None:
    edit(window, "IT help desk")
    first = window.app.locator(".chips.ordered .name").first.inner_text()
    down = window.app.get_by_role("button", name=f"Move down: {first}")
    down.focus()
    window.page.keyboard.press("Enter")
    expect(down).to_be_focused()
    window.page.keyboard.press("Enter")
    expect(window.app.get_by_role("button", name=f"Move up: {first}")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 768, 400])
def test_the_outcome_stands_in_one_line_above_the_button(width: int, window: AppWindow) -> None:
    window.page.set_viewport_size({"width": width, "height": 900})
    edit(window, "IT help desk")
    line = window.app.locator("#brief-line")
    expect(line).to_contain_text("Use queue")
    box = line.bounding_box()
    button = window.app.get_by_role("button", name="Save changes", exact=True).bounding_box()
    assert box
    assert button
    assert box["height"] < 30
    assert box["y"] < button["y"]


def test_suggestions_come_into_view_at_the_lower_edge(window: AppWindow) -> None:
    window.page.set_viewport_size({"width": 1280, "height": 700})
    new_flow(window)
    window.app.get_by_label("Flow administrator", exact=True).scroll_into_view_if_needed()
    window.app.get_by_label("Flow administrator", exact=True).fill("a")
    options = window.app.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(options.last).to_be_in_viewport()
