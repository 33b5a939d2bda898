"""The schema of the database: bring it up to date, and say whether it is."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from bx24app.store.database import Database

FOLDER = Path(__file__).parents[2] / "migrations"


class Migrations:
    """The steps in `migrations/`, for one database."""

    def __init__(self, database: Database) -> None:
        """Work on `database`."""
        self._database = database
        self._head = ScriptDirectory.from_config(self._config()).get_current_head()

    def upgrade(self, revision: str = "head") -> None:
        """Bring the schema up to a revision."""
        command.upgrade(self._config(), revision)

    def downgrade(self, revision: str) -> None:
        """Take the schema back to a revision."""
        command.downgrade(self._config(), revision)

    def problem(self) -> str:
        """What keeps the database from being used, in a few words without names; empty if nothing."""
        try:
            with self._database.engine.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        except SQLAlchemyError:
            return "the database does not answer"
        return "" if current == self._head else "the schema is not current"

    def _config(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
        config.attributes["url"] = self._database.url
        return config
