"""Every page in both languages, wide and narrow: axe finds nothing, and nothing overflows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser_harness import EVERYTHING_FITS, AppWindow, BrowserHarness, violations

pytestmark = pytest.mark.browser
WINDOWS = [(language, width) for language in ("en", "ru") for width in (1280, 400)]


def flawless(window: AppWindow) -> None:
    """The page as it is now can be used by everybody and fits into its frame."""
    assert window.violations() == []
    assert window.overflow() == EVERYTHING_FITS


@pytest.mark.parametrize(("language", "width"), WINDOWS)
def test_every_page(
    served_app: BrowserHarness, browser: Browser, language: str, width: int
) -> None:
    with served_app.window(browser, language, width) as window:
        window.install()
        if language == "ru":
            know_the_flow(window)
        the_list(window)
        the_form(window)
        the_mistakes(window)
        the_change(window)
        the_deletion(window)


def know_the_flow(window: AppWindow) -> None:
    """A portal without a list: the page says so, and takes a flow by its link or number."""
    flawless(window)
    field = window.app.get_by_label(window.say("Link or ID of a flow"))
    field.fill("nonsense")
    window.app.get_by_role("button", name=window.say("Add by link or ID")).click()
    expect(window.app.get_by_label(window.say("Link or ID of a flow"))).to_be_focused()
    flawless(window)
    window.app.get_by_label(window.say("Link or ID of a flow")).fill("201")
    window.app.get_by_role("button", name=window.say("Add by link or ID")).click()
    expect(window.row("ИТ-поддержка")).to_be_visible()


def the_list(window: AppWindow) -> None:
    """The list, with its explanation, and with a filter that nothing passes."""
    window.app.get_by_role("button", name=window.say("What does “Efficiency” mean?")).click()
    expect(window.app.locator("#about-efficiency")).to_be_visible()
    flawless(window)
    window.app.get_by_role("searchbox").fill("no flow is called that")
    expect(window.app.get_by_text(window.say("Nothing matches."))).to_be_visible()
    flawless(window)
    window.app.get_by_role("button", name=window.say("Clear filters")).click()


def the_form(window: AppWindow) -> None:
    """An empty form, and its list of suggestions."""
    window.app.get_by_role("button", name=window.say("New flow"), exact=True).first.click()
    team = window.app.get_by_label(window.say("Flow team"), exact=True)
    flawless(window)
    team.click()
    expect(window.app.locator(".options .option").first).to_be_visible()
    flawless(window)
    team.press("Escape")


def the_mistakes(window: AppWindow) -> None:
    """The form with everything that is wrong with it."""
    window.app.get_by_role("button", name=window.say("Create flow"), exact=True).click()
    expect(window.app.locator("#problems")).to_be_focused()
    flawless(window)
    window.app.get_by_role("button", name=window.say("Cancel"), exact=True).click()
    window.app.locator("#flows").wait_for()


def the_change(window: AppWindow) -> None:
    """A flow in the form, overtaken by somebody else."""
    window.app.get_by_role("button", name=window.say("Edit"), exact=True).first.click()
    window.app.get_by_label(window.say("Description"), exact=True).fill("Mine")
    flow_id = int(window.app.locator("input[name=flow]").get_attribute("value") or 0)
    window.portal.flows[flow_id].notify_at_half_time ^= True
    window.app.get_by_role("button", name=window.say("Save changes"), exact=True).click()
    expect(window.app.locator("#conflict")).to_be_focused()
    flawless(window)
    window.app.get_by_role("button", name=window.say("Save changes"), exact=True).click()
    name = window.portal.flows[flow_id].name
    expect(window.app.locator("#status")).to_contain_text(
        window.say("Changes to “%(name)s” are saved.", name=name)
    )
    flawless(window)


def the_deletion(window: AppWindow) -> None:
    """The question before a flow is deleted."""
    window.app.get_by_role("button", name=window.say("More actions"), exact=True).first.click()
    flawless(window)
    window.app.get_by_role("button", name=window.say("Delete"), exact=True).first.click()
    expect(window.app.get_by_role("button", name=window.say("Delete flow"))).to_be_visible()
    flawless(window)


@pytest.mark.parametrize("path", ["/", "/connect"])
def test_pages_outside_of_a_portal(served_app: BrowserHarness, browser: Browser, path: str) -> None:
    with browser.new_context(viewport={"width": 400, "height": 900}, locale="ru") as context:
        page = context.new_page()
        page.goto(served_app.world.app_url + path)
        assert page.locator("html").get_attribute("lang") == "ru"
        assert violations(page.main_frame) == []
