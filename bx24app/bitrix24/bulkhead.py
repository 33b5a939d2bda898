"""Bulkheads: how many requests may wait for one server, or for one portal, at once.

Each request that waits occupies a thread, which then cannot serve anybody else.
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
    """Limits how many requests this process has under way to one server.

    While the server answers quickly, a request that finds all slots taken waits for one; once the
    server is slow, it is refused at once, so that no more threads wait.
    """

    def __init__(self, width: int = WIDTH, patience: float = PATIENCE) -> None:
        """Allow `width` requests at once; see PATIENCE."""
        self._width = width
        self._patience = patience
        self._inside: list[float] = []
        self._slow = False
        self._left = threading.Condition()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot for one request; raises BulkheadFull before anything is sent."""
        came = self._enter()
        try:
            yield
        finally:
            with self._left:
                # Start times stand for requests; of two equal ones either may go.
                self._inside.remove(came)
                # The last answer decides, so one quick answer lets requests wait again.
                self._slow = time.monotonic() - came > self._patience
                self._left.notify()

    def _enter(self) -> float:
        with self._left:
            while len(self._inside) >= self._width:
                # When even the youngest request has been out for `patience`, all slots hang.
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
        # setdefault is atomic: two threads that come first get the same bulkhead.
        bulkhead = self._bulkheads.get(name)
        return bulkhead or self._bulkheads.setdefault(name, Bulkhead(self._width, self._patience))


class PassingBulkheads:
    """Bulkheads by names that callers choose; each is dropped when its last user leaves."""

    def __init__(self, width: int, patience: float) -> None:
        """See Bulkhead."""
        self._width, self._patience = width, patience
        self._used: dict[str, tuple[Bulkhead, int]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def slot(self, name: str) -> Iterator[None]:
        """Hold a slot of that name; raises BulkheadFull."""
        fresh = Bulkhead(self._width, self._patience)
        with self._lock:
            # Users are counted because the names are not verified: a flood of invented ones
            # must not stay in memory.
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
"""Requests of one portal's programs among these; the rest stays free for its people."""


@dataclass
class _Visitors:
    """The requests about one portal: since when each is worked on (monotonic clock)."""

    since: list[float] = field(default_factory=list)
    programs: int = 0
    slow: bool = False


class PortalBulkhead:
    """How many requests about each portal, by people and programs, this process works on at once.

    A portal may hold as many slots as are left free: one alone nearly half of them, and each
    further slow one fewer, so that the next portal always finds one. While a portal answers
    quickly, a request without a slot waits; once it is slow, or too many wait already, the request
    is refused at once.
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
        """Hold a slot for one request; where none is free, nothing was done.

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
                # The entry of a slow portal stays: the next request is judged by it.
                if not portal.since and not portal.slow:
                    del self._portals[member_id]
                # Not notify(): it might wake a request of another portal that cannot use this slot.
                self._left.notify_all()

    def _enter(self, member_id: str, person: bool) -> float:
        with self._left:
            # Measured once: being woken without getting a slot does not extend the wait.
            end = time.monotonic() + self._patience
            while not self._has_place(member_id, person):
                now = time.monotonic()
                # Waiting is for short peaks: a slow portal would only collect threads here.
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
        # Compared with what is free now: the more portals are slow, the fewer slots each gets.
        return len(portal.since) < min(self._per_portal, self._room - self._inside)

    def _is_slow(self, member_id: str, now: float) -> bool:
        portal = self._portals.get(member_id)
        if portal is None or not portal.since:
            return False
        return portal.slow or max(portal.since) + self._patience <= now

    def _is_crowded(self) -> bool:
        return self._inside + self._waiting >= self._room
