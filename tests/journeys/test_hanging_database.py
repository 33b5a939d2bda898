"""A PostgreSQL that hangs instead of refusing: nobody waits for it without end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.app_harness import AppHarness
from tests.support.databases import Postgresql, postgresql_server
from tests.support.samples import numbered
from tests.unit.test_run import family

LONGEST = 25
"""Seconds: a statement on an open connection and the opening of another one."""


@contextmanager
def stopped(sockets: Path) -> Iterator[None]:
    """Stop all processes of a PostgreSQL, and let them go on afterwards."""
    leader = int((sockets / "data/postmaster.pid").read_text().splitlines()[0])
    processes = family(leader)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@pytest.mark.slow
def test_every_call_ends_in_words_and_readiness_at_once() -> None:
    with postgresql_server() as sockets, AppHarness.open(Postgresql(sockets).migrated()) as home:
        home.install_everywhere()
        program = home.program(home.a)
        assert program.get().status_code == 200
        with stopped(sockets), ThreadPoolExecutor(8) as pool:
            began = time.monotonic()
            waiting = [pool.submit(program.post, numbered(number)) for number in range(6)]
            waiting.append(pool.submit(home.launch, home.a))
            for _ in range(2):
                asked = time.monotonic()
                ready = home.app.test_client().get("/readyz")
                assert (ready.status_code, ready.json["problem"]) == (
                    503,
                    "the database does not answer",
                )
                assert time.monotonic() - asked < 3
            assert home.app.test_client().get("/healthz").status_code == 200
            answers = [each.result() for each in waiting]
            assert time.monotonic() - began < LONGEST
        assert [answer.status_code for answer in answers] == [503] * len(answers)
        assert {answer.json["code"] for answer in answers[:-1]} == {"database_away"}
        assert home.browser.get("/readyz").status_code == 200
        assert program.get().status_code == 200
        assert home.writes() == []
