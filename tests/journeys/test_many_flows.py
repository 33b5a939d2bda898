"""The list with two hundred flows: it stands still, sorts, filters, and comes back as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.emulator.control import Control
from tests.support.browser_harness import USUAL, AppWindow, BrowserHarness
from tests.support.many_flows import add_flows

pytestmark = pytest.mark.browser


@pytest.fixture
def crowded(served_app: BrowserHarness, browser: Browser) -> Iterator[AppWindow]:
    """Alice in front of two hundred flows, in a window that has to be scrolled."""
    add_flows(served_app.portal("en"), 200)
    served_app.install("en")
    with served_app.window(browser, height=USUAL) as window:
        window.open()
        yield window


def button(row: Locator, name: str) -> Locator:
    """A button of a row."""
    return row.get_by_role("button", name=name, exact=True)


def names(window: AppWindow) -> list[str]:
    """The flows that the page shows, in its order."""
    return window.app.locator("tbody .title").all_inner_texts()


def shown(window: AppWindow, words: str) -> None:
    """Wait until the foot of the list says so."""
    expect(window.app.locator("#list .foot")).to_contain_text(words)


def top_of(row: Locator) -> float:
    """Where a row stands in the window."""
    box = row.bounding_box()
    assert box is not None
    return box["y"]


def test_a_double_click_turns_off_one_flow(crowded: AppWindow) -> None:
    row = crowded.row("Requests 1020")
    button(row, "Turn off").dblclick()
    expect(button(row, "Turn on")).to_be_visible()
    crowded.page.wait_for_timeout(600)
    off = [flow.id for flow in crowded.portal.flows.values() if not (flow.active or flow.demo)]
    assert off == [102, 1020]


def test_a_click_soon_after_a_swap_does_nothing(crowded: AppWindow) -> None:
    row, below = crowded.row("Requests 1020"), crowded.row("Requests 1021")
    button(row, "Turn off").click()
    expect(row.get_by_role("button", name="Undo")).to_be_visible()
    box = button(below, "Turn off").bounding_box()
    assert box is not None
    crowded.page.mouse.click(box["x"] + 8, box["y"] + 8)
    crowded.page.wait_for_timeout(600)
    assert crowded.portal.flows[1021].active
    crowded.page.mouse.click(box["x"] + 8, box["y"] + 8)
    expect(button(below, "Turn on")).to_be_visible()


def test_a_row_changes_and_everything_else_stands_still(crowded: AppWindow) -> None:
    row, above = crowded.row("Requests 1030"), crowded.row("Requests 1010")
    row.scroll_into_view_if_needed()
    before = top_of(above), top_of(row)
    button(row, "Turn off").click()
    expect(row).to_contain_text("“Requests 1030” is off.")
    expect(button(row, "Turn on")).to_be_focused()
    assert (top_of(above), top_of(row)) == before
    expect(crowded.app.locator("#states")).to_contain_text("Off 2")


def test_undo_stays_in_its_row_until_it_is_dismissed(crowded: AppWindow) -> None:
    row = crowded.row("Requests 1005")
    button(row, "Turn off").click()
    undo = row.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    crowded.app.get_by_role("button", name="Flow", exact=True).click()
    expect(crowded.app.get_by_role("columnheader", name="Flow", exact=True)).to_have_attribute(
        "aria-sort", "ascending"
    )
    crowded.app.get_by_role("button", name="Last activity").click()
    crowded.app.get_by_role("button", name="Last activity").click()
    expect(undo).to_be_visible()
    button(row, "Edit").click()
    crowded.app.get_by_role("button", name="Cancel", exact=True).click()
    undo.click()
    expect(row).to_contain_text("“Requests 1005” is on.")
    assert crowded.portal.flows[1005].active
    button(row, "Close").click()
    expect(undo).to_have_count(0)
    crowded.app.get_by_role("button", name="Refresh the list").click()
    crowded.page.wait_for_timeout(800)
    expect(undo).to_have_count(0)


@pytest.mark.parametrize(
    ("column", "first", "last"),
    [
        ("Flow", "Content", None),
        ("Time per task", "Requests 1080", None),
        ("Pending", None, "IT help desk"),
        ("Efficiency", "Requests 1050", None),
        ("Flow administrator", None, None),
    ],
)
def test_every_column_sorts_both_ways(
    crowded: AppWindow, column: str, first: str | None, last: str | None
) -> None:
    head = crowded.app.get_by_role("columnheader", name=column, exact=True)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    upwards = names(crowded)
    assert first is None or upwards[0] == first
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert last is None or names(crowded)[0] == last
    assert names(crowded) != upwards
    for other in crowded.app.get_by_role("columnheader").all():
        expect(other.get_by_role("button")).to_have_count(1)
        assert other.get_attribute("aria-sort") in ("none", "ascending", "descending")


def test_filters_search_and_pages(crowded: AppWindow) -> None:
    app = crowded.app
    shown(crowded, "1–50 of 200")
    app.get_by_role("button", name="Next", exact=True).click()
    shown(crowded, "51–100 of 200")
    app.get_by_label("Administrator", exact=True).select_option("Boris Lee")
    shown(crowded, "1–49 of 49")
    app.get_by_label("Below target", exact=True).check()
    shown(crowded, "1–11 of 11")
    app.get_by_label("Project", exact=True).select_option("Office move")
    shown(crowded, "1–11 of 11")
    app.get_by_label("Project", exact=True).select_option("Website")
    expect(app.get_by_text("Nothing matches.")).to_be_visible()
    app.get_by_role("button", name="Clear filters").click()
    shown(crowded, "1–50 of 200")
    app.get_by_label("Distribution", exact=True).select_option("Self-assign tasks")
    shown(crowded, "1–1 of 1")
    app.get_by_label("Distribution", exact=True).select_option("Any")
    app.get_by_label("Search flows").fill("office MOVE")
    shown(crowded, "1–50 of 99")
    app.get_by_label("Search flows").fill("1044")
    shown(crowded, "1–1 of 1")
    expect(app.get_by_label("Search flows")).to_be_focused()
    app.get_by_label("Search flows").fill("")
    app.get_by_label("Mine", exact=True).check()
    shown(crowded, "of 199")


def test_the_view_is_kept_when_one_comes_back(crowded: AppWindow) -> None:
    app = crowded.app
    app.get_by_label("Search flows").fill("requests")
    shown(crowded, "1–50 of 197")
    # Right after an exchange the page takes no click.
    crowded.page.wait_for_timeout(700)
    app.get_by_role("button", name="Time per task").click()
    crowded.wait_until_quiet()
    crowded.page.wait_for_timeout(700)
    app.get_by_role("button", name="Next", exact=True).click()
    shown(crowded, "51–100 of 197")
    before = names(crowded)
    button(crowded.row(before[30]), "Edit").click()
    app.get_by_role("button", name="Cancel", exact=True).click()
    shown(crowded, "51–100 of 197")
    assert names(crowded) == before
    expect(app.get_by_label("Search flows")).to_have_value("requests")
    expect(crowded.row(before[30])).to_be_focused()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_saved_flow_is_in_sight_and_has_the_focus(
    served_app: BrowserHarness, browser: Browser, language: str
) -> None:
    portal = served_app.portal(language)
    portal.has_list = True
    add_flows(portal, 200)
    served_app.install(language)
    with served_app.window(browser, language, height=USUAL) as window:
        window.open()
        say = window.say
        row = window.row("Requests 1040")
        button(row, say("Edit")).click()
        window.app.get_by_label(say("Planned completion time"), exact=True).fill("31")
        window.app.get_by_role("button", name=say("Save changes"), exact=True).click()
        expect(row).to_be_focused()
        expect(row).to_be_in_viewport()
        expect(row).to_contain_text(say("Changes to “%(name)s” are saved.", name="Requests 1040"))
        row.get_by_role("button", name=say("Undo")).click()
        expect(row).to_contain_text(
            say("The former settings of “%(name)s” are back.", name="Requests 1040")
        )
        assert portal.flows[1040].planned_completion_time == 3600 * 51


def test_after_a_deletion_the_next_row_has_the_focus(crowded: AppWindow) -> None:
    row, following = crowded.row("Requests 1010"), crowded.row("Requests 1011")
    button(row, "More actions").click()
    button(row, "Delete").click()
    crowded.app.get_by_role("button", name="Delete flow").click()
    expect(following).to_be_focused()
    expect(row).to_have_count(0)
    expect(crowded.app.locator("#status")).to_contain_text("“Requests 1010” was deleted.")
    assert 1010 not in crowded.portal.flows


def test_a_flow_is_found_read_and_left_with_the_keyboard_alone(crowded: AppWindow) -> None:
    press = crowded.page.keyboard.press
    crowded.app.locator("#main h1").evaluate("(h1) => h1.focus()")
    press("/")
    search = crowded.app.get_by_label("Search flows")
    expect(search).to_be_focused()
    crowded.page.keyboard.type("1044?n/")
    expect(search).to_have_value("1044?n/")
    for _ in range(3):
        press("Backspace")
    shown(crowded, "1–1 of 1")
    row = crowded.row("Requests 1044")
    button(row, "More actions").focus()
    press("Enter")
    expect(button(row, "Details")).to_be_focused()
    press("ArrowDown")
    expect(button(row, "Copy")).to_be_focused()
    press("Escape")
    expect(button(row, "More actions")).to_be_focused()
    press("Enter")
    press("Enter")
    expect(crowded.app.get_by_role("heading", name="Requests 1044")).to_be_focused()
    assert crowded.violations() == []
    press("?")
    expect(crowded.app.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    press("Escape")
    expect(crowded.app.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()
    button(crowded.app.locator("#main"), "Flows").focus()
    press("Enter")
    expect(row).to_be_focused()
    press("n")
    expect(crowded.app.get_by_role("heading", name="New flow")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_flow_that_bitrix24_has_switched_is_switched_back(
    served_app: BrowserHarness, browser: Browser, language: str
) -> None:
    portal = served_app.portal(language)
    portal.has_list = True
    served_app.install(language)
    flow = portal.flows[min(portal.flows)]
    before = list(flow.queue)
    with served_app.window(browser, language) as window:
        window.open()
        flow.distribution_type, flow.queue, flow.moderator_id = "manually", [], 1
        flow.responsibles = {"manually": ["U1"]}
        window.open()
        row = window.row(flow.name)
        words = {
            "en": "Switched to manual by Bitrix24",
            "ru": "Битрикс24 переключил поток на ручное распределение",
        }
        expect(row).to_contain_text(words[language])
        button(row, window.say("Edit")).click()
        expect(window.app.locator("#main")).to_contain_text(words[language])
        assert window.violations() == []
        window.app.get_by_role("button", name=window.say("Switch back")).click()
        expect(row).to_be_focused()
        expect(row).not_to_contain_text(words[language])
        assert (flow.distribution_type, flow.queue) == ("queue", before)


def test_a_launch_that_fails_can_be_tried_again(
    served_app: BrowserHarness, browser: Browser
) -> None:
    served_app.install("en")
    control = Control(served_app.world)
    with served_app.window(browser) as window:
        control.fail("*", "INTERNAL_SERVER_ERROR", times=100)
        window.page.goto(window.address("/marketplace/app/1/"))
        again = window.app.get_by_role("button", name="Try again")
        expect(again).to_be_visible()
        control.heal()
        again.click()
        expect(window.row("IT help desk")).to_be_visible()
        window.troubles.clear()


def test_a_refresh_that_fails_keeps_the_rows(crowded: AppWindow) -> None:
    control = Control(crowded.served_app.world)
    before = names(crowded)
    crowded.served_app.app.extensions["bx24app"].flow_lists._kept.clear()
    control.fail("*", "QUERY_LIMIT_EXCEEDED", times=1000)
    crowded.app.get_by_role("button", name="Refresh the list").click()
    said = crowded.app.locator("#as-of")
    expect(said).to_contain_text("Bitrix24 is busy", timeout=40_000)
    expect(said).to_contain_text("As of")
    assert names(crowded) == before
    control.heal()
    crowded.app.get_by_role("button", name="Try again").click()
    expect(said).not_to_contain_text("busy")
    assert names(crowded) == before
