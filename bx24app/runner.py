"""Carries out queued work in the background, in threads of each worker process.

Work is rows with leases in queues such as `blueprints.plan_queue`: a process takes one, gives signs
of life while it works, and what a killed one has left is taken up when its lease has ended.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from bx24app.errors import Error

AT_ONCE = 8
"""Pieces of work that one process carries out at the same time, each on another portal."""
LOOKS = 6
"""Looks, in the time of a lease, for work that somebody else has queued or left."""

log = logging.getLogger("bx24app.runner")


class Queue(Protocol):
    """Where work comes from."""

    def take(self, owner: str) -> Callable[[], None] | None:
        """Take the next piece of work for a process; None where there is none.

        Calling what is given carries it out. Raises Error, such as DatabaseAway.
        """


class Runner:
    """The background threads of one process; they begin with `wake`."""

    def __init__(self, lease: timedelta) -> None:
        """At first there is nothing to do; see `serve`. What is left has a `lease` to run out."""
        self._pause = lease.total_seconds() / LOOKS
        self._queues: list[Queue] = []
        self._name = ""
        self._process = 0
        self._slots = threading.Semaphore(AT_ONCE)
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def serve(self, queue: Queue) -> None:
        """Take work from a queue as well, where those before it have none."""
        self._queues.append(queue)

    def wake(self) -> None:
        """There may be work: look now. Starts the threads of this process where there are none."""
        with self._lock:
            # Threads do not survive a fork, so each process begins anew.
            if self._process != os.getpid():
                self._process = os.getpid()
                self._name = secrets.token_hex(16)
                self._slots = threading.Semaphore(AT_ONCE)
                self._news = threading.Event()
                self._start(self._run, "runner")
        self._news.set()

    def close(self) -> None:
        """Take nothing more and wait for what is under way, as tests do at their end."""
        self._closed = True
        self._news.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self) -> None:
        while not self._closed:
            self._news.clear()
            try:
                while not self._closed and self._take():
                    pass
            except Error as error:
                # The database is away; the next look tries again.
                log.warning("no look for work", extra={"error": error.code})
            except Exception:
                log.exception("no look for work")
            self._news.wait(self._pause)

    def _take(self) -> bool:
        """Take one piece of work and start on it; False where there is none or no thread free."""
        if not self._slots.acquire(blocking=False):
            return False
        work = None
        try:
            for queue in self._queues:
                work = work or queue.take(self._name)
        finally:
            if work is None:
                self._slots.release()
        if work is None:
            return False
        taken = work
        self._start(lambda: self._work(taken), "work")
        return True

    def _work(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            # Its lease ends, and then it is taken up again.
            log.exception("work was left")
        finally:
            self._slots.release()
            self._news.set()

    def _start(self, work: Callable[[], None], name: str) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        # Daemons: a worker that is told to stop does not wait; what it leaves is taken up.
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
