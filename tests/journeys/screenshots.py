"""The pictures of the documentation, taken anew: `python -m tests.journeys.screenshots`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.emulator.browser import launched
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.support.browser_harness import USUAL, AppWindow, BrowserHarness, built
from tests.support.databases import Sqlite

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS = {1280: "", 400: "-400"}
GUEST = 6
"""The extranet person of both portals."""
TALLEST = 3200
"""Pixels; a window is made as high as its page, up to here."""
SETTLED = 700
"""Milliseconds after an exchange in which the page takes no click."""
DEAF = """addEventListener("message", (event) => {
  if (String(event.data).startsWith("setInstallFinish")) event.stopImmediatePropagation();
});"""
"""Keeps a portal's page from hearing that an installation is finished."""
UNCLEAR = """schema: 1
flows:
  travel:
    name: {en: Travel, ru: Командировки}
    plannedCompletionTime: 2d
    distributionType: queue
    responsibleList: [{user: anna@example.com}, {department: Office}]
"""
"""Names somebody and something that no portal has."""
RUSSIAN_FLOWS = (
    ("ИТ-поддержка", "Компьютеры, телефоны и учётные записи"),
    ("Закупки", "Заявки на покупку"),
    ("Тексты для сайта", "Новости и описания товаров"),
    ("Юридический отдел", "Договоры и доверенности"),
)


def main() -> None:
    """Take every picture in both languages, wide and narrow."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        databases = Sqlite(Path(folder))
        for language, width in product(("en", "ru"), WIDTHS):
            with built(databases.migrated()) as served_app:
                take(served_app, browser, language, width)


def take(served_app: BrowserHarness, browser: Browser, language: str, width: int) -> None:
    """The pictures of one language and width."""
    name = f"{language}{WIDTHS[width]}"
    furnish(served_app.portal("ru"), served_app.portal("en"))
    with served_app.window(browser, language, width, height=USUAL) as window:
        install(window, f"install-{name}")
    Control(served_app.world).finish(served_app.portal(language).host)
    with served_app.window(browser, language, width, height=USUAL) as window:
        window.open()
        picture(window, f"list-{name}")
        window.app.get_by_role("button", name=window.say("Edit"), exact=True).first.click()
        window.app.locator("#form").wait_for()
        picture(window, f"form-{name}", whole=width == 400)
        window.app.get_by_label(window.say("Planned completion time"), exact=True).fill("3")
        window.app.get_by_role("button", name=window.say("Save changes"), exact=True).click()
        window.app.locator("tr .said").wait_for()
        picture(window, f"saved-{name}", whole=width == 400)
        window.page.wait_for_timeout(SETTLED)
        row = window.app.locator("tr").filter(has=window.app.locator(".said"))
        row.get_by_role("button", name=window.say("More actions"), exact=True).click()
        row.get_by_role("button", name=window.say("Details"), exact=True).click()
        window.app.locator(".facts").wait_for()
        picture(window, f"flow-{name}", whole=width == 400)
        window.page.wait_for_timeout(SETTLED)
        window.app.locator(".back").click()
        window.app.get_by_role("button", name=window.say("New flow"), exact=True).first.click()
        window.app.get_by_role("button", name=window.say("Create flow"), exact=True).click()
        expect(window.app.locator("#problems")).to_be_focused()
        picture(window, f"errors-{name}", whole=width == 400)
    with served_app.window(browser, language, width, height=USUAL) as window:
        window.open()
        window.app.get_by_role("button", name=window.say("Settings"), exact=True).click()
        window.app.get_by_label(window.say("Label"), exact=True).fill("Reports")
        window.app.get_by_role("button", name=window.say("Create key"), exact=True).click()
        window.app.locator("code.secret").wait_for()
        picture(window, f"keys-{name}", whole=width == 400)
    with served_app.window(browser, language, width, user_id=GUEST, height=USUAL) as window:
        window.open()
        picture(window, f"guest-{name}", whole=width == 400)
    with served_app.window(browser, language, width, height=USUAL) as window:
        window.open()
        take_plans(window, name, whole=width == 400)


def take_plans(window: AppWindow, name: str, *, whole: bool) -> None:
    """Gallery, a ready blueprint, an unclear name, several flows, a plan, its result, history."""

    def press(words: str) -> None:
        window.app.get_by_role("button", name=window.say(words), exact=True).first.click()
        window.wait_until_quiet()

    def shot(what: str) -> None:
        picture(window, f"{what}-{name}", whole=whole)

    press("Blueprints")
    shot("gallery")
    window.app.get_by_role("button", name=window.say("Use")).first.click()
    shot("blueprint")
    press("Create several…")
    shot("several")
    press("Blueprints")
    press("Write or paste")
    window.app.locator("#document").fill(UNCLEAR)
    press("Show the plan")
    shot("mapping")
    press("Flows")
    window.app.locator("[data-choose-all]").check()
    shot("chosen")
    press("Change…")
    window.app.locator("#plannedCompletionTime").fill("4")
    shot("change")
    press("Show the plan")
    shot("plan")
    press("Apply")
    undo = window.app.get_by_role("button", name=window.say("Undo"), exact=True)
    undo.wait_for()
    shot("result")
    press("History")
    shot("history")


def install(window: AppWindow, name: str) -> None:
    """The page that finishes the installation; the portal is kept from going on while we look."""
    window.page.add_init_script(DEAF)
    window.page.goto(window.address("/marketplace/"))
    window.page.locator("[data-install]").click()
    window.app.locator(".steps").wait_for()
    picture(window, name)


def furnish(russian: Portal, english: Portal) -> None:
    """Give the Russian portal the same flows as the English one, and a list of them."""
    russian.has_list = True
    for flow, (name, description) in zip(english.flows.values(), RUSSIAN_FLOWS, strict=True):
        number = flow.id + 100
        russian.flows[number] = replace(flow, id=number, name=name, description=description)


def picture(window: AppWindow, name: str, *, whole: bool = True) -> None:
    """Make the window as high as its page; take a picture of all, or of the application alone."""
    window.wait_until_quiet()
    size = window.page.viewport_size
    assert size is not None
    high = window.page.evaluate("() => document.documentElement.scrollHeight")
    window.page.set_viewport_size({"width": size["width"], "height": min(high, TALLEST)})
    window.wait_until_quiet()
    seen = window.page if whole else window.page.locator("#content")
    seen.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="initial")
    window.page.set_viewport_size(size)


if __name__ == "__main__":
    main()
