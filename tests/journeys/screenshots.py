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
TALLEST = 3200
"""Pixels; a window is made as high as its page, up to here."""
DEAF = """addEventListener("message", (event) => {
  if (String(event.data).startsWith("setInstallFinish")) event.stopImmediatePropagation();
});"""
"""Keeps a portal's page from hearing that an installation is finished."""
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
        url = Sqlite(Path(folder)).migrated()
        for language, width in product(("en", "ru"), WIDTHS):
            with built(url) as stage:
                take(stage, browser, language, width)


def take(stage: BrowserHarness, browser: Browser, language: str, width: int) -> None:
    """The pictures of one language and width."""
    name = f"{language}{WIDTHS[width]}"
    furnish(stage.portal("ru"), stage.portal("en"))
    with stage.desk(browser, language, width, height=USUAL) as desk:
        install(desk, f"install-{name}")
    Control(stage.world).finish(stage.portal(language).host)
    with stage.desk(browser, language, width, height=USUAL) as desk:
        desk.open()
        picture(desk, f"list-{name}")
        desk.app.get_by_role("button", name=desk.say("Edit"), exact=True).first.click()
        desk.app.locator("#form").wait_for()
        picture(desk, f"form-{name}", whole=width == 400)
        desk.app.get_by_role("button", name=desk.say("Cancel"), exact=True).click()
        desk.app.get_by_role("button", name=desk.say("New flow"), exact=True).first.click()
        desk.app.get_by_role("button", name=desk.say("Create flow"), exact=True).click()
        expect(desk.app.locator("#problems")).to_be_focused()
        picture(desk, f"errors-{name}", whole=width == 400)


def install(desk: AppWindow, name: str) -> None:
    """The page that finishes the installation; the portal is kept from going on while we look."""
    desk.page.add_init_script(DEAF)
    desk.page.goto(desk.address("/marketplace/"))
    desk.page.locator("[data-install]").click()
    desk.app.locator(".steps").wait_for()
    picture(desk, name)


def furnish(russian: Portal, english: Portal) -> None:
    """Give the Russian portal the same flows as the English one, and a list of them."""
    russian.has_list = True
    for flow, (name, description) in zip(english.flows.values(), RUSSIAN_FLOWS, strict=True):
        number = flow.id + 100
        russian.flows[number] = replace(flow, id=number, name=name, description=description)


def picture(desk: AppWindow, name: str, *, whole: bool = True) -> None:
    """Make the window as high as its page; take a picture of all, or of the application alone."""
    desk.settle()
    size = desk.page.viewport_size
    assert size is not None
    high = desk.page.evaluate("() => document.documentElement.scrollHeight")
    desk.page.set_viewport_size({"width": size["width"], "height": min(high, TALLEST)})
    desk.settle()
    seen = desk.page if whole else desk.page.locator("#content")
    seen.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="initial")
    desk.page.set_viewport_size(size)


if __name__ == "__main__":
    main()
