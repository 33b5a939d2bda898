"""The schema of the database: bring it up, take it down, say what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bx24app.store.database import Database

NOT_CURRENT = "the schema is not current"
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at an SQLAlchemy `url` up to a revision; nothing to do is fine.

    Neither has an older version of this application anything to do where a newer one has been.
    """
    try:
        command.upgrade(settings(url), revision)
    except CommandError:
        # Alembic does not know the newer revision; during a rollback that is no error.
        if revision != "head" or not _was_upgraded_by_a_newer(url):
            raise


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database down to a revision; `base` leaves no table of ours."""
    command.downgrade(settings(url), revision)


def revise(url: str, message: str) -> None:
    """Write the next migration: the difference between the migrated database and the models."""
    # Numbers, not Alembic's random ids: _is_enough compares them.
    number = len(list(_scripts().walk_revisions())) + 1
    command.revision(settings(url), message, autogenerate=True, rev_id=f"{number:04}")


def problem(engine: Engine) -> str:
    """What keeps the database from being used, in a few words; empty if nothing does."""
    try:
        with engine.connect() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError:
        return "the database does not answer"
    return "" if _is_enough(heads) else NOT_CURRENT


def settings(url: str) -> Config:
    """What Alembic's own commands want to know about the database at an SQLAlchemy `url`."""
    config = Config(attributes={"url": url})
    # ConfigParser takes % for an interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _is_enough(heads: Sequence[str]) -> bool:
    """Whether the schema is this version's or a newer one's, with which this version works too.

    Revisions are numbers, so a newer one is known by its number although we have never heard of it.
    """
    scripts = _scripts()
    # During an update, and after a rollback, the previous release meets the newer schema.
    known, current = {script.revision for script in scripts.walk_revisions()}, scripts.get_heads()
    if set(heads) == set(current):
        return True
    return bool(heads) and all(head not in known and head > max(current) for head in heads)


def _was_upgraded_by_a_newer(url: str) -> bool:
    database = Database(url)
    try:
        return problem(database.engine) == ""
    finally:
        database.close()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))
