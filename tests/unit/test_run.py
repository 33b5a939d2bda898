"""`make run`, as a person at a terminal meets it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, "-m", "tests.emulator.run"]
PATIENCE = 60  # seconds


def free_ports() -> dict[str, str]:
    """Settings that name five ports which nobody uses: one for the app, four in a row."""
    while True:
        with ExitStack() as stack:
            app, first = (stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in "ab")
            number = first.getsockname()[1]
            try:
                for port in (number + 1, number + 2, number + 3):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except (OSError, OverflowError):
                continue
            return {"PORT": str(app.getsockname()[1]), "EMULATOR_PORT": str(number)}


@contextmanager
def running(ports: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running program and the guide that it printed."""
    process = subprocess.Popen(
        RUN, cwd=ROOT, env=os.environ | ports, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    try:
        yield process, guide(process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)
        for file in (ROOT / "instance").glob(f"run-{ports['PORT']}.*"):
            file.unlink()


def guide(process: subprocess.Popen[str]) -> str:
    """What the program prints, up to its last line or its end."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "The log:" in line:
            break
    return "".join(lines)


def family(leader: int) -> set[int]:
    """A process, its children, and theirs."""
    found = {leader}
    for task in Path(f"/proc/{leader}/task").iterdir():
        for child in (task / "children").read_text().split():
            found |= family(int(child))
    return found


def alive(process: int) -> bool:
    """Whether a process still runs (a zombie does not)."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False


def test_the_guide_leads_to_the_portal_and_the_api() -> None:
    ports = free_ports()
    (ROOT / "instance").mkdir(exist_ok=True)
    (ROOT / "instance" / f"run-{ports['PORT']}.sqlite3").write_text("left by an earlier run")
    with running(ports) as (_, text):
        portal = re.search(r"Open +(\S+)", text)
        assert portal, text
        assert requests.get(portal[1], timeout=10).status_code == 200
        third = re.search(r"A third one: +(\S+)", text)
        assert third, text
        assert "Northwind 3" in requests.get(third[1], timeout=10).text
        curl = re.search(r"curl -H '(Authorization): (Bearer \S+)' (\S+)", text)
        assert curl, text
        answer = requests.get(
            curl[3].split("/portals/")[0] + "/portals", headers={curl[1]: curl[2]}, timeout=10
        )
        assert (answer.status_code, answer.json()["items"]) == (200, [])
        assert requests.get(curl[3].split("/api/")[0] + "/readyz", timeout=10).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_everything(number: signal.Signals) -> None:
    ports = free_ports()
    with running(ports) as (process, _):
        everybody = family(process.pid)
        assert len(everybody) >= 3  # we, Gunicorn, its workers
        process.send_signal(number)
        assert process.wait(timeout=15) == 0
        assert {one for one in everybody if alive(one)} == set()


@pytest.mark.parametrize("setting", ["PORT", "EMULATOR_PORT"])
def test_a_taken_port_is_named_in_one_line(setting: str) -> None:
    ports = free_ports()
    with (
        socket.create_server(("127.0.0.1", int(ports[setting]))),
        running(ports) as (process, text),
    ):
        assert process.wait(timeout=15) == 1
        assert text == (
            f"Port {ports[setting]} is taken; choose another one: make run {setting}=...\n"
        )


def test_a_port_that_is_no_number_is_named_in_one_line() -> None:
    ports = free_ports() | {"EMULATOR_PORT": "portal"}
    with running(ports) as (process, text):
        assert process.wait(timeout=15) == 1
        assert text == "EMULATOR_PORT must be the number of a port, not 'portal'.\n"


def test_ports_that_overlap_are_noticed() -> None:
    ports = free_ports()
    ports["PORT"] = str(int(ports["EMULATOR_PORT"]) + 1)
    with running(ports) as (process, text):
        assert process.wait(timeout=15) == 1
        assert len(text.splitlines()) == 1
        assert "PORT" in text
