"""Debian's Chromium for the tests that need a real browser."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

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
