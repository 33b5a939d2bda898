"""A flow made and changed by people: in two languages, at three widths, by keyboard, far away."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.emulator.browser import with_profile
from tests.emulator.control import Control
from tests.support.browser_harness import EVERYTHING_FITS, TALL, USUAL, AppWindow, BrowserHarness

pytestmark = pytest.mark.browser

PERSON = {"en": ("Boris Lee", "bor"), "ru": ("Алёна Виноградова", "алена")}
"""Somebody for a team, and the beginning of their name as people type it."""
ARCHIVED = "Проект закрыт."
"""The words of a portal that refuses a project."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "width", "seconds"), [("ru", 1280, 0.0), ("en", 768, 0.8), ("ru", 400, 0.8)]
)
def test_a_flow_is_made_and_changed_by_keyboard(
    language: str, width: int, seconds: float, served_app: BrowserHarness, browser: Browser
) -> None:
    served_app.install(language)
    with served_app.window(browser, language, width, height=USUAL) as window:
        window.open()
        if seconds:
            Control(served_app.world).delay("batch", seconds, times=1000)
        make(window, far=bool(seconds))
        change(window)
        Control(served_app.world).heal()
        read(window)
        keep(window)
        assert window.refusals == []


def make(window: AppWindow, *, far: bool) -> None:
    """Make a flow with the keyboard alone."""
    app, say, keyboard = window.app, window.say, window.page.keyboard
    person, typed = PERSON[window.portal.language]
    app.locator("#main h1").evaluate("(h1) => h1.focus()")
    keyboard.press("n")
    expect(app.get_by_label(say("Name"), exact=True)).to_be_focused()
    keyboard.type("Everyday")
    tab_to(window, app.get_by_label(say("Planned completion time"), exact=True))
    keyboard.type("2")
    tab_to(window, app.get_by_label(say("Flow team"), exact=True))
    keyboard.type(typed)
    if far:
        expect(app.get_by_text(say("Searching…"), exact=True)).to_be_visible()
    expect(app.get_by_role("option", name=person)).to_be_visible()
    keyboard.press("Enter")
    expect(app.locator(".chips[data-list=queue] .chip")).to_have_text([person])
    keyboard.press("Control+Enter")
    row = window.row("Everyday")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text(say("“%(name)s” was created.", name="Everyday"))
    flow = window.flow("Everyday")
    assert flow.planned_completion_time == 2 * 24 * 3600


def change(window: AppWindow) -> None:
    """Change it, and take that back."""
    app, say, keyboard = window.app, window.say, window.page.keyboard
    row = window.row("Everyday")
    # A click soon after a swap does nothing, and so does a key.
    window.page.wait_for_timeout(600)
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(app.get_by_label(say("Name"), exact=True)).to_have_value("Everyday")
    tab_to(window, app.get_by_label(say("Planned completion time"), exact=True))
    keyboard.type("3")
    keyboard.press("Control+Enter")
    expect(row).to_contain_text(say("Changes to “%(name)s” are saved.", name="Everyday"))
    assert window.flow("Everyday").planned_completion_time == 3 * 24 * 3600
    row.get_by_role("button", name=say("Undo"), exact=True).press("Enter")
    expect(row).to_contain_text(say("The former settings of “%(name)s” are back.", name="Everyday"))


def read(window: AppWindow) -> None:
    """Read what was done to it."""
    app, say = window.app, window.say
    row = window.row("Everyday")
    window.page.wait_for_timeout(600)
    row.get_by_role("button", name=say("More actions"), exact=True).press("Enter")
    row.get_by_role("button", name=say("Details"), exact=True).press("Enter")
    expect(app.get_by_role("heading", name="Everyday", exact=True)).to_be_focused()
    # The newest are first; older ones may be of a flow of the same number in an earlier test.
    lines = app.locator(".history li")
    expect(lines.nth(1)).to_contain_text(say("Planned completion time"))
    expect(lines.nth(2)).to_contain_text(say("Created"))
    assert window.violations() == []
    assert window.overflow() == EVERYTHING_FITS


def keep(window: AppWindow) -> None:
    """Somebody in Bitrix24 changes its team, and that is fine."""
    window.flow("Everyday").queue, window.flow("Everyday").responsibles = [3], {"queue": ["U3"]}
    window.open()
    row, said = window.row("Everyday"), window.say("Team changed in Bitrix24")
    expect(row).to_contain_text(said)
    assert window.violations() == []
    assert window.overflow() == EVERYTHING_FITS
    row.get_by_role("button", name=window.say("Keep"), exact=True).press("Enter")
    expect(row).not_to_contain_text(said)
    assert window.flow("Everyday").queue == [3]


def tab_to(window: AppWindow, field: Locator) -> None:
    """Press Tab until a field has the focus; what stands in it is selected, as browsers do."""
    for _ in range(30):
        window.page.keyboard.press("Tab")
        if field.evaluate("(field) => field === document.activeElement"):
            return
    raise AssertionError("the field cannot be reached")


def test_slips_a_refused_project_and_a_reload_lose_nothing(
    served_app: BrowserHarness, browser: Browser, tmp_path: Path
) -> None:
    served_app.install("ru")
    with (
        with_profile(browser, str(tmp_path)) as context,
        served_app.window_of(context, "ru") as window,
    ):
        context.pages[-1].set_viewport_size({"width": 1280, "height": TALL})
        window.open()
        app, say = window.app, window.say
        app.get_by_role("button", name=say("New flow"), exact=True).click()
        app.get_by_label(say("Name"), exact=True).fill("Не потеряется")
        app.get_by_label(say("Planned completion time"), exact=True).fill("2")
        team = app.get_by_label(say("Flow team"), exact=True)
        # Without the dots, with them, on the other keyboard, with two letters swapped.
        for typed in ("алена", "Алёна", "fk`yf", "алнеа"):
            team.fill(typed)
            expect(app.get_by_role("option", name="Алёна Виноградова")).to_be_visible()
        app.get_by_role("option", name="Алёна Виноградова").click()

        control = Control(served_app.world)
        control.fail("tasks.flow.Flow.create", "0", description=ARCHIVED, times=9)
        app.get_by_role("button", name=say("Create flow"), exact=True).click()
        expect(app.locator("#groupId-error")).to_have_text(ARCHIVED)
        expect(app.locator("#problems")).to_be_focused()
        control.heal()
        app.get_by_label(say("Description"), exact=True).fill("Ничего не забыто")
        # A draft is kept once somebody stops typing.
        window.page.wait_for_timeout(500)

        # The portal's page is loaded anew, and with it the frame and its memory.
        window.open()
        app.get_by_role("button", name=say("New flow"), exact=True).click()
        app.get_by_role("button", name=say("Restore"), exact=True).click()
        expect(app.get_by_label(say("Description"), exact=True)).to_have_value("Ничего не забыто")
        expect(app.locator(".chips[data-list=queue] .chip")).to_have_text(["Алёна Виноградова"])
        # Right after an exchange the page takes no click.
        window.page.wait_for_timeout(600)
        app.get_by_role("button", name=say("Create flow"), exact=True).click()
        expect(window.row("Не потеряется")).to_be_focused()
        assert window.refusals == []
