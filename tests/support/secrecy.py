"""A watch over the whole suite: no secret in a log line, an answer, an address or the database.

The emulator remembers every token it makes. Whatever the application writes or sends while tests
run is searched for them at once; the databases are searched when the last test is done.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
import requests

from bx24app.logs import JsonLines
from tests.emulator.adapter import WsgiAdapter
from tests.emulator.grants import MINTED
from tests.emulator.sample import application, furnish_portals
from tests.support.app_harness import SETTINGS
from tests.support.databases import Sqlite

DIGITS = re.compile(r"[0-9a-f]{32,}")
KEY = re.compile(r"\bbx24_[\w-]{43}")
SHOWN_ONCE = re.compile(rf"<code[^>]*>{KEY.pattern}</code>")
"""A new key, in the one answer that shows it to the administrator who made it."""
PAGE = 4096
"""Bytes of a page of SQLite."""
LENGTHS = (32, 70)
"""Hex digits of a code or an application token, and of an access or refresh token."""
STANDING = {
    application("").client_secret,
    SETTINGS["secret_key"],
    *(portal.application_token for portal in furnish_portals(("a", "b"), 0.0)),
}
"""Secrets that are the same in every world."""


class Watch(logging.Handler):
    """Looks at everything that leaves the application, and notes where a secret stood."""

    def __init__(self) -> None:
        """Nothing has leaked yet."""
        super().__init__()
        # Not as the handler's formatter, or the application would take the handler for its own.
        self._lines = JsonLines(str)
        self.leaks: list[str] = []

    def look(self, where: str, text: str) -> None:
        """Search a text for every secret that there is by now."""
        if any(secret in MINTED or secret in STANDING for secret in candidates(text)):
            self.leaks.append(where)

    def emit(self, record: logging.LogRecord) -> None:
        """A log line, as the application writes it."""
        self.look(f"log line of {record.name}: {record.msg}", self._lines.format(record))

    def answered(self, app: flask.Flask, response: flask.Response, **_: Any) -> None:
        """An answer of the application, its headers included."""
        if app.name == "bx24app" and not response.direct_passthrough:
            where = f"answer to {flask.request.method} {flask.request.path}"
            body = response.get_data(as_text=True)
            if where == "answer to POST /settings/keys":
                body = SHOWN_ONCE.sub("", body, count=1)
            self.look(where, f"{response.headers}{body}")

    def sent(self, request: requests.PreparedRequest) -> None:
        """An address that the application asks."""
        if request.headers.get("User-Agent", "").startswith("bx24app"):
            self.look(f"address {str(request.url).partition('?')[0]}", str(request.url))

    def search(self, folder: Path) -> None:
        """Everything in the files of a folder, whatever their format."""
        # Nearly all pages of the databases are the same, as most are copies of one installation.
        seen: set[bytes] = set()
        for file in folder.iterdir():
            content = file.read_bytes()
            pages = (content[at : at + PAGE] for at in range(0, len(content), PAGE))
            new = [page for page in pages if page not in seen]
            seen.update(new)
            self.look(f"file {file.name}", b"".join(new).decode("latin-1"))


def candidates(text: str) -> Iterator[str]:
    """What could be a secret: by its form, or because it is one that always is."""
    yield from (secret for secret in STANDING if secret in text)
    if KEY.search(text):
        yield next(iter(STANDING))
    for run in DIGITS.findall(text):
        for length in LENGTHS:
            yield from (run[at : at + length] for at in range(len(run) - length + 1))


@pytest.fixture(scope="session")
def watch(sqlite: Sqlite) -> Iterator[Watch]:
    """The watch over this process; it searches the databases at its end."""
    watch = Watch()
    logging.getLogger().addHandler(watch)
    flask.request_finished.connect(watch.answered)
    WsgiAdapter.witnesses.append(watch.sent)
    yield watch
    watch.search(sqlite.folder)
    assert watch.leaks == []


@pytest.fixture(autouse=True)
def _secrecy(watch: Watch) -> Iterator[None]:
    """No test may make the application tell a secret."""
    before = len(watch.leaks)
    yield
    assert watch.leaks[before:] == []
