"""Signs of life: one thread tells regularly what this process is still working on."""

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
                if not names:
                    self._thread = None
                    return
            try:
                self._beat(names)
            except Exception:
                log.exception("a sign of life could not be given")
