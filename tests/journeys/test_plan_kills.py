"""A worker is killed while it applies a plan: another one goes on, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.support.service import Service, running

FLOWS = 6
PATIENCE = 90
"""Seconds; the work of a killed worker is taken up within 60."""


def document() -> dict[str, Any]:
    """Some flows to create and one to change."""
    flows: dict[str, Any] = {
        f"desk-{number}": {
            "name": f"Desk {number}",
            "plannedCompletionTime": "4h",
            "distributionType": "queue",
            "responsibleList": [{"user": {"id": 2}}],
            "active": number % 2 == 0,
        }
        for number in range(FLOWS)
    }
    flows["content"] = {"name": "Content", "description": "New"}
    return {"schema": 1, "flows": flows}


def workers(url: str) -> list[int]:
    """The processes below Gunicorn's arbiter that serves an address."""
    found = subprocess.run(
        ["pgrep", "-f", "tests.support.rate_limited_app:app"], capture_output=True, text=True
    )
    pids = [int(pid) for pid in found.stdout.split()]
    ours = [pid for pid in pids if url in environment(pid)]
    return [pid for pid in ours if parent(pid) in ours]


def environment(pid: int) -> str:
    """What a process was started with."""
    try:
        with open(f"/proc/{pid}/environ", encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def parent(pid: int) -> int:
    """Whose child a process is."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def ended(service: Service, address: str) -> dict[str, Any]:
    """The plan once it is carried out."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = service.send("GET", address).json()
        if found["status"] not in ("planned", "running"):
            return dict(found)
        time.sleep(0.3)
    raise AssertionError("nobody has taken the plan up")


@pytest.mark.slow
def test_a_killed_worker_leaves_a_plan_that_another_one_ends(sqlite_url: str) -> None:
    with running(sqlite_url, workers=2) as service:
        plans = service.flows.replace("/flows", "/plans")
        plan = service.send("POST", plans, json={"document": document()}).json()
        service.control.delay(seconds=0.2, times=500)
        applied = service.send(
            "POST", f"{plans}/{plan['id']}/apply", json={"digest": plan["digest"]}
        )
        assert applied.status_code == 202
        while len(service.portal.flows) < 7:
            time.sleep(0.05)
        for pid in workers(service.world.app_url):
            os.kill(pid, signal.SIGKILL)

        found = ended(service, f"{plans}/{plan['id']}")
        assert found["status"] == "applied", found
        names = sorted(flow.name for flow in service.portal.flows.values())
        assert len(names) == len(set(names)) == 4 + FLOWS
        states = {flow.name: flow.active for flow in service.portal.flows.values()}
        assert [states[f"Desk {number}"] for number in range(FLOWS)] == [
            number % 2 == 0 for number in range(FLOWS)
        ]
        again = service.send("POST", plans, json={"document": document()}).json()
        assert set(again["summary"].items()) == {
            ("unchanged", FLOWS + 1), ("create", 0), ("update", 0), ("activate", 0),
            ("deactivate", 0), ("delete", 0),
        }  # fmt: skip
