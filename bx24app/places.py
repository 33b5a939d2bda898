"""Places: how much of this process the programs of one portal may take up.

A program waits for its turn at a busy portal, and while it waits it keeps a thread. So there are
places for it, fewer than threads: people, and the programs of other portals, always find one free.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from bx24app.bitrix24.errors import Busy

MOST = 32
"""Calls of one portal's programs at once: half of the threads of `make serve`."""
RETRY_AFTER = 5.0
"""Seconds after which a place may well be free again."""


class Places:
    """The places that are taken in this process, by portal."""

    def __init__(self, most: int = MOST) -> None:
        """Nobody is here yet; there are `most` places for each portal."""
        self._most = most
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def one(self, member_id: str) -> Iterator[None]:
        """A place for the time of one call; raises Busy, and nothing was done, if none is free."""
        with self._lock:
            if self._taken[member_id] >= self._most:
                raise Busy(retry_after=RETRY_AFTER)
            self._taken[member_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[member_id] -= 1
                self._taken += Counter()  # forgets portals of which nobody is here
