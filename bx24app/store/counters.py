"""Counts what happens, in the database, so that every process reports the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bx24app.store.models import CounterRow

REFRESHES = "token_refreshes"
"""By outcome: refreshed, refused or unanswered."""
WAITS, WAIT_SECONDS = "rate_limit_waits", "rate_limit_wait_seconds"
PORTAL_ERRORS = "portal_errors"
"""By code."""

Counts = Mapping[tuple[str, str], float]
"""How much by name and label."""


def count(session: Session, counts: Counts) -> None:
    """Add to counters, in the caller's transaction.

    Call it last: other processes wait for these rows until the transaction ends.
    """
    if not counts:
        return
    dialects = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}
    insert: Any = dialects[session.get_bind().dialect.name]
    # In one order everywhere, or two transactions could wait for each other.
    rows = [
        {"name": name, "label": label, "value": amount}
        for (name, label), amount in sorted(counts.items())
    ]
    statement = insert(CounterRow)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name", "label"],
            set_={"value": CounterRow.value + statement.excluded.value},
        ),
        rows,
    )


def counted(session: Session) -> dict[tuple[str, str], float]:
    """All counters by name and label."""
    rows = session.execute(select(CounterRow.name, CounterRow.label, CounterRow.value))
    return {(name, label): value for name, label, value in rows}
