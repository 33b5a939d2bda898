"""From a document to a plan, applied and undone in the browser, readable by everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser_harness import AppWindow, BrowserHarness, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOCUMENT = """schema: 1
flows:
  repairs:
    name: {en: Repairs, ru: Ремонт}
    plannedCompletionTime: 1d
    distributionType: queue
    responsibleList: [{user: {id: 2}}, {user: {id: 3}}]
"""


def press(window: AppWindow, words: str) -> None:
    window.app.get_by_role("button", name=window.say(words), exact=True).first.click()
    window.wait_until_quiet()


def is_readable(window: AppWindow) -> None:
    (frame,) = [
        frame for frame in window.page.frames if window.served_app.world.app_url in frame.url
    ]
    assert violations(frame) == []


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 400)])
def test_a_document_becomes_a_plan_that_is_applied_and_undone(
    served_app: BrowserHarness, browser: Browser, language: str, width: int
) -> None:
    served_app.install(language)
    portal = served_app.portal(language)
    with served_app.window(browser, language, width) as window:
        window.open()
        press(window, "Blueprints")
        is_readable(window)
        press(window, "Write or paste")
        window.app.locator("#document").fill(DOCUMENT)
        is_readable(window)
        press(window, "Show the plan")
        is_readable(window)
        press(window, "Apply")
        expect(
            window.app.get_by_role("button", name=window.say("Undo"), exact=True)
        ).to_be_visible()
        made = [flow for flow in portal.flows.values() if flow.name in ("Repairs", "Ремонт")]
        assert [flow.active for flow in made] == [True]
        press(window, "Undo")
        press(window, "Apply")
        expect(
            window.app.get_by_role("button", name=window.say("Undo"), exact=True)
        ).to_be_visible()
        assert made[0].active is False
        press(window, "Plans")
        is_readable(window)
        press(window, "History")
        is_readable(window)
        expect(window.app.locator(".history > li")).to_have_count(2)
