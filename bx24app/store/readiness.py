"""Whether the database can be worked with, found out within two seconds whatever it does."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillAsking
from pathlib import Path
from threading import Lock

from sqlalchemy import NullPool
from sqlalchemy.engine import make_url

from bx24app.store import postgresql, schema
from bx24app.store.database import Database

PATIENCE = 2.0
"""Seconds."""
SILENT = "the database does not answer"
FULL = "the disk of the database is full"
LEAST_SPACE = 16 * 1024 * 1024
"""Bytes that an SQLite file and its log need to go on for a while."""


class Readiness:
    """Asks the database in a thread of its own, so that a health check does not hang with it."""

    def __init__(self, database: Database) -> None:
        """Nothing is asked yet."""
        self._database = database
        self._lock = Lock()
        self._asker: ThreadPoolExecutor | None = None
        self._answer: Future[str] | None = None

    def problem(self) -> str:
        """What keeps the database from being used, in a few words; empty if nothing does."""
        with self._lock:
            # One question at a time: a database that hangs must not collect threads.
            if self._answer is None or self._answer.done():
                self._asker = self._asker or ThreadPoolExecutor(1, "readiness")
                self._answer = self._asker.submit(self._ask)
            answer = self._answer
        try:
            # Outside the lock, so that all callers wait for the same answer at once.
            return answer.result(PATIENCE)
        except StillAsking:
            return SILENT

    def _ask(self) -> str:
        if self._database.engine.dialect.name != "postgresql":
            return schema.problem(self._database.engine) or self._space()
        # Not by the pool, whose connections may all be waiting for a database that hung.
        engine = postgresql.engine(
            self._database.url, patience=PATIENCE, connect_seconds=2, pool=NullPool
        )
        try:
            return schema.problem(engine)
        finally:
            engine.dispose()

    def _space(self) -> str:
        name = make_url(self._database.url).database or ""
        folder = Path(name).parent
        # In memory, or not made yet: there is no disk to judge.
        if not name or not folder.is_dir():
            return ""
        # f_bavail, not f_bfree: the rest is reserved for root.
        disk = os.statvfs(folder)
        return FULL if disk.f_bavail * disk.f_frsize < LEAST_SPACE else ""
