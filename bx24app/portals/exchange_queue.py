"""Exchanges that wait to be written into the journal: bounded, the oldest are lost beyond."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

MOST_WAITING = 2000
"""Rows that wait for the database."""
MOST_CHARACTERS = 16 * 1024 * 1024
"""Characters of all their requests and responses together."""


class WaitingExchange(NamedTuple):
    """A row to be written."""

    row: dict[str, Any]
    visit: bool
    """Whether the portal may be none of ours."""
    waited: float = 0.0
    """Seconds that it had to wait for the rate limit."""

    @property
    def characters(self) -> int:
        """How long its request and response are."""
        return len(self.row["request"]) + len(self.row["response"])


class ExchangeQueue:
    """Rows in the order of their exchanges; all threads of a process add to it."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._rows: deque[WaitingExchange] = deque()
        self._characters = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many rows wait."""
        return len(self._rows)

    def add(self, one: WaitingExchange) -> None:
        """Let a row wait behind the others."""
        with self._lock:
            self._rows.append(one)
            self._characters += one.characters
            self._lose_oldest()

    def take(self) -> list[WaitingExchange]:
        """Everything that waits; nothing waits afterwards."""
        with self._lock:
            taken = list(self._rows)
            self._rows.clear()
            self._characters = 0
        return taken

    def put_back(self, taken: Sequence[WaitingExchange]) -> None:
        """Let rows that could not be written wait again, before those that came meanwhile."""
        with self._lock:
            self._rows.extendleft(reversed(taken))
            self._characters += sum(one.characters for one in taken)
            self._lose_oldest()

    def _lose_oldest(self) -> None:
        while len(self._rows) > MOST_WAITING or self._characters > MOST_CHARACTERS:
            self._characters -= self._rows.popleft().characters
