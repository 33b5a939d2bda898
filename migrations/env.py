"""What Alembic runs for every migration: our models, one transaction, one migrator at a time."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from bx24app.store import blueprint_models, health_models, models, rollout_models
from bx24app.store.database import Database, Moment

# All modules with tables are named, so that each of them is imported.
MODULES = (models, blueprint_models, health_models, rollout_models)
(METADATA,) = {module.Base.metadata for module in MODULES}
LOCK = 4224  # any number, as long as every migrator of this application takes the same


def migrate(url: str) -> None:
    """Run the migrations that were asked for at an SQLAlchemy `url`, all of them or none."""
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


def _render_item(kind: str, item: Any, _autogen_context: Any) -> str | bool:
    # A migration must not change when the application's own types do.
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


migrate(context.config.attributes["url"])
