"""A process is killed in the middle of a refresh, and the next callers go on."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bx24app.bitrix24 import oauth
from bx24app.bitrix24.errors import Bitrix24Error
from bx24app.portals.token_store import LEASE
from tests.support import killed_process
from tests.support.container_harness import ContainerHarness, container_harness
from tests.support.passing_time import let_pass

CALLERS = 8
SLACK = 5.0
"""Seconds for eight callers on a machine that is busy with other tests."""
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.support.killed_process"])
LOSES_THE_PAIR = {"request sent", "answer received but not saved"}


@pytest.fixture
def served_container(database_url: str) -> Iterator[ContainerHarness]:
    """A container whose stored access token has just expired."""
    with container_harness(database_url) as served_container:
        let_pass(served_container, hours=2)
        yield served_container


def kill(served_container: ContainerHarness, line: str) -> float:
    """Let a process refresh the token and die at a line; gives the moment it was seen dead."""
    if line == "request sent":
        served_container.control.delay("oauth/token", killed_process.ANSWER_AFTER)
    where = (served_container.container.config, served_container.portal.member_id, 1)
    process = PROCESSES.Process(target=killed_process.refresh_and_die, args=(line, *where))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return time.monotonic()


def call(served_container: ContainerHarness) -> str:
    """What a caller gets: nothing bad, or the code of the error."""
    try:
        served_container.container.access.as_installer(
            served_container.container.portals.find(served_container.portal.member_id)
        ).client.call("profile")
    except Bitrix24Error as error:
        return error.code
    return ""


def all_at_once(served_container: ContainerHarness) -> set[str]:
    """What some callers get who come at the same moment."""
    with ThreadPoolExecutor(CALLERS) as pool:
        return set(pool.map(call, [served_container] * CALLERS))


@pytest.mark.promise("killed with the lease taken")
@pytest.mark.parametrize("rotation", ["strict", "lenient"])
@pytest.mark.parametrize("line", killed_process.LINES)
def test_the_next_callers_go_on(
    line: str, rotation: str, served_container: ContainerHarness
) -> None:
    served_container.control.rotation(rotation == "strict")
    died = kill(served_container, line)
    lost = rotation == "strict" and line in LOSES_THE_PAIR
    assert all_at_once(served_container) == ({"authorization_lost"} if lost else {""})
    assert time.monotonic() - died < killed_process.LEASE.total_seconds() + SLACK
    asked = len(served_container.control.journal("oauth/token"))
    assert asked == (2 if line in LOSES_THE_PAIR else 1)
    for _ in range(50):
        call(served_container)
    assert len(served_container.control.journal("oauth/token")) == asked


@pytest.mark.promise("a pair that got lost on the way is told once")
def test_a_lost_pair_is_told_once_and_healed_by_the_next_launch(
    served_container: ContainerHarness,
) -> None:
    kill(served_container, "answer received but not saved")
    assert call(served_container) == "authorization_lost"
    portal = served_container.container.portals.find(served_container.portal.member_id)
    assert (portal.authorization, portal.authorization_reason) == ("lost", "interrupted_refresh")
    served_container.container.installation.open(served_container.launch())
    assert call(served_container) == ""
    assert (
        served_container.container.portals.find(served_container.portal.member_id).authorization
        == "ok"
    )


@pytest.mark.promise("killed with the lease taken")
def test_a_lease_outlives_its_request() -> None:
    assert sum(oauth.TIMEOUT) < LEASE.total_seconds() == 15
