"""SQLite: one private file that several processes can open for the first time at once."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

from bx24app.database_url import make_private

PATIENCE = 30.0
"""Seconds that anybody waits for another one's lock."""
SETTINGS = (
    f"busy_timeout={round(PATIENCE * 1000)}",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # a portal that leaves must not live on in free pages
)


def engine(url: str) -> Engine:
    """An engine for the file of an SQLAlchemy `url`; the file and its folder are made."""
    name = make_url(url).database or ""
    # A database in memory has neither permissions nor a write-ahead log.
    file = Path(name) if name and name != ":memory:" and not name.startswith("file:") else None
    if file:
        make_private(file)
    made = create_engine(url, pool_size=20, max_overflow=20, hide_parameters=True)

    @event.listens_for(made, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        if file:
            # Two processes that switch a new file at once would refuse each other.
            with _alone(file.parent):
                _write_ahead(connection)

    @event.listens_for(made, "begin")
    def _begin(connection: Any) -> None:
        # BEGIN IMMEDIATE waits for the lock by busy_timeout; taking it later may fail instead.
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return made


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to write-ahead logging, in which it stays.

    While somebody else looks at the file, SQLite refuses the switch at once, whatever the
    busy_timeout says; a program that is not ours may do so.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            # busy_timeout does not apply to this pragma.
            time.sleep(0.01)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    # SQLite's own locks are of another kind, so this one cannot meet them.
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # Closing releases the lock, as the death of the process would.
        os.close(descriptor)
