"""The journal of REST exchanges: masked, kept at least three days, then removed."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, text

from bx24app.bitrix24.client import Exchange
from bx24app.masking import masked_json
from bx24app.portals.exchange_queue import MOST_WAITING
from bx24app.portals.journal import UNREADABLE, Journal
from bx24app.store.database import Database, DatabaseAway
from bx24app.store.models import ExchangeRow, PortalRow

NOW = datetime.now(UTC)
TOKEN = "5a" * 35
KEPT_ROW = {
    "member_id": "ours", "milliseconds": 1, "request": "", "response": "", "cut": False,
}  # fmt: skip


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A memory that knows the portal `ours`."""
    database = Database(database_url)
    with database.write() as session:
        session.add(
            PortalRow(
                member_id="ours", domain="a.example", endpoint="https://a.example/rest/",
                auth_server="https://oauth.example", status="active", installer_id=1,
                installed_at=NOW, seen_at=NOW,
            )
        )  # fmt: skip
    yield database
    database.close()


@pytest.fixture
def journal(database: Database) -> Iterator[Journal]:
    journal = Journal(database)
    yield journal
    journal.close()


def exchange_with(**changes: Any) -> Exchange:
    told: dict[str, Any] = {
        "method": "tasks.flow.Flow.get",
        "params": {"flowId": 101},
        "status": 200,
        "error": None,
        "body": {"result": {"name": "IT help desk"}},
        "seconds": 0.25,
    }
    return Exchange(**told | changes)


def rows(database: Database) -> list[ExchangeRow]:
    with database.read() as session:
        return list(session.scalars(select(ExchangeRow).order_by(ExchangeRow.id)))


def test_an_exchange_is_written_down_behind_the_callers_back(
    journal: Journal, database: Database
) -> None:
    journal.record("ours", exchange_with())
    journal.close()
    (row,) = rows(database)
    assert (row.member_id, row.method, row.status) == ("ours", "tasks.flow.Flow.get", 200)
    assert (row.error, row.milliseconds) == (None, 250)
    assert row.request == '{"flowId": 101}'
    assert row.response == '{"result": {"name": "IT help desk"}}'
    assert abs(row.at - (datetime.now(UTC) - timedelta(seconds=0.25))) < timedelta(seconds=5)


def test_a_batch_is_known_by_what_it_holds(journal: Journal, database: Database) -> None:
    commands = {"a": "profile?", "b": "event.bind?event=X", "c": "event.bind?event=Y"}
    journal.record("ours", exchange_with(method="batch", params={"halt": 0, "cmd": commands}))
    journal.flush()
    assert [row.method for row in rows(database)] == ["batch profile event.bind"]


def test_a_call_without_an_answer_is_written_down_too(journal: Journal, database: Database) -> None:
    journal.record("ours", exchange_with(status=None, error="", body=None))
    journal.flush()
    assert [(row.status, row.response) for row in rows(database)] == [(None, "null")]


@pytest.mark.parametrize(
    "body",
    [
        {"result": "x" * 100_000},
        {"result": "half of a character \ud83d"},
        {"result": "\x00"},
        {"error": "E" * 1000, "error_description": "\ud83d"},
    ],
)
def test_no_answer_is_too_odd_to_be_written_down(
    journal: Journal, database: Database, body: dict[str, str]
) -> None:
    odd = exchange_with(method="m" * 300, error=str(body.get("error", "")), body=body)
    journal.record("ours", odd)
    journal.record("ours", exchange_with())
    journal.flush()
    assert len(rows(database)) == 2


@pytest.mark.promise("the journal is kept for three days")
@pytest.mark.threat("exchanges kept for longer than needed")
def test_it_is_kept_for_three_days_and_removed_soon_after(
    journal: Journal, database: Database
) -> None:
    ages = [timedelta(days=days) for days in (0, 1, 3, 3.9, 4.1, 30)]
    told = {
        "member_id": "ours",
        "method": "m",
        "milliseconds": 1,
        "request": "",
        "response": "",
        "cut": False,
    }
    with database.write() as session:
        session.execute(
            insert(ExchangeRow), [told | {"at": datetime.now(UTC) - age} for age in ages]
        )
    journal.prune()
    assert len(rows(database)) == 4


def test_old_exchanges_go_while_new_ones_come(journal: Journal, database: Database) -> None:
    told = {
        "member_id": "ours",
        "method": "old",
        "milliseconds": 1,
        "request": "",
        "response": "",
        "cut": False,
    }
    with database.write() as session:
        session.execute(insert(ExchangeRow), [told | {"at": NOW - timedelta(days=5)}])
    journal.record("ours", exchange_with(method="new"))
    journal.close()
    assert [row.method for row in rows(database)] == ["new"]


