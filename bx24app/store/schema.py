"""The schema of the database: bring it up, take it down, say what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at an SQLAlchemy `url` up to a revision; nothing to do is fine."""
    command.upgrade(settings(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database down to a revision; `base` leaves no table of ours."""
    command.downgrade(settings(url), revision)


def revise(url: str, message: str) -> None:
    """Write the next migration: the difference between the migrated database and the models."""
    number = len(list(_scripts().walk_revisions())) + 1
    command.revision(settings(url), message, autogenerate=True, rev_id=f"{number:04}")


def problem(engine: Engine) -> str:
    """What keeps the database from being used, in a few words; empty if nothing does."""
    try:
        with engine.connect() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError:
        return "the database does not answer"
    return "" if set(heads) == set(_scripts().get_heads()) else "the schema is not current"


def settings(url: str) -> Config:
    """What Alembic's own commands want to know about the database at an SQLAlchemy `url`."""
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))
