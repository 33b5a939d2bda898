"""Prolongs leases: one thread regularly reports what this process is still working on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger("bx24app.heartbeat")


class Heartbeat:
    """Calls a function every few seconds with the names of all work that is under way.

    The thread begins with the first work and ends when there is none.
    """

    def __init__(self, beat: Callable[[set[str]], None], seconds: float) -> None:
        """`beat` may fail: that is logged, and it is called again `seconds` later."""
        self._beat = beat
        self._seconds = seconds
        self._names: set[str] = set()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._pause = threading.Event()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Name one piece of work for as long as it lasts."""
        with self._lock:
            # The work starts although the thread may not: its lease then ends, which is safe.
            self._names.add(name)
            self._start()
        try:
            yield
        finally:
            with self._lock:
                self._names.discard(name)

    def _start(self) -> None:
        """Start the thread unless it runs; where the system has none left, the next work tries."""
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            log.exception("no thread for signs of life")
        else:
            self._thread = thread

    def _run(self) -> None:
        while True:
            self._pause.wait(self._seconds)
            with self._lock:
                names = set(self._names)
                # Under the lock: work that begins now either is seen here or starts a new thread.
                if not names:
                    self._thread = None
                    return
            try:
                # Outside the lock, because it waits for the database.
                self._beat(names)
            except Exception:
                # The next beat tries again, and leases last for several of them.
                log.exception("a sign of life could not be given")
