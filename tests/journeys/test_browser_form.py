"""Filling in the form in a browser: by keyboard alone, with mistakes, against others, over time."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.emulator.control import Control
from tests.emulator.entities import User
from tests.support.browser_harness import EVERYTHING_FITS, AppWindow, BrowserHarness

pytestmark = pytest.mark.browser


def new_flow(window: AppWindow) -> None:
    window.app.get_by_role("button", name="New flow", exact=True).click()
    expect(window.app.get_by_label("Name", exact=True)).to_be_focused()


def edit(window: AppWindow, name: str) -> None:
    window.row(name).get_by_role("button", name="Edit", exact=True).click()
    expect(window.app.get_by_label("Name", exact=True)).to_have_value(name)
    expect(window.app.get_by_label("Name", exact=True)).to_be_focused()


def tab_to(window: AppWindow, name: str) -> None:
    """Press Tab until the control of that name has the focus, as a keyboard user does."""
    wanted = window.app.get_by_label(name, exact=True)
    target = wanted if wanted.count() else window.app.get_by_role("button", name=name, exact=True)
    for _ in range(60):
        window.page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{name} cannot be reached with Tab")


def test_a_flow_is_created_by_keyboard_alone(window: AppWindow) -> None:
    keys = window.page.keyboard
    window.app.get_by_role("button", name="New flow", exact=True).focus()
    keys.press("Enter")
    expect(window.app.get_by_label("Name", exact=True)).to_be_focused()
    keys.type("Keyboard only")
    tab_to(window, "Users allowed to add tasks to the flow")
    keys.press("Backspace")  # removes "All employees"
    keys.type("vera")
    expect(window.app.get_by_role("option", name="Vera Stone")).to_be_visible()
    keys.press("Enter")
    tab_to(window, "Planned completion time")
    keys.type("4")
    tab_to(window, "Unit")
    keys.type("h")
    tab_to(window, "Use queue")
    tab_to(window, "Flow team")
    keys.type("Boris")
    keys.press("Enter")  # before the answer is there
    expect(window.app.get_by_role("button", name="Remove Boris Lee")).to_be_visible()
    keys.press("ArrowDown")
    expect(window.app.get_by_role("listbox", name="Suggestions")).to_be_visible()
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Escape")
    expect(window.app.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    tab_to(window, "Create flow")
    keys.press("Enter")
    expect(window.app.locator("#status")).to_contain_text("was created.")
    flow = window.flow("Keyboard only")
    assert (flow.queue, flow.task_creators) == ([2], ["U3"])
    assert (flow.planned_completion_time, flow.match_schedule) == (4 * 3600, True)


def test_mistakes_are_named_at_the_top_and_at_each_field(window: AppWindow) -> None:
    new_flow(window)
    window.app.get_by_label("Description", exact=True).fill("What was typed stays")
    window.app.get_by_label("Notify if efficiency drops below").fill("170")
    window.app.get_by_role("button", name="Create flow", exact=True).click()
    problems = window.app.locator("#problems")
    expect(problems).to_be_focused()
    expect(problems.get_by_role("link")).to_have_text(
        [
            "Name: Enter a name.",
            "Planned completion time: Enter how long a task may take.",
            "Flow team: Choose at least one person to do the tasks.",
            "Notify if efficiency drops below: "
            "Enter a number from 1 to 100, or turn the alert off.",
        ]
    )
    expect(window.app.get_by_label("Description", exact=True)).to_have_value("What was typed stays")
    for field in ("Name", "Planned completion time", "Flow team"):
        expect(window.app.get_by_label(field, exact=True)).to_have_attribute("aria-invalid", "true")
    problems.get_by_role("link", name="Flow team").click()
    expect(window.app.get_by_label("Flow team", exact=True)).to_be_focused()
    assert window.overflow() == EVERYTHING_FITS
    assert window.refusals == []


def test_a_name_half_typed_is_not_lost(window: AppWindow) -> None:
    edit(window, "IT help desk")
    window.app.get_by_label("Flow team", exact=True).fill("Somebody unknown")
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    expect(window.app.locator("#problems")).to_contain_text("“Somebody unknown” is not chosen yet")
    expect(window.app.get_by_label("Flow team", exact=True)).to_have_value("Somebody unknown")
    assert window.flow("IT help desk").queue == [2, 17, 18]


def test_a_taken_name_is_told_while_it_is_typed(window: AppWindow) -> None:
    new_flow(window)
    window.app.get_by_label("Name", exact=True).press_sequentially("Purchases")
    expect(window.app.get_by_text("A flow with this name already exists.")).to_be_visible()
    window.app.get_by_label("Name", exact=True).fill("Purchases abroad")
    expect(window.app.get_by_text("Name is free")).to_be_visible()


def test_hours_always_skip_weekends(window: AppWindow) -> None:
    new_flow(window)
    box = window.app.get_by_label("Skip holidays and weekends", exact=True)
    box.uncheck()
    window.app.get_by_label("Unit").select_option("hours")
    expect(box).to_be_checked()
    expect(box).to_be_disabled()
    box.click(force=True)
    expect(box).to_be_checked()
    window.app.get_by_label("Unit").select_option("days")
    expect(box).to_be_enabled()


def test_each_kind_of_distribution_keeps_its_people(window: AppWindow) -> None:
    edit(window, "IT help desk")
    names = window.app.locator(".chips.ordered .name")
    expect(names).to_have_count(3)
    first = names.first.inner_text()
    window.app.get_by_role("button", name=f"Move down: {first}").click()
    expect(names.nth(1)).to_have_text(first)
    window.app.get_by_label("Assign manually", exact=True).check()
    expect(window.app.get_by_label("Flow team", exact=True)).to_be_hidden()
    window.pick("Moderator", "vera", "Vera Stone")
    window.app.get_by_label("Use queue", exact=True).check()
    expect(names.nth(1)).to_have_text(first)
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    expect(window.app.locator("#status")).to_contain_text("are saved.")
    assert window.flow("IT help desk").queue == [17, 2, 18]


def test_a_queue_takes_a_department_as_its_people(window: AppWindow) -> None:
    new_flow(window)
    window.pick("Flow team", "Accounting", "Accounting only – 4 people")
    accountants = {
        user.id for user in window.portal.users.values() if 6 in user.departments and user.active
    }
    expect(window.app.locator(".chips.ordered .chip")).to_have_count(len(accountants))


def test_a_queue_is_refreshed_from_its_departments(window: AppWindow) -> None:
    flow, newcomer = window.flow("IT help desk"), 900
    flow.responsibles, flow.queue = {"queue": ["DR6"]}, [4]
    window.portal.users[newcomer] = User(newcomer, "New", "Comer", "", (6,))
    edit(window, "IT help desk")
    window.app.get_by_label("Description", exact=True).fill("Not saved yet")
    window.app.get_by_role("button", name="Refresh the team from its departments").click()
    expect(window.app.get_by_text("The team now has the people")).to_be_visible()
    assert newcomer in flow.queue
    expect(window.app.get_by_label("Description", exact=True)).to_have_value("Not saved yet")
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    expect(window.app.locator("#status")).to_contain_text("are saved.")
    assert flow.description == "Not saved yet"


def test_a_department_whose_people_cannot_be_had_says_so(
    served_app: BrowserHarness, window: AppWindow
) -> None:
    new_flow(window)
    window.app.get_by_label("Flow team", exact=True).fill("Accounting")
    whole = window.app.get_by_role("option", name="Accounting only – 4 people")
    expect(whole).to_be_visible()
    Control(served_app.world).html("user.get", times=9)
    whole.click()
    expect(
        window.app.get_by_text("Bitrix24 doesn't answer. Try again in a moment.")
    ).to_be_visible()
    Control(served_app.world).heal()
    window.pick("Flow team", "Accounting", "Accounting only – 4 people")
    expect(window.app.locator(".chips.ordered .chip").first).to_be_visible()
    assert window.refusals == ["502 (BAD GATEWAY)"]


def test_what_is_chosen_is_not_offered_again(window: AppWindow) -> None:
    new_flow(window)
    window.app.get_by_label("Users allowed to add tasks to the flow", exact=True).fill("all emp")
    expect(window.app.get_by_text("Nothing else to choose")).to_be_visible()
    expect(window.app.get_by_text("Everyone", exact=True)).to_be_hidden()


def test_the_outcome_is_told_in_words(window: AppWindow) -> None:
    new_flow(window)
    told = window.app.locator("#sentences")
    expect(told).to_contain_text("Nobody is chosen yet to do the tasks.")
    window.pick("Flow team", "boris", "Boris Lee")
    expect(told).to_contain_text("Each task goes to Boris Lee.")
    window.app.get_by_label("Planned completion time", exact=True).fill("1")
    expect(told).to_contain_text("Each task is due 1 day after it was added")


def test_what_somebody_else_changed_is_not_overwritten(window: AppWindow) -> None:
    edit(window, "IT help desk")
    window.app.get_by_label("Description", exact=True).fill("Mine")
    window.flow("IT help desk").planned_completion_time = 5 * 86_400
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    conflict = window.app.locator("#conflict")
    expect(conflict).to_be_focused()
    expect(conflict.get_by_role("row", name="Planned completion time")).to_contain_text("5 days")
    expect(conflict.get_by_role("row", name="Description")).to_contain_text("Mine")
    assert window.flow("IT help desk").description.startswith("Everything about")
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    expect(window.app.locator("#status")).to_contain_text("are saved.")
    flow = window.flow("IT help desk")
    assert (flow.description, flow.planned_completion_time) == ("Mine", 5 * 86_400)


def test_saved_changes_can_be_undone(window: AppWindow) -> None:
    before = dict(vars(window.flow("Content")))
    edit(window, "Content")
    window.app.get_by_label("Name", exact=True).fill("Texts")
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    window.app.get_by_role("button", name="Undo", exact=True).click()
    expect(window.app.locator("#status")).to_contain_text(
        "The former settings of “Content” are back."
    )
    assert vars(window.flow("Content")) | {"activity": 0} == before | {"activity": 0}


def test_a_session_that_has_ended_is_renewed_through_the_portal(
    served_app: BrowserHarness, window: AppWindow
) -> None:
    new_flow(window)
    served_app.app.secret_key = "another secret: no session of before is valid"
    window.app.get_by_label("Name", exact=True).fill("After the break")
    window.app.get_by_label("Planned completion time", exact=True).fill("1")
    window.pick("Flow team", "boris", "Boris Lee")
    window.app.get_by_role("button", name="Create flow", exact=True).click()
    expect(window.app.locator("#status")).to_contain_text("was created.")
    assert window.flow("After the break").queue == [2]
    assert set(window.refusals) == {"401 (UNAUTHORIZED)"}


def test_a_session_that_cannot_be_renewed_keeps_what_was_typed(
    served_app: BrowserHarness, window: AppWindow
) -> None:
    edit(window, "Content")
    served_app.app.secret_key = "another secret: no session of before is valid"
    Control(served_app.world).deny(1)  # she may not use the application any more
    window.app.get_by_label("Name", exact=True).fill("Kept")
    window.app.get_by_role("button", name="Save changes", exact=True).click()
    expect(window.app.get_by_text("Your session ended.")).to_be_visible()
    expect(window.app.get_by_label("Name", exact=True)).to_have_value("Kept")
    Control(served_app.world).deny(1, denied=False)
    window.app.get_by_role("button", name="Continue", exact=True).click()
    expect(window.app.locator("#status")).to_contain_text("are saved.")
    assert window.flow("Kept").id == 103


def test_a_fault_of_ours_keeps_what_was_typed(
    served_app: BrowserHarness, window: AppWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_flow(window)
    window.app.get_by_label("Name", exact=True).fill("Kept")
    monkeypatch.setitem(served_app.app.view_functions, "flow_form.create", lambda: 1 // 0)
    window.app.get_by_role("button", name="Create flow", exact=True).click()
    expect(window.app.get_by_role("alert")).to_contain_text("Something went wrong on our side.")
    expect(window.app.get_by_label("Name", exact=True)).to_have_value("Kept")
    assert window.refusals == ["500 (INTERNAL SERVER ERROR)"]
    window.troubles.clear()  # htmx reports the same


def test_bitrix24_opens_on_top_and_the_list_is_fresh_afterwards(window: AppWindow) -> None:
    window.row("Content").get_by_role("button", name="More actions").click()
    window.row("Content").get_by_role("link", name="Open in Bitrix24").click()
    panel = window.page.get_by_role("dialog")
    expect(panel).to_be_visible()
    window.flow("Content").name = "Renamed in Bitrix24"
    panel.locator("[data-close]").click()
    expect(window.app.get_by_text("Renamed in Bitrix24")).to_be_visible()
