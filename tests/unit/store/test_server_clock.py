"""On PostgreSQL the server's clock decides, however far the clocks of our machines are apart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bx24app.store.database import Database
from bx24app.store.models import OAuthStateRow
from bx24app.store.server_clock import ServerClock
from tests.support.databases import Postgresql

APART = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=30), timedelta(seconds=1)]
BEARABLE = 3.0
"""Seconds between what is noted on one machine and read on another."""


@pytest.fixture
def database(postgresql: Postgresql) -> Iterator[Database]:
    """The database of a machine whose clock is right."""
    with closing(Database(postgresql.migrated())) as opened:
        yield opened


def begin(database: Database) -> datetime:
    """Note that something runs out in ten minutes, as the machine's clock sees it."""
    end = datetime.now(UTC) + timedelta(minutes=10)
    with database.write() as session:
        session.add(OAuthStateRow(state_digest="a", domain="b", expires_at=end))
    return end


def noted(database: Database) -> datetime:
    """When that runs out, as the machine's clock sees it."""
    with database.read() as session:
        return session.get_one(OAuthStateRow, "a").expires_at


@pytest.mark.parametrize("apart", APART, ids=str)
def test_machines_agree_on_a_stored_moment(database: Database, apart: timedelta) -> None:
    now = datetime.now(UTC)
    with (
        time_machine.travel(now + apart, tick=True),
        closing(Database(database.url)) as other,
    ):
        end = begin(other)
        # A clock that is nearly right reads what it wrote to the microsecond.
        assert noted(other) == end
        there = other.time()
    left = noted(database) - datetime.now(UTC)
    assert abs(left - timedelta(minutes=10)).total_seconds() < BEARABLE
    assert abs(there - database.time()) < BEARABLE
    assert abs(database.time() - time.time()) < 1


def test_a_clock_that_is_turned_is_measured_anew(database: Database) -> None:
    end = begin(database)
    before = database.time()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=5), tick=True):
        assert abs(database.time() - before) < BEARABLE
        assert abs((noted(database) - end).total_seconds() - 5 * 3600) < BEARABLE
    assert abs((noted(database) - end).total_seconds()) < BEARABLE


def test_the_clock_is_known_while_the_server_is_away(database: Database) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=5), tick=True):
        assert abs(database.time() + 5 * 3600 - time.time()) < BEARABLE
        database.engine.dispose()
        away = Database("postgresql+psycopg://nobody@/none?host=/none")
        assert abs(away.time() - time.time()) < 1
        away.close()


def test_a_slow_answer_changes_nothing_that_is_known() -> None:
    clock = ServerClock()
    with time_machine.travel(1_000_000, tick=False) as machine:
        clock.measure(lambda: 1_000_100.0)
        assert (clock.ahead, clock.shift) == (100.0, timedelta(seconds=100))

        def slow() -> float:
            machine.shift(5)
            return 1_000_101.0

        clock.measure(slow)
        assert (clock.ahead, clock.shift) == (100.0, timedelta(seconds=100))
