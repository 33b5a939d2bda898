"""PostgreSQL behind a pooler that gives every transaction another connection."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bx24app.store import schema
from bx24app.store.database import Database, DatabaseAway
from tests.support.app_harness import AppHarness
from tests.support.databases import Postgresql
from tests.support.pooler import pgbouncer
from tests.support.samples import numbered
from tests.unit.store.test_first_opening import PROCESSES, together

SHOWN = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture(scope="module")
def port(postgresql: Postgresql) -> Iterator[int]:
    """The pooler's."""
    with pgbouncer(postgresql.sockets) as port:
        yield port


@pytest.fixture
def pooled_url(postgresql: Postgresql, port: int) -> str:
    """An empty database behind the pooler."""
    name = make_url(postgresql.empty()).database
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{name}"


def test_it_is_migrated_and_worked_with_by_many_at_once(pooled_url: str) -> None:
    assert together(pooled_url, "schema.upgrade({url!r})") == [(0, "")] * PROCESSES
    with AppHarness.open(pooled_url) as home:
        home.install_everywhere()
        programs = [home.program(home.a) for _ in range(24)]

        def work(number: int) -> list[int]:
            program = programs[number]
            made = program.post(numbered(number), Idempotency_Key=str(number))
            # Often enough that a driver would prepare the statement.
            return [made.status_code, *(program.get().status_code for _ in range(8))]

        with ThreadPoolExecutor(len(programs)) as pool:
            answers = list(pool.map(work, range(len(programs))))
        assert answers == [[201] + [200] * 8] * len(programs)
        assert home.browser.get("/readyz").json == {"status": "ok"}


def test_time_outs_hold_within_a_transaction_and_nowhere_else(pooled_url: str) -> None:
    with closing(Database(pooled_url)) as database:
        for way in (database.read, database.write):
            with way() as session:
                found = [session.execute(text(f"SHOW {name}")).scalar_one() for name in SHOWN]
            assert found == ["10s", "5s", "30s"]
        assert database.first(text("SHOW statement_timeout"), {}) == "10s"
        engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        raw = engine.raw_connection()
        shown = [raw.cursor().execute(f"SHOW {name}").fetchone()[0] for name in SHOWN]
        raw.close()
        assert shown == ["0", "0", "0"]


def test_a_row_that_somebody_keeps_locked_is_not_waited_for_without_end(pooled_url: str) -> None:
    schema.upgrade(pooled_url)
    deed = text("LOCK TABLE portals")
    with closing(Database(pooled_url)) as database, database.write() as first:
        first.execute(deed)
        with pytest.raises(DatabaseAway), database.write() as second:
            second.execute(deed)
