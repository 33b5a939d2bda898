"""PostgreSQL, directly or through a pooler; every wait for it is bounded.

A pooler in transaction mode (PgBouncer) gives each transaction another connection to the server and
refuses unknown start parameters. So nothing outlives a transaction: no prepared statement, and the
server's own time-outs are set anew in each, together with the BEGIN that has to be sent anyway.
"""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, Pool, create_engine, event

from bx24app.store.server_clock import CLOCK, STATEMENT, ServerClock

Answer = TypeVar("Answer")

STATEMENT_SECONDS = 10
LOCK_SECONDS = 5
IDLE_SECONDS = 30
"""Nothing waits for a portal inside a transaction, so an idle client is a dead one."""
SILENCE = 12.0
"""Seconds without an answer after which the server counts as away; longer than STATEMENT_SECONDS,
so that a working server's own time-out comes first."""
CONNECT_SECONDS = 5
BEGIN = (
    f"BEGIN; SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s';"
    f" SET LOCAL lock_timeout = '{LOCK_SECONDS}s';"
    f" SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
)
KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}


class Connection(psycopg.Connection[Any]):
    """A connection that gives up waiting for a silent server, even if TCP is still alive."""

    patience: float | None = SILENCE
    """Seconds; None waits without bound."""

    def wait(
        self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None
    ) -> Answer:
        """Wait for the server; raises OperationalError, and is closed then."""
        try:
            # psycopg has no read timeout of its own; all its waiting passes through here.
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()  # its answer would come to whoever asks next
            raise


def engine(
    url: str,
    *,
    patience: float | None = SILENCE,
    connect_seconds: int = CONNECT_SECONDS,
    pool: type[Pool] | None = None,
) -> Engine:
    """An engine for an SQLAlchemy `url`; no `patience` lets a migration take its time."""
    # Forty connections serve 64 threads, since transactions are short; waiting for one ends.
    sizes = {} if pool else {"pool_size": 20, "max_overflow": 20, "pool_timeout": 10}
    made = create_engine(
        url,
        poolclass=pool,
        # A server or pooler that restarted has closed the pool's connections.
        pool_pre_ping=True,
        hide_parameters=True,  # what is stored has no business in the log of an error
        connect_args={
            "connect_timeout": connect_seconds,
            # Prepared statements belong to one server connection; a pooler gives each transaction
            # another.
            "prepare_threshold": None,
            "autocommit": True,  # we say BEGIN ourselves, see below
            **KEEPALIVE,
        },
        **sizes,
    )

    @event.listens_for(made, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: Any, options: Any) -> Connection:
        # Not psycopg.connect(), which would make a connection of its own class.
        connection = Connection.connect(*args, **options)
        connection.patience = patience
        return connection

    clock = server_clock(made)

    @event.listens_for(made, "begin")
    def _begin(connection: Any) -> None:
        # A migration may need longer than any of the time-outs.
        connection.exec_driver_sql(BEGIN if patience else "BEGIN")
        # Here, before anything of the transaction is bound to a statement.
        if clock.is_due:
            clock.measure(lambda: float(connection.exec_driver_sql(STATEMENT).scalar_one()))

    return made


def server_clock(engine: Engine) -> ServerClock:
    """The clock of an engine's server; on its dialect, where a type of a column finds it too."""
    known: Any = engine.dialect
    if not hasattr(known, CLOCK):
        setattr(known, CLOCK, ServerClock())
    found: ServerClock = getattr(known, CLOCK)
    return found
