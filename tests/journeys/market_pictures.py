"""The pictures of the Market's card: the application in its slider, and the icon."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.emulator.browser import launched
from tests.journeys.screenshots import furnish
from tests.support.browser_harness import AppWindow, BrowserHarness, built
from tests.support.databases import Sqlite

FOLDER = Path(__file__).parents[2] / "docs" / "market"
WIDE, HIGH = 1280, 720
"""Pixels; the Market takes no larger ones."""
ICON = 500


def main() -> None:
    """Draw the icon, and take every picture in both languages."""
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        draw_icon(browser)
        url = Sqlite(Path(folder)).migrated()
        for language in ("en", "ru"):
            with built(url) as served_app:
                take(served_app, browser, language)


def draw_icon(browser: Browser) -> None:
    """Draw the icon's SVG as a PNG without transparency."""
    with browser.new_context(viewport={"width": ICON, "height": ICON}) as context:
        page = context.new_page()
        page.set_content(
            "<style>body { margin: 0 }</style>" + (FOLDER / "icon.svg").read_text("utf-8")
        )
        page.screenshot(path=FOLDER / "icon.png")


def take(served_app: BrowserHarness, browser: Browser, language: str) -> None:
    """The list, the form, and what a plan of Bitrix24 cannot do: a change that can be undone."""
    furnish(served_app.portal("ru"), served_app.portal("en"))
    served_app.install(language)
    with served_app.window(browser, language, WIDE, height=HIGH) as window:
        window.open()
        picture(window, f"{language}/1-list")
        window.app.get_by_role("button", name=window.say("Edit"), exact=True).first.click()
        window.app.locator("#form").wait_for()
        picture(window, f"{language}/2-form")
        window.app.get_by_role("button", name=window.say("Cancel"), exact=True).click()
        window.app.get_by_role("button", name=window.say("Turn off"), exact=True).first.click()
        window.app.get_by_role("button", name=re.compile(window.say("Undo"))).first.wait_for()
        picture(window, f"{language}/3-undo")
        window.app.get_by_role("button", name=window.say("Settings"), exact=True).click()
        window.app.get_by_label(window.say("Label"), exact=True).wait_for()
        picture(window, f"{language}/4-keys")


def picture(window: AppWindow, name: str) -> None:
    """What a person sees of the portal's page with the application in it."""
    window.wait_until_quiet()
    window.page.evaluate("() => scrollTo(0, 0)")
    window.page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="initial")


if __name__ == "__main__":
    main()
