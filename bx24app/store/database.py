"""The connection to the database: one engine a process, short transactions."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    DateTime,
    Dialect,
    MetaData,
    TextClause,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.store import postgresql, sqlite
from bx24app.store.server_clock import CLOCK, ServerClock

log = logging.getLogger("bx24app.database")
NO_ANSWER = (OperationalError, InterfaceError, PoolExhausted)
NO_SHIFT = timedelta()

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all rows, with predictable names for constraints."""

    metadata = MetaData(naming_convention=NAMING)


class Moment(TypeDecorator[datetime]):
    """A point in time, aware and in UTC on both sides; SQLite itself forgets the zone.

    In PostgreSQL it is in the server's time, see `server_clock`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return value.astimezone(UTC) + _shift(dialect) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment - _shift(dialect)


def _shift(dialect: Dialect) -> timedelta:
    clock: ServerClock | None = getattr(dialect, CLOCK, None)
    return clock.shift if clock else NO_SHIFT


class DatabaseAway(Error):
    """The database does not answer, or is locked for longer than the time-outs."""

    code = "database_away"
    message = N_("The application cannot reach its database just now.")

    def __init__(self) -> None:
        """Whatever was done before, at the portal too, stays done."""
        super().__init__(retryable=True, maybe_done=True)


class Database:
    """An engine and the two ways to use it: read, or write in one short transaction."""

    def __init__(self, url: str, *, patient: bool = False) -> None:
        """Open (lazily) the database at an SQLAlchemy `url`; an SQLite file's folder is made.

        With `patient` a statement may take as long as it wants, as those of a migration do.
        """
        self.url = url
        self.engine = (
            sqlite.engine(url)
            if url.startswith("sqlite")
            else postgresql.engine(url, patience=None if patient else postgresql.SILENCE)
        )
        # Rows are read after their commit, when an expired one would open a new transaction.
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # On the instance, not as a decorator, which would keep closed databases alive.
        self._written = lru_cache(self._write_down)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking; nothing is committed. Raises DatabaseAway."""
        with self._answering(), self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back on an exception.

        SQLite takes its write lock at once, so that two writers wait instead of failing half-way.
        Raises DatabaseAway.
        """
        with self._answering(), self._sessions() as session, session.begin():
            # SQLite fails at once, without waiting, when a read lock is to become a write lock.
            session.connection(execution_options={"immediate": True})
            yield session

    def time(self) -> float:
        """The clock by which all machines measure together, in epoch seconds.

        The server's; SQLite has this machine's. While the server is away, as it was last known.
        """
        clock: ServerClock | None = getattr(self.engine.dialect, CLOCK, None)
        if clock is None:
            return time.time()
        if clock.is_due:
            with suppress(DatabaseAway), self.read() as session:
                session.connection()  # each transaction measures where that is due
        return time.time() + clock.ahead

    def first(self, statement: TextClause, values: Mapping[str, Any]) -> Any:
        """Run one statement in a transaction of its own; gives the first value of its first row.

        None without a row. For what runs at each request: straight through the driver it costs a
        tenth of what a session does. Raises DatabaseAway.
        """
        text, names = self._written(statement)
        sent = [values[name] for name in names] if names else values
        with self._answering(), closing(self.engine.raw_connection()) as connection:
            # SQLite needs no BEGIN for one statement, and its driver is in autocommit mode.
            cursor = connection.cursor()
            if self.engine.dialect.name == "postgresql":
                cursor.execute(postgresql.BEGIN)
            row = cursor.execute(text, sent).fetchone()
            connection.commit()
        return row[0] if row else None

    @contextmanager
    def _answering(self) -> Iterator[None]:
        # `first` uses the driver directly, whose errors SQLAlchemy does not wrap.
        driver = self.engine.dialect.loaded_dbapi
        try:
            yield
        except (*NO_ANSWER, driver.OperationalError, driver.InterfaceError) as error:
            # The caller gets words without details, so the reason is kept here.
            log.exception("the database does not answer")
            raise DatabaseAway from error

    def _write_down(self, statement: TextClause) -> tuple[str, Sequence[str] | None]:
        """A statement as the driver wants it, and its values' order where it has no names."""
        compiled = statement.compile(self.engine)
        return str(compiled), compiled.positiontup

    def shrink(self) -> None:
        """Empty SQLite's write-ahead log, which may still hold what was deleted.

        Raises DatabaseAway.
        """
        if self.engine.dialect.name == "sqlite":
            with self._answering(), self.engine.connect() as connection:
                raw = connection.connection.driver_connection
                # On the driver's connection, since a checkpoint cannot run inside a transaction.
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)") if raw else None

    def close(self) -> None:
        """Close all connections, as a process has to before it forks."""
        self.engine.dispose()


def insert_if_absent(session: Session, row: type[Base], values: Mapping[str, Any]) -> None:
    """Insert a row unless its key is there; in one statement, so two processes may try at once."""
    dialects = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}
    insert: Any = dialects[session.get_bind().dialect.name]
    # Not by catching IntegrityError, after which PostgreSQL aborts the whole transaction.
    session.execute(insert(row).values(**values).on_conflict_do_nothing())


def upsert(session: Session, row: type[Base], values: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or set all their columns where their keys are there; two processes may at once.

    `values` have the same columns each, the keys among them.
    """
    dialects = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}
    insert: Any = dialects[session.get_bind().dialect.name]
    statement = insert(row.__table__)
    keys = [column.name for column in row.__table__.primary_key]
    others = {name: statement.excluded[name] for name in values[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), list(values))
