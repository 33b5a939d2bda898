"""Bulkheads: how many requests may wait for one server, or for one portal, at once.

Requests wait in threads, and a thread that waits is missing elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

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
        """Be inside for the time of one request; raises BulkheadFull, and nothing was sent."""
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
    """The bulkheads to all servers."""

    def __init__(self, width: int = WIDTH, patience: float = PATIENCE) -> None:
        """No server has been asked yet; see Bulkhead."""
        self._width, self._patience = width, patience
        self._bulkheads: dict[str, Bulkhead] = {}

    def build(self, name: str, width: int, patience: float) -> None:
        """Give a server a bulkhead of its own measures; see Bulkhead."""
        self._bulkheads[name] = Bulkhead(width, patience)

    def to(self, name: str) -> Bulkhead:
        """The one bulkhead to a server: its origin is its name."""
        bulkhead = self._bulkheads.get(name)
        return bulkhead or self._bulkheads.setdefault(name, Bulkhead(self._width, self._patience))


class PassingBulkheads:
    """Bulkheads by names that anybody may make up: each lives as long as somebody uses it."""

    def __init__(self, width: int, patience: float) -> None:
        """See Bulkhead."""
        self._width, self._patience = width, patience
        self._used: dict[str, tuple[Bulkhead, int]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def slot(self, name: str) -> Iterator[None]:
        """Be inside for a while; raises BulkheadFull."""
        fresh = Bulkhead(self._width, self._patience)
        with self._lock:
            bulkhead, users = self._used.get(name, (fresh, 0))
            self._used[name] = bulkhead, users + 1
        try:
            with bulkhead.slot():
                yield
        finally:
            with self._lock:
                bulkhead, users = self._used.pop(name)
                if users > 1:
                    self._used[name] = bulkhead, users - 1


ROOM = 56
"""Requests about portals that one process works on at once.

`make serve` gives it 64 threads: health, readiness and refusals always find a free one.
"""
PER_PORTAL = 24
"""Requests about one portal among them."""
PROGRAMS_PER_PORTAL = 16
"""Requests of one portal's programs among these: its people find a place beside them."""


@dataclass
class _Visitors:
    """The requests about one portal: since when each is worked on (monotonic clock)."""

    since: list[float] = field(default_factory=list)
    programs: int = 0
    slow: bool = False


class PortalBulkhead:
    """How many requests about each portal, by people and programs, this process works on at once.

    A portal may use as much room as is left free: one alone nearly half of it, and each further
    slow one less, so that there is always a place for the next. While a portal answers quickly,
    whoever finds no place waits; once it is slow, or too many wait already, they are sent away at
    once.
    """

    def __init__(
        self,
        room: int = ROOM,
        per_portal: int = PER_PORTAL,
        programs: int = PROGRAMS_PER_PORTAL,
        patience: float = PATIENCE,
    ) -> None:
        """See ROOM, PER_PORTAL, PROGRAMS_PER_PORTAL and PATIENCE."""
        self._room, self._per_portal, self._programs = room, per_portal, programs
        self._patience = patience
        self._portals: dict[str, _Visitors] = {}
        self._inside = self._waiting = 0
        self._left = threading.Condition()

    @contextmanager
    def slot(self, member_id: str, *, person: bool) -> Iterator[None]:
        """A place for the time of one request; nothing was done where there is none.

        Raises Busy for a program, which shall come again, and BulkheadFull for a person. The
        portal has been proven or found in the database, so the number of portals is bounded.
        """
        came = self._enter(member_id, person)
        try:
            yield
        finally:
            with self._left:
                portal = self._portals[member_id]
                portal.since.remove(came)
                portal.programs -= not person
                portal.slow = time.monotonic() - came > self._patience
                self._inside -= 1
                if not portal.since and not portal.slow:
                    del self._portals[member_id]
                self._left.notify_all()

    def _enter(self, member_id: str, person: bool) -> float:
        with self._left:
            end = time.monotonic() + self._patience
            while not self._has_place(member_id, person):
                now = time.monotonic()
                if now >= end or self._is_slow(member_id, now) or self._is_crowded():
                    raise (BulkheadFull if person else Busy)(retry_after=self._patience)
                self._waiting += 1
                self._left.wait(end - now)
                self._waiting -= 1
            came = time.monotonic()
            portal = self._portals.setdefault(member_id, _Visitors())
            portal.since.append(came)
            portal.programs += not person
            self._inside += 1
            return came

    def _has_place(self, member_id: str, person: bool) -> bool:
        portal = self._portals.get(member_id, _Visitors())
        if not person and portal.programs >= self._programs:
            return False
        return len(portal.since) < min(self._per_portal, self._room - self._inside)

    def _is_slow(self, member_id: str, now: float) -> bool:
        portal = self._portals.get(member_id)
        if portal is None or not portal.since:
            return False
        return portal.slow or max(portal.since) + self._patience <= now

    def _is_crowded(self) -> bool:
        return self._inside + self._waiting >= self._room
