"""A fresh SQLite file that several processes open, migrate and use at the same moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROCESSES = 4
READY = "import sys; from bx24app.store import schema; from bx24app.store.database import *; "
READY += "from sqlalchemy import text; print('ready', flush=True); sys.stdin.readline(); "
OPENING = "[open_and_write({url!r} + str(number)) for number in range(10)]"
DEED = """
def open_and_write(url):
    with Database(url).write() as session:
        session.execute(text('SELECT 1'))
"""


def program(text: str) -> subprocess.Popen[str]:
    """A process of Python that says when it is ready and then waits for a line."""
    started = subprocess.Popen(
        [sys.executable, "-c", text], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert started.stdout
    assert started.stdout.readline() == "ready\n"
    return started


def together(url: str, deed: str) -> list[tuple[int, str]]:
    """Let processes do it at the same moment: their exit codes and last words."""
    started = [program(DEED + READY + deed.format(url=url)) for _ in range(PROCESSES)]
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    words = [process.communicate(timeout=60)[1][-300:] for process in started]
    return [(process.returncode, said) for process, said in zip(started, words, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize("deed", [OPENING, "schema.upgrade({url!r})"])
def test_nobody_finds_it_locked(tmp_path: Path, deed: str) -> None:
    folder = tmp_path / "made"
    assert together(f"sqlite:///{folder}/flows.db", deed) == [(0, "")] * PROCESSES
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


@pytest.mark.slow
def test_a_program_that_looks_at_the_file_meanwhile_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "flows.sqlite3"
    looking = "import sqlite3, time; c = sqlite3.connect({file!r}, isolation_level=None); "
    looking += "c.execute('CREATE TABLE t (a)'); c.execute('BEGIN'); "
    looking += "c.execute('SELECT * FROM t').fetchall(); print('ready', flush=True); input(); "
    looking += "time.sleep(2)"
    looker = program(looking.format(file=str(file)))
    opener = program(DEED + READY + f"open_and_write('sqlite:///{file}')")
    assert looker.stdin
    looker.stdin.write("\n")
    looker.stdin.flush()
    assert opener.communicate("\n", timeout=60)[1] == ""
    assert (opener.returncode, looker.communicate(timeout=60)[1]) == (0, "")
