"""The ready pipelines in docs/pipelines: their commands are run as a runner would run them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.many_portals import many_portals
from tests.support.service import settings

ROOT = Path(__file__).resolve().parents[2]
CHANGE = "schema: 1\nflows:\n  content: {name: Content, description: %s}\n"


def github(job: str) -> list[str]:
    """The scripts of a job."""
    steps = read("github-actions.yml")["jobs"][job]["steps"]
    return [step["run"].strip() for step in steps if "run" in step]


def gitlab(job: str) -> list[str]:
    """The same in GitLab's file."""
    return list(read("gitlab-ci.yml")[job]["script"])


def read(name: str) -> dict[str, Any]:
    """A pipeline's file."""
    text = (ROOT / "docs" / "pipelines" / name).read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def run(scripts: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run scripts in Bash, which stops at the first failure; gives what they print."""
    told = ""
    for script in scripts:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        told += done.stdout
    return told


@pytest.mark.parametrize("job", ["plan", "apply"])
def test_both_run_the_same(job: str) -> None:
    assert github(job) == gitlab(job)


@pytest.mark.slow
def test_a_pull_request_is_planned_and_its_merge_applied(sqlite_url: str, tmp_path: Path) -> None:
    with many_portals(sqlite_url, [1], 1, {}) as place:
        (portal,) = place.portals
        environment = settings(place.service.world, sqlite_url) | {
            "BX24APP": str(ROOT), "FLOWS_PORTAL": portal.member_id, "NO_PROXY": "*",
            "PATH": os.environ["PATH"],
        }  # fmt: skip
        (tmp_path / "flows.yaml").write_text(CHANGE % "New", encoding="utf-8")

        told = run(github("plan"), tmp_path, environment)
        assert "1 flows, no problems" in told
        assert "~ update Content" in told
        assert portal.flows[103].description != "New"
        assert "~ update Content: done" in run(github("apply"), tmp_path, environment)
        assert portal.flows[103].description == "New"

        (tmp_path / "flows.yaml").write_text(CHANGE % "{}", encoding="utf-8")
        with pytest.raises(AssertionError, match="/flows/content/description"):
            run(github("plan"), tmp_path, environment)
