"""A bulkhead to every server: how many may wait for its answer at once, for none may hold us up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bx24app.bitrix24.errors import BulkheadFull, Busy

WIDTH = 16
"""Requests of one process to one server at once; a quarter of the threads that serve people."""
PATIENCE = 5.0
"""Seconds: a server that takes longer is slow, until it has answered faster again."""


class Bulkhead:
    """The way to one server.

    While it answers quickly, whoever finds the bulkhead full waits for a slot; once it is slow,
    they are sent away at once: a thread that waits is missing elsewhere.
    """

    def __init__(self, width: int = WIDTH, patience: float = PATIENCE) -> None:
        """Let `width` through at once; see PATIENCE."""
        self._width = width
        self._patience = patience
        self._inside: list[float] = []
        self._slow = False
        self._left = threading.Condition()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Be inside for the time of one request; raises Crowded, and nothing was sent."""
        came = self._enter()
        try:
            yield
        finally:
            with self._left:
                self._inside.remove(came)
                self._slow = time.monotonic() - came > self._patience
                self._left.notify()

    def _enter(self) -> float:
        with self._left:
            while len(self._inside) >= self._width:
                left = max(self._inside) + self._patience - time.monotonic()
                if self._slow or left <= 0:
                    self._slow = True
                    raise BulkheadFull(description="too many wait for this server")
                self._left.wait(left)
            came = time.monotonic()
            self._inside.append(came)
            return came


class Bulkheads:
    """The bulkheads to all servers, or to whatever else is known by a name."""

    def __init__(self, width: int = WIDTH, patience: float = PATIENCE) -> None:
        """No server has been asked yet; see Gate."""
        self._width, self._patience = width, patience
        self._bulkheads: dict[str, Bulkhead] = {}

    def build(self, name: str, width: int, patience: float) -> None:
        """Give a server a bulkhead of its own measures; see Gate."""
        self._bulkheads[name] = Bulkhead(width, patience)

    def to(self, name: str) -> Bulkhead:
        """The one bulkhead to a server: its origin is its name."""
        bulkhead = self._bulkheads.get(name)
        return bulkhead or self._bulkheads.setdefault(name, Bulkhead(self._width, self._patience))


PROGRAMS_PER_PORTAL = 32
"""Calls of one portal's programs at once: half of the threads of `make serve`."""


class ProgramBulkhead:
    """How many programs of each portal may wait in this process.

    A program waits for its permit at a busy portal, and keeps a thread meanwhile. So fewer of them
    than threads are let in: people, and the programs of other portals, find one free.
    """

    def __init__(self) -> None:
        """Nobody is here yet."""
        self._bulkheads = Bulkheads(PROGRAMS_PER_PORTAL, PATIENCE)

    @contextmanager
    def slot(self, member_id: str) -> Iterator[None]:
        """A place for the time of one call.

        Whoever finds none waits a little while calls are quick; otherwise, and when they are slow,
        raises Busy: nothing was done.
        """
        with ExitStack() as slot:
            try:
                slot.enter_context(self._bulkheads.to(member_id).slot())
            except BulkheadFull:
                raise Busy(retry_after=PATIENCE) from None
            yield
