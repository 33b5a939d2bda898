"""A gate to every server: how many may wait for its answer at once, for none may hold us up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bx24app.bitrix24.errors import Crowded

WIDTH = 16
"""Requests of one process to one server at once; a quarter of the threads that serve people."""
PATIENCE = 5.0
"""Seconds: a server that takes longer is slow, until it has answered faster again."""


class Gate:
    """The way to one server.

    While it answers quickly, whoever finds the gate full waits for a place; once it is slow, they
    are sent away at once: a thread that waits is missing elsewhere.
    """

    def __init__(self, width: int = WIDTH, patience: float = PATIENCE) -> None:
        """Let `width` through at once; see PATIENCE."""
        self._width = width
        self._patience = patience
        self._inside: list[float] = []
        self._slow = False
        self._left = threading.Condition()

    @contextmanager
    def passage(self) -> Iterator[None]:
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
                    raise Crowded(description="too many wait for this server")
                self._left.wait(left)
            came = time.monotonic()
            self._inside.append(came)
            return came


class Gates:
    """The gates to all servers, or to whatever else is known by a name."""

    def __init__(self, width: int = WIDTH, patience: float = PATIENCE) -> None:
        """No server has been asked yet; see Gate."""
        self._width, self._patience = width, patience
        self._gates: dict[str, Gate] = {}

    def build(self, name: str, width: int, patience: float) -> None:
        """Give a server a gate of its own measures; see Gate."""
        self._gates[name] = Gate(width, patience)

    def to(self, name: str) -> Gate:
        """The one gate to a server: its origin is its name."""
        gate = self._gates.get(name)
        return gate or self._gates.setdefault(name, Gate(self._width, self._patience))
