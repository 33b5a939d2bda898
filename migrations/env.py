"""What Alembic runs for every migration: our models, one transaction, one migrator at a time."""

from __future__ import annotations

import time
from typing import Any

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from bx24app.store import blueprint_models, health_models, models, rollout_models
from bx24app.store.database import Database, Moment

# All modules with tables are named, so that each of them is imported.
MODULES = (models, blueprint_models, health_models, rollout_models)
(METADATA,) = {module.Base.metadata for module in MODULES}
LOCK = 4224  # any number, as long as every migrator of this application takes the same
LOCK_TIMEOUT = "500ms"
"""As long a migration waits for a table; less than PostgreSQL waits before it looks for deadlocks,
so that the migration gives way and not the work of the application that goes on beside it."""
ATTEMPTS, PAUSE = 60, 1.0
"""How often a migration that gave way is tried, and the seconds between."""
GAVE_WAY = ("40P01", "55P03")
"""A deadlock, and no lock within LOCK_TIMEOUT (PostgreSQL docs, appendix A)."""


def migrate(url: str) -> None:
    """Run the migrations that were asked for at an SQLAlchemy `url`, all of them or none.

    A running application locks the same tables in an order of its own, so a migration of several
    may have to give way; nothing of it has happened then, and it is tried again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            migrate_once(url)
        except OperationalError as error:
            if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", "") not in GAVE_WAY:
                raise
            time.sleep(PAUSE)
        else:
            return


def migrate_once(url: str) -> None:
    """Run them, or raise and leave everything as it was."""
    engine = Database(url, patient=True).engine
    try:
        with engine.connect().execution_options(immediate=True) as connection:
            _stop_cascades(connection)
            context.configure(
                connection=connection,
                target_metadata=METADATA,
                render_as_batch=True,
                render_item=_render_item,
                transactional_ddl=True,
            )
            with context.begin_transaction():
                _wait_for_others(connection)
                context.run_migrations()
    finally:
        engine.dispose()


def _stop_cascades(connection: Connection) -> None:
    # Batch mode copies a table and drops the old one, which would delete the rows that point at it.
    # SQLite takes this setting outside a transaction only, so it goes past SQLAlchemy.
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")


def _wait_for_others(connection: Connection) -> None:
    # On SQLite the transaction itself begins with the write lock.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        # Another migrator is waited for without bound; only what comes now is in anybody's way.
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))


def _render_item(kind: str, item: Any, _autogen_context: Any) -> str | bool:
    # A migration must not change when the application's own types do.
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


migrate(context.config.attributes["url"])
