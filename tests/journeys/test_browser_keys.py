"""Settings → API keys in a browser: made, copied, used by a program, and revoked."""

from __future__ import annotations

import secrets

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.support.browser_harness import EVERYTHING_FITS, AppWindow, BrowserHarness

pytestmark = pytest.mark.browser
SAID = {
    "en": ("Settings", "API keys", "Label", "Read-only", "Expires", "Create key", "Revoke"),
    "ru": (
        "Настройки",
        "Ключи API",
        "Название",
        "Только чтение",
        "Действует до",
        "Создать ключ",
        "Отозвать",
    ),
}
"""The names of the contract, in the order in which a person meets them."""


def ask(window: AppWindow, key: str, method: str = "GET") -> int:
    """The status that a program gets with a key."""
    flows = f"{window.served_app.world.app_url}/api/v1/portals/{window.portal.member_id}/flows"
    headers = {"Authorization": f"Bearer {key}"}
    return requests.request(method, flows, headers=headers, json={}).status_code


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 768), ("ru", 400)])
def test_an_administrator_makes_a_key_and_revokes_it(
    language: str, width: int, served_app: BrowserHarness, browser: Browser
) -> None:
    settings, heading, label, read_only, expires, create, revoke = SAID[language]
    served_app.install(language)
    # The application keeps the keys of earlier tests.
    reports = f"Reports {secrets.token_hex(3)}"
    with served_app.window(browser, language, width) as window:
        window.open()
        window.app.get_by_role("button", name=settings, exact=True).click()
        expect(window.app.get_by_role("heading", name=heading, exact=True)).to_be_focused()

        window.app.get_by_label(label, exact=True).fill(reports)
        window.app.get_by_role("radio", name=read_only, exact=True).check()
        window.app.get_by_role("combobox", name=expires, exact=True).select_option(index=1)
        window.app.get_by_role("button", name=create, exact=True).click()

        key = window.app.locator("code.secret").inner_text()
        expect(window.app.get_by_role("row").filter(has_text=reports)).to_have_count(1)
        assert (ask(window, key), ask(window, key, "POST")) == (200, 403)
        assert window.overflow() == EVERYTHING_FITS
        assert window.violations() == []

        row = window.app.get_by_role("row").filter(has_text=reports)
        row.first.get_by_role("button", name=revoke, exact=True).click()
        # The question is a row below, with a button of the same name.
        row.nth(1).get_by_role("button", name=revoke, exact=True).click()
        expect(row).to_have_count(0)
        assert ask(window, key) == 401
        # A key is shown once: what comes after that no longer has it.
        assert key not in window.document().content()


def test_nobody_else_finds_the_settings(served_app: BrowserHarness, browser: Browser) -> None:
    served_app.install("en")
    with served_app.window(browser, user_id=3) as window:
        window.open()
        expect(window.app.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
        expect(window.app.get_by_role("button", name="Settings")).to_have_count(0)
