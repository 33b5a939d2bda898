"""The connection to the database: one engine a process, short transactions."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TextClause,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from bx24app.errors import Error
from bx24app.i18n import N_

log = logging.getLogger("bx24app.database")
NO_ANSWER = (OperationalError, InterfaceError, PoolExhausted)

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
    """A point in time, aware and in UTC on both sides; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DatabaseAway(Error):
    """The database does not answer, or is locked for longer than anybody waits."""

    code = "database_away"
    message = N_("The application cannot reach its database just now.")

    def __init__(self) -> None:
        """Whatever was done before, at the portal too, stays done."""
        super().__init__(retryable=True, maybe_done=True)


class Database:
    """An engine and the two ways to use it: read, or write in one short transaction."""

    def __init__(self, url: str) -> None:
        """Open (lazily) the database at an SQLAlchemy `url`; an SQLite file's folder is made."""
        self.url = url
        self.engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
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
            session.connection(execution_options={"immediate": True})
            yield session

    def first(self, statement: TextClause, values: Mapping[str, Any]) -> Any:
        """Run one statement in a transaction of its own; gives the first value of its first row.

        None without a row. For what runs at each request: straight through the driver it costs a
        tenth of what a session does. Raises DatabaseAway.
        """
        text, names = self._written(statement)
        sent = [values[name] for name in names] if names else values
        with self._answering(), closing(self.engine.raw_connection()) as connection:
            row = connection.cursor().execute(text, sent).fetchone()
            connection.commit()
        return row[0] if row else None

    @contextmanager
    def _answering(self) -> Iterator[None]:
        driver = self.engine.dialect.loaded_dbapi
        try:
            yield
        except (*NO_ANSWER, driver.OperationalError, driver.InterfaceError) as error:
            log.exception("the database does not answer")
            raise DatabaseAway from error

    def _write_down(self, statement: TextClause) -> tuple[str, Sequence[str] | None]:
        """A statement as the driver wants it, and its values' order where it has no names."""
        compiled = statement.compile(self.engine)
        return str(compiled), compiled.positiontup

    def shrink(self) -> None:
        """Let nothing that was deleted live on in SQLite's write-ahead log."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                raw = connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)") if raw else None

    def close(self) -> None:
        """Give all connections back, as a process does before it forks."""
        self.engine.dispose()


def insert_if_absent(session: Session, row: type[Base], values: Mapping[str, Any]) -> None:
    """Insert a row unless its key is there, in one statement: two who come first do no harm."""
    dialects = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    insert: Any = dialects[session.get_bind().dialect.name]
    session.execute(insert(row).values(**values).on_conflict_do_nothing())


def _postgresql(url: str) -> Engine:
    return create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,  # what is stored has no business in the log of an error
        connect_args={"connect_timeout": 5},
    )


def _sqlite(url: str) -> Engine:
    name = make_url(url).database
    if name and name != ":memory:" and not name.startswith("file:"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=20, max_overflow=20, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "busy_timeout=30000",
            "foreign_keys=ON",
            "secure_delete=ON",  # a portal that leaves must not live on in free pages
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