def test_what_a_portal_leaves_behind_after_it_was_forgotten_is_dropped(
    journal: Journal, database: Database
) -> None:
    journal.record("gone", exchange_with())
    journal.record("ours", exchange_with())
    journal.record("visitor", exchange_with(), visit=True)
    journal.flush()
    assert [row.member_id for row in rows(database)] == ["ours", "visitor"]


def test_a_forgotten_portal_takes_its_exchanges_along(journal: Journal, database: Database) -> None:
    journal.record("ours", exchange_with())
    journal.record("visitor", exchange_with(), visit=True)
    journal.forget("visitor")
    assert [row.member_id for row in rows(database)] == ["ours"]


@pytest.mark.parametrize(
    "name",
    [
        "access_token", "REFRESH_TOKEN", "application_token", "client_secret", "auth", "AUTH",
        "AUTH_ID", "refresh_id", "password", "sessionToken",
    ],
)  # fmt: skip
def test_what_is_a_secret_by_its_name_is_masked_at_any_depth(name: str) -> None:
    value = {"a": [{"b": ({name: {"c": TOKEN}},)}], name: TOKEN, "author": "Alice"}
    text = masked_json(value, 10_000).text
    assert TOKEN not in text
    assert json.loads(text)["author"] == "Alice"


def test_no_more_of_a_large_value_is_copied_than_is_kept() -> None:
    class Endless(list[int]):
        def __iter__(self) -> Iterator[int]:
            return itertools.count()

    assert len(masked_json({"result": Endless()}, 4000).text) <= 4000


def test_a_deep_value_is_cut_off() -> None:
    value: list[Any] = []
    for _ in range(10_000):
        value = [value]
    assert "…" in masked_json(value, 4000).text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(JSON)
def test_masking_leaves_everything_else_as_it_is(value: Any) -> None:
    same = json.loads(masked_json(value, 10_000).text) == value
    assert same or any(word in str(value).lower() for word in ("auth", "token"))


def test_a_thread_that_does_not_start_ends_nothing(journal: Journal, database: Database) -> None:
    usual = threading.stack_size(1 << 46)  # more than any machine has to give
    try:
        journal.record("ours", exchange_with(method="first"))
    finally:
        threading.stack_size(usual)
    assert rows(database) == []
    journal.record("ours", exchange_with(method="second"))
    wait_for(lambda: len(rows(database)) == 2)


def test_what_cannot_be_written_down_is_noted_without_it(
    journal: Journal, database: Database
) -> None:
    class Broken(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            raise RecursionError

    journal.record("ours", exchange_with(body={"result": Broken()}))
    journal.flush()
    assert [(row.status, row.response) for row in rows(database)] == [(200, UNREADABLE)]


def test_what_the_database_did_not_take_is_written_later(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    journal = Journal(database)
    rename(database, "exchanges", "elsewhere")
    for number in range(MOST_WAITING + 10):
        journal.record("visitor", exchange_with(method=f"m{number}"), visit=True)
    with pytest.raises(DatabaseAway):
        journal.flush()
    rename(database, "elsewhere", "exchanges")
    journal.flush()
    journal.close()
    methods = [row.method for row in rows(database)]
    database.close()
    assert methods == [f"m{number}" for number in range(10, MOST_WAITING + 10)]


def test_a_row_that_no_database_takes_keeps_no_other_out(
    journal: Journal, database: Database
) -> None:
    journal.record("ours", exchange_with(method="before"))
    journal.record("ours", exchange_with(status=10**30))
    journal.record("ours", exchange_with(method="after"))
    journal.flush()
    assert [row.method for row in rows(database)] == ["before", "after"]


def test_old_exchanges_go_in_pieces(journal: Journal, database: Database) -> None:
    told = {
        "member_id": "ours",
        "method": "m",
        "milliseconds": 1,
        "request": "",
        "response": "",
        "cut": False,
    }
    with database.write() as session:
        session.execute(insert(ExchangeRow), [told | {"at": NOW - timedelta(days=5)}] * 2500)
    removed = []

    @event.listens_for(database.engine, "after_cursor_execute")
    def count(_c: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE"):
            removed.append(cursor.rowcount)

    journal.prune()
    assert removed == [1000, 1000, 500]


def rename(database: Database, name: str, new_name: str) -> None:
    with database.write() as session:
        session.execute(text(f"ALTER TABLE {name} RENAME TO {new_name}"))


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    assert condition()
