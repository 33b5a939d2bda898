"""The operator goes through what the Market checks, before a reviewer does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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
