"""An upgrade without a gap: this version goes on while the next one has changed the schema."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from alembic import command
from sqlalchemy import inspect, text

from bx24app.store import schema
from bx24app.store.database import Database
from tests.support.databases import Postgresql, Sqlite
from tests.support.samples import LEAST
from tests.support.service import Service, running

pytestmark = pytest.mark.slow

NEXT = '''"""What a next version may do: add a table and columns that may be empty."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))
    for table in ("portals", "oauth_tokens", "exchanges", "plans"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("note", sa.String(20), nullable=True))


def downgrade():
    raise NotImplementedError
'''


def upgrade_to_next(url: str, folder: Path) -> None:
    """Run the migrations of the next version: ours, and one more."""
    migrations = folder / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    (migrations / "versions" / "0002_next.py").write_text(NEXT, encoding="utf-8")
    settings = schema.settings(url)
    settings.set_main_option("script_location", str(migrations))
    command.upgrade(settings, "head")


@contextmanager
def working(service: Service) -> Iterator[list[requests.Response]]:
    """A program that reads, creates and changes flows all the time; gives what it is answered."""
    answers: list[requests.Response] = []
    ended = threading.Event()

    def work() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            answers.append(service.send("GET"))
            made = service.send("POST", json=LEAST | {"name": f"Meanwhile {number}"})
            answers.append(made)
            if made.status_code == 201:
                address = f"{service.flows}/{made.json()['id']}/active"
                answers.append(service.send("PUT", address, json={"active": False}))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield answers
    finally:
        ended.set()
        thread.join()


def has_next(url: str) -> bool:
    """Whether the next version's table is there."""
    database = Database(url)
    try:
        return inspect(database.engine).has_table("notes")
    finally:
        database.close()


def test_this_version_works_beside_the_next_ones_schema(
    databases: Sqlite | Postgresql, tmp_path: Path
) -> None:
    url = databases.migrated()
    with running(url, workers=2, threads=4, bucket="10000:1000") as service:
        ready = f"{service.world.app_url}/readyz"
        with working(service) as answers:
            while len(answers) < 6:
                ready_before = service.send("GET", ready).status_code
            upgrade_to_next(url, tmp_path)
            upgraded_at = len(answers)
            while len(answers) < upgraded_at + 12:
                ready_after = service.send("GET", ready).status_code
        assert has_next(url)
        assert (ready_before, ready_after) == (200, 200)
        assert {answer.status_code for answer in answers} == {200, 201}
        # People too, and a token that is refreshed into the changed table.
        service.control.expire_tokens(service.portal.host)
        assert service.open().status_code == 200
        assert service.send("GET").status_code == 200


def test_a_migration_gives_way_to_work_that_crosses_it(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    url = postgresql.migrated()
    database = Database(url)
    upgrading = threading.Thread(target=upgrade_to_next, args=(url, tmp_path))
    try:
        with database.engine.begin() as work:
            # The migration takes portals first and wants this one next.
            work.execute(text("LOCK TABLE oauth_tokens IN ROW EXCLUSIVE MODE"))
            upgrading.start()
            wait_for_lock(database, "portals")
            # Together with the lock above this is a deadlock, unless the migration lets go.
            work.execute(text("SELECT count(*) FROM portals"))
        upgrading.join(30)
        assert has_next(url)
    finally:
        database.close()


def wait_for_lock(database: Database, table: str) -> None:
    """Return once a transaction has the whole table to itself."""
    held = text(
        "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock'"
        " AND relation = to_regclass(:table)"
    )
    while True:
        with database.engine.connect() as looking:
            if looking.execute(held, {"table": table}).scalar_one():
                return
        time.sleep(0.01)


def test_it_can_be_gone_back_to(databases: Sqlite | Postgresql, tmp_path: Path) -> None:
    url = databases.migrated()
    upgrade_to_next(url, tmp_path)
    # What `make serve` does first; for a version that is older than the schema it is nothing.
    schema.upgrade(url)
    with running(url, workers=1, threads=2) as service:
        assert service.send("GET", f"{service.world.app_url}/readyz").status_code == 200
        assert service.send("POST", json=LEAST | {"name": "After all"}).status_code == 201
