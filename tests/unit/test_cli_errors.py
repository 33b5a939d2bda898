"""Whatever goes wrong on the command line is one line on standard error, and exit code 1."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.databases import Sqlite
from tests.support.endpoint_harness import EndpointHarness
from tests.unit.test_cli import GIVEN, ROOT

COMMANDS = [
    ("api-keys", "list"),
    ("api-keys", "create", "--operator"),
    ("api-keys", "create", "--portal", "x"),
    ("api-keys", "revoke", "1"),
    ("portals", "list"),
    ("portals", "forget", "x"),
    ("portals", "verify"),
    ("tokens", "keep-alive"),
    ("tokens", "reencrypt"),
]
WRONG = [
    (("api-keys", "create"), "Give either"),
    (("api-keys", "revoke", "first"), "not a valid integer"),
    (("api-keys", "revoke", "999"), "There is no such key"),
    (("api-keys", "revoke", "9" * 40), ""),
    (("api-keys", "revoke", "1", "2"), "unexpected extra argument"),
    (("api-keys", "create", "--loud"), "No such option"),
    (("api-keys", "--loud"), "No such option"),
    (("api-keys", "burn"), "No such command"),
    (("burn",), "No such command"),
    (("api-keys",), "Usage:"),
    (("portals", "forget", "x" * 32), "There is no such portal"),
    (("portals", "verify", "--unseen", "-1"), "not in the range"),
    (("portals", "verify", "--unseen", "9" * 11), "not in the range"),
    (("portals", "verify", "--again", "9" * 30), "not in the range"),
    (("portals", "verify", "--again", "soon"), "not a valid integer"),
    (("tokens", "keep-alive", "--limit", "9" * 25), "not in the range"),
    (("tokens", "keep-alive", "--limit", "0"), "not in the range"),
    (("tokens", "burn"), "No such command"),
    (("blueprints",), "Usage:"),
    (("blueprints", "check", "/none/such.yaml"), "No such file"),
    (("blueprints", "check", "/"), "is a directory"),
    (("blueprints", "export", "--portal", "x", "--ids", "1;2"), "must be numbers"),
    (("blueprints", "export", "--portal", "x"), "There is no such portal"),
    (("blueprints", "plan", "BLUEPRINT"), "Missing option '--portal'"),
    (("blueprints", "plan", "BLUEPRINT", "--portal", "x"), "There is no such portal"),
    (("blueprints", "plan", "BLUEPRINT", "--portal", "x", "--variables", "/none"), "/none: No"),
    (("blueprints", "plan", "BLUEPRINT", "--portal", "x", "--mapping", "/none"), "/none: No"),
    (("blueprints", "plan", "BLUEPRINT", "--portal", "x", "--mapping", "BLUEPRINT"), "a number"),
    (("blueprints", "apply", "BLUEPRINT", "--portal", "x", "--yes"), "There is no such portal"),
    (("db", "upgrade", "4711"), "4711"),
    (("db", "downgrade"), "Missing argument"),
]


def failed(url: str, *command: str) -> str:
    """Run a command that fails, in this process; gives its one line."""
    with EndpointHarness.open_empty(url) as harness:
        ended = harness.app.test_cli_runner().invoke(args=command)
    assert (ended.exit_code, ended.stdout) == (1, ""), ended.output
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("portals", "list"), ("api-keys", "--loud"), ("burn",)], ids=" ".join
)
def test_nothing_else_is_said(command: tuple[str, ...], sqlite: Sqlite) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *command],
        cwd=ROOT, env=GIVEN | {"DATABASE_URL": sqlite.empty()}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [*COMMANDS, ("db", "upgrade")], ids=" ".join)
def test_a_database_that_is_away(command: tuple[str, ...], tmp_path: Path) -> None:
    line = failed(f"postgresql+psycopg://nobody@/none?host={tmp_path}", *command)
    assert "The database cannot be used: the database does not answer." in line


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_schema_that_is_missing(command: tuple[str, ...], sqlite: Sqlite) -> None:
    line = failed(sqlite.empty(), *command)
    assert "the schema is not current; `flask --app app db upgrade` mends that" in line


@pytest.mark.parametrize(("command", "words"), WRONG, ids=lambda part: str(part)[:30])
def test_a_command_that_makes_no_sense(
    command: tuple[str, ...], words: str, sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "flows.yaml"
    file.write_text("schema: 1\nflows: {}\n")
    given = (str(file) if part == "BLUEPRINT" else part for part in command)
    assert words in failed(sqlite_url, *given)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Alice, this is a letter and no database at all. " * 20)
    for command in (("portals", "list"), ("db", "upgrade")):
        assert "The database cannot be used" in failed(f"sqlite:///{file}", *command)
