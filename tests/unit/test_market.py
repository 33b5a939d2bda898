"""The operator goes through what the Market checks, before a reviewer does."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from bx24app.bitrix24.manifest import Manifest
from bx24app.bitrix24.scopes import SCOPES_BY_METHOD, USED, WITHOUT_SCOPE
from tests.support.browser_harness import BrowserHarness, built
from tests.support.databases import Sqlite

METHOD = re.compile(
    r'"((?:tasks|user|department|sonet_group|app|event|feature)\.[a-zA-Z.]+|profile|batch)"'
)
VERDICT = re.compile(r"(ok|fails|by hand)\t\S.*")


@pytest.fixture(scope="module")
def served(sqlite: Sqlite) -> Iterator[BrowserHarness]:
    """A service whose vendor is known."""
    with built(sqlite.migrated(), vendor="Flow Works", support_email="help@flow.example") as app:
        yield app


@pytest.fixture(scope="module")
def unnamed(sqlite: Sqlite) -> Iterator[BrowserHarness]:
    """A service that does not say who offers it."""
    with built(sqlite.migrated()) as app:
        yield app


def check(app: BrowserHarness, *options: str) -> tuple[int, list[str]]:
    ended = app.app.test_cli_runner().invoke(args=["market", "check", *options])
    return ended.exit_code, ended.stdout.splitlines()


def test_a_complete_installation_passes(served: BrowserHarness) -> None:
    exit_code, lines = check(served)
    assert [line for line in lines if line.startswith("fails")] == []
    assert exit_code == 0
    assert all(VERDICT.fullmatch(line) for line in lines)
    assert "by hand\tthe certificate is valid: this installation is reached without TLS" in lines
    for words in ("HEAD /install", "/legal/privacy is there in ru", "no right that is not used"):
        assert any(line.startswith("ok\t") and words in line for line in lines)


def test_what_is_missing_is_named_and_fails(unnamed: BrowserHarness) -> None:
    exit_code, lines = check(unnamed)
    assert exit_code == 1
    assert [line for line in lines if line.startswith("fails")] == [
        "fails\tthe pages name the vendor and a support address: "
        "BX24_VENDOR and BX24_SUPPORT_EMAIL are not set there"
    ]


CARELESS = """<!doctype html><html lang="en"><body>
<a href="/help#nowhere">Help</a> <a href="/gone">More</a> <img alt="" src="/gone.png">
<a href="https://support.example.ru/">Support</a>
<form><input name="login"><input type="password" name="password"></form>
<p>Traceback (most recent call last): File "/app.py"</p></body></html>"""


@contextmanager
def careless() -> Iterator[str]:
    """An installation that does what reviewers send back; gives its address."""
    app = Flask(__name__)

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def page(path: str) -> tuple[str, int, dict[str, str]]:
        kind = "application/pdf" if path.startswith("legal") else "text/html"
        known = not path.startswith(("gone", "nothing", "api")) and not request.args.get("DOMAIN")
        return CARELESS, 200 if known else 404, {"Content-Type": kind}

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_careless_installation_is_told_what_is_wrong(served: BrowserHarness) -> None:
    with careless() as url:
        exit_code, lines = check(served, "--url", url)
    assert exit_code == 1
    fails = dict(line.split("\t")[1].split(": ", 1) for line in lines if line.startswith("fails"))
    assert fails["every link, picture and file of the pages is there"] == (
        "/gone, /gone.png, /help#nowhere cannot be had"
    )
    assert fails["no page in English leads to a Russian address"] == "https://support.example.ru/"
    assert "/connect" in fails["no page asks for a password"]
    assert fails["an error shows nothing of the inside"] == "an address that is not there shows it"
    assert fails["an event that nobody has proven is refused"] == "it is 200"
    assert fails["the headers for the security of browsers are there"] == (
        "X-Content-Type-Options, Referrer-Policy missing"
    )
    assert fails["/legal/privacy is there in en"] == "it is no page"
    assert "a portal, and nobody else, may frame the pages" in fails


def test_another_installation_can_be_checked(
    served: BrowserHarness, unnamed: BrowserHarness
) -> None:
    assert check(unnamed, "--url", f"{served.world.app_url}/")[0] == 0


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "nonsense", "http://"]
)
def test_where_nobody_answers_the_points_fail(served: BrowserHarness, url: str) -> None:
    exit_code, lines = check(served, "--url", url)
    assert exit_code == 1
    assert any(line.startswith("fails\tHEAD /: ") or "HEAD / " in line for line in lines)
    assert all(VERDICT.fullmatch(line) for line in lines)


def test_the_table_of_rights_has_every_method_that_is_called() -> None:
    called = {
        method
        for file in Path("bx24app").rglob("*.py")
        for method in METHOD.findall(file.read_text(encoding="utf-8"))
        if file.name != "scopes.py"
    }
    assert called <= SCOPES_BY_METHOD.keys() | set(WITHOUT_SCOPE)
    assert len(called) > 10


def test_the_card_asks_for_the_rights_that_are_used() -> None:
    assert set(Manifest.load().scopes) == USED
