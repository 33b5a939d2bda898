"""Every page in both languages, wide and narrow: axe finds nothing, and nothing overflows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser_harness import EVERYTHING_FITS, AppWindow, BrowserHarness, violations

pytestmark = pytest.mark.browser
WINDOWS = [(language, width) for language in ("en", "ru") for width in (1280, 400)]


def flawless(desk: AppWindow) -> None:
    """The page as it is now can be used by everybody and fits into its frame."""
    assert desk.violations() == []
    assert desk.overflow() == EVERYTHING_FITS


@pytest.mark.parametrize(("language", "width"), WINDOWS)
def test_every_page(stage: BrowserHarness, browser: Browser, language: str, width: int) -> None:
    with stage.desk(browser, language, width) as desk:
        desk.install()
        if language == "ru":
            know_the_flow(desk)
        the_list(desk)
        the_form(desk)
        the_mistakes(desk)
        the_change(desk)
        the_deletion(desk)


def know_the_flow(desk: AppWindow) -> None:
    """A portal without a list: the page says so, and takes a flow by its link or number."""
    flawless(desk)
    field = desk.app.get_by_label(desk.say("Link or ID of a flow"))
    field.fill("nonsense")
    desk.app.get_by_role("button", name=desk.say("Add by link or ID")).click()
    expect(desk.app.get_by_label(desk.say("Link or ID of a flow"))).to_be_focused()
    flawless(desk)
    desk.app.get_by_label(desk.say("Link or ID of a flow")).fill("201")
    desk.app.get_by_role("button", name=desk.say("Add by link or ID")).click()
    expect(desk.row("ИТ-поддержка")).to_be_visible()


def the_list(desk: AppWindow) -> None:
    """The list, with its explanation, and with a filter that nothing passes."""
    desk.app.get_by_role("button", name=desk.say("What does “On time” mean?")).click()
    expect(desk.app.locator("#on-time")).to_be_visible()
    flawless(desk)
    desk.app.get_by_role("searchbox").fill("no flow is called that")
    expect(desk.app.get_by_text(desk.say("Nothing matches."))).to_be_visible()
    flawless(desk)
    desk.app.get_by_role("button", name=desk.say("Clear filters")).click()


def the_form(desk: AppWindow) -> None:
    """An empty form, and its list of suggestions."""
    desk.app.get_by_role("button", name=desk.say("New flow"), exact=True).first.click()
    team = desk.app.get_by_label(desk.say("Flow team"), exact=True)
    flawless(desk)
    team.click()
    expect(desk.app.locator(".options .option").first).to_be_visible()
    flawless(desk)
    team.press("Escape")


def the_mistakes(desk: AppWindow) -> None:
    """The form with everything that is wrong with it."""
    desk.app.get_by_role("button", name=desk.say("Create flow"), exact=True).click()
    expect(desk.app.locator("#problems")).to_be_focused()
    flawless(desk)
    desk.app.get_by_role("button", name=desk.say("Cancel"), exact=True).click()
    desk.app.locator("#flows").wait_for()


def the_change(desk: AppWindow) -> None:
    """A flow in the form, overtaken by somebody else."""
    desk.app.get_by_role("button", name=desk.say("Edit"), exact=True).first.click()
    desk.app.get_by_label(desk.say("Description"), exact=True).fill("Mine")
    flow_id = int(desk.app.locator("input[name=flow]").get_attribute("value") or 0)
    desk.portal.flows[flow_id].notify_at_half_time ^= True
    desk.app.get_by_role("button", name=desk.say("Save changes"), exact=True).click()
    expect(desk.app.locator("#conflict")).to_be_focused()
    flawless(desk)
    desk.app.get_by_role("button", name=desk.say("Save changes"), exact=True).click()
    expect(desk.app.locator("#status")).to_contain_text(desk.say("Changes saved."))
    flawless(desk)


def the_deletion(desk: AppWindow) -> None:
    """The question before a flow is deleted."""
    desk.app.get_by_role("button", name=desk.say("Delete"), exact=True).first.click()
    expect(desk.app.get_by_role("button", name=desk.say("Delete flow"))).to_be_visible()
    flawless(desk)


@pytest.mark.parametrize("path", ["/", "/connect"])
def test_pages_outside_of_a_portal(stage: BrowserHarness, browser: Browser, path: str) -> None:
    with browser.new_context(viewport={"width": 400, "height": 900}, locale="ru") as context:
        page = context.new_page()
        page.goto(stage.world.app_url + path)
        assert page.locator("html").get_attribute("lang") == "ru"
        assert violations(page.main_frame) == []
