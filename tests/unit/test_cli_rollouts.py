"""`flask rollouts`: start on many portals, wait, show, with exit codes and plain lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.support.app_harness import AppHarness

NEW = (
    "schema: 1\nvariables: {desk: Desk}\nflows:\n  desk: {name: $desk, plannedCompletionTime: 4h, "
    "distributionType: queue, responsibleList: [{user: {id: 2}}]}\n"
)


def told(app: AppHarness, *command: str) -> Result:
    return app.app.test_cli_runner().invoke(args=["rollouts", *command])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A document that makes one flow."""
    path = tmp_path / "flows.yaml"
    path.write_text(NEW, encoding="utf-8")
    return path


def test_a_rollout_is_started_waited_for_and_shown(installed_app: AppHarness, file: Path) -> None:
    portals = f"{installed_app.a.member_id},{installed_app.b.member_id}"
    variables = file.parent / "variables.yaml"
    variables.write_text(f"{installed_app.b.member_id}: {{desk: Стол}}\n", encoding="utf-8")

    ended = told(
        installed_app, "start", str(file), "--portals", portals, "--wait",
        "--variables", str(variables),
    )  # fmt: skip
    assert (ended.exit_code, ended.stdout) == (0, "1\n"), ended.output
    assert "done: 2 of 2 done, 0 failed, 0 waiting" in ended.stderr
    assert all(one.isprintable() or one in "\t\n" for one in ended.output)
    assert [flow.name for flow in installed_app.b.flows.values()][-1] == "Стол"

    shown = told(installed_app, "show", "1")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[0] == f"{installed_app.a.member_id}\tdone\t1 create"
    assert shown.stdout.splitlines()[-1].startswith("Rollout 1, done")
    assert json.loads(told(installed_app, "show", "1", "--json").stdout)["status"] == "done"


def test_without_waiting_the_id_is_all_and_the_workers_go_on(
    installed_app: AppHarness, file: Path
) -> None:
    begun = told(installed_app, "start", str(file), "--portals", "all")
    assert (begun.exit_code, begun.output) == (0, "1\n")
    assert installed_app.writes() == []
    shown = told(installed_app, "show", "1")
    assert "Rollout 1, running: 0 of 2 done, 0 failed, 2 waiting." in shown.stdout


def test_failures_end_with_one_and_show_with_nothing_but_zero(
    installed_app: AppHarness, file: Path
) -> None:
    file.write_text(NEW.replace("user: {id: 2}", "user: Nobody"), encoding="utf-8")
    portal = installed_app.a.member_id
    ended = told(installed_app, "start", str(file), "--portals", portal, "--wait")
    assert (ended.exit_code, ended.stdout) == (1, "1\n")
    assert "partly_done: 0 of 1 done, 1 failed" in ended.stderr
    shown = told(installed_app, "show", "1")
    assert (shown.exit_code, shown.stdout.split("\t")[2]) == (0, "unresolved")

    mapping = file.parent / "mapping.yaml"
    mapping.write_text(f"{portal}: {{Nobody: 2}}\n")
    again = told(
        installed_app, "start", str(file), "--portals", portal, "--wait", "--mapping", str(mapping)
    )
    assert again.exit_code == 0


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("show", "9"), "no such rollout"),
        (("start", "FILE", "--portals", "ffff"), "/portals/0: There is no such portal."),
        (("start", "FILE", "--portals", "all", "--waves", "1,x"), "--waves are numbers"),
        (("start", "FILE", "--portals", "all", "--waves", "0"), "/waves/0"),
        (("start", "FILE", "--portals", "all", "--stop-after-failures", "2"), "between 0 and 1"),
        (("start", "MISSING", "--portals", "all"), "No such file"),
    ],
)
def test_a_mistake_is_one_line(
    command: tuple[str, ...], words: str, shared_app: AppHarness, file: Path
) -> None:
    ended = told(shared_app, *(str(file) if one == "FILE" else one for one in command))
    assert ended.exit_code != 0
    assert words in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.output
