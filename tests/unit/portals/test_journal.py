"""The journal of REST exchanges: masked, kept at least three days, then removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from bx24app.bitrix24.client import Exchange
from bx24app.masking import mask
from bx24app.portals.journal import Journal
from bx24app.store.database import Database
from bx24app.store.models import ExchangeRow, PortalRow

NOW = datetime.now(UTC)
TOKEN = "5a" * 35


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
    told = {"member_id": "ours", "method": "m", "milliseconds": 1, "request": "", "response": ""}
    with database.write() as session:
        session.execute(
            insert(ExchangeRow), [told | {"at": datetime.now(UTC) - age} for age in ages]
        )
    journal.prune()
    assert len(rows(database)) == 4


def test_old_exchanges_go_while_new_ones_come(journal: Journal, database: Database) -> None:
    told = {"member_id": "ours", "method": "old", "milliseconds": 1, "request": "", "response": ""}
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
    assert TOKEN not in str(mask(value))
    assert mask(value)["author"] == "Alice"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(JSON)
def test_masking_leaves_everything_else_as_it_is(value: Any) -> None:
    assert mask(value) == value or any(word in str(value).lower() for word in ("auth", "token"))
