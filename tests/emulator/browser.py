"""Debian's Chromium for the tests that need a real browser."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Nothing may be asked of the network that the page itself does not ask for.
OPTIONS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 20_000
"""Milliseconds that a page on a busy machine has to become what a test expects."""


@contextmanager
def launched() -> Iterator[Browser]:
    """Run a headless Chromium until the block ends."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, headless=True, args=[*OPTIONS]
        )
        yield browser
        browser.close()


@contextmanager
def with_profile(browser: Browser, folder: str) -> Iterator[BrowserContext]:
    """A browser with a profile in `folder`, which gives frames of other sites their storage."""
    # Debian's settings, which all other tests have, deny it.
    preferences = Path(folder) / "Default" / "Preferences"
    preferences.parent.mkdir()
    allowed = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
    preferences.write_text(json.dumps(allowed), encoding="utf-8")
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=CHROMIUM, chromium_sandbox=False, headless=True, args=[*OPTIONS]
    )
    with context:
        yield context
