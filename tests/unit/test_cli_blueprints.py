"""`flask blueprints`: check without any setting, export, plan and apply, with exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from tests.support.app_harness import AppHarness

ROOT = Path(__file__).resolve().parents[2]
CHANGE = "schema: 1\nflows:\n  content: {name: Content, description: New}\n"


def told(app: AppHarness, *command: str) -> Result:
    return app.app.test_cli_runner().invoke(args=["blueprints", *command])


def check(file: Path) -> subprocess.CompletedProcess[str]:
    """Check a file as a pipeline does: without any setting."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", str(ROOT / "app.py"), "blueprints", "check", file],
        cwd=file.parent,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A document that changes one flow."""
    path = tmp_path / "flows.yaml"
    path.write_text(CHANGE, encoding="utf-8")
    return path


def test_a_check_needs_no_settings(file: Path) -> None:
    fine = check(file)
    assert (fine.returncode, fine.stderr) == (0, "")

    file.write_text("schema: 1\nflows:\n  a: {nam: x, active: yes}\n", encoding="utf-8")
    wrong = check(file)
    assert wrong.returncode == 1
    assert len(wrong.stderr.splitlines()) == 1
    assert f"{file}:3: /flows/a/nam" in wrong.stdout
    assert f"{file}:3: /flows/a/active" in wrong.stdout
    assert [path.name for path in file.parent.iterdir()] == ["flows.yaml"]


def test_an_export_is_planned_as_nothing(installed_app: AppHarness, file: Path) -> None:
    portal = ("--portal", installed_app.a.member_id)
    exported = told(installed_app, "export", *portal)
    file.write_text(exported.stdout, encoding="utf-8")

    planned = told(installed_app, "plan", str(file), *portal)
    assert (exported.exit_code, planned.exit_code) == (0, 0)
    assert "4 unchanged" in planned.stdout


def test_a_plan_says_by_its_exit_code_whether_there_is_something_to_do(
    installed_app: AppHarness, file: Path
) -> None:
    portal = ("--portal", installed_app.a.member_id)
    planned = told(installed_app, "plan", str(file), *portal, "--json")
    assert planned.exit_code == 2
    assert json.loads(planned.stdout)["summary"]["update"] == 1
    assert told(installed_app, "apply", str(file), *portal).exit_code == 2
    assert installed_app.writes() == []

    applied = told(installed_app, "apply", str(file), *portal, "--yes")
    assert (applied.exit_code, installed_app.flow(103).description) == (0, "New")
    assert told(installed_app, "apply", str(file), *portal, "--yes").exit_code == 0


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("schema: 1\nflows: {a: {name: A}}\n", "3 problems"),
        (CHANGE.replace("description: New", "ownerId: {user: Nobody}"), "“Nobody”"),
        ("schema: [", "did not find"),
    ],
)
def test_a_failure_is_one_line(
    document: str, words: str, installed_app: AppHarness, file: Path
) -> None:
    file.write_text(document, encoding="utf-8")
    ended = told(installed_app, "plan", str(file), "--portal", installed_app.a.member_id)
    assert ended.exit_code == 1
    assert len(ended.stderr.splitlines()) == 1
    assert words in ended.stderr


def test_a_mapping_answers_what_is_not_clear(installed_app: AppHarness, file: Path) -> None:
    file.write_text(CHANGE.replace("description: New", "ownerId: {user: Nobody}"))
    mapping = file.parent / "mapping.yaml"
    mapping.write_text("Nobody: 2\n")
    portal = ("--portal", installed_app.a.member_id)
    ended = told(installed_app, "plan", str(file), *portal, "--mapping", str(mapping))
    assert ended.exit_code == 2
    assert "ownerId: 3 -> 2" in ended.stdout
