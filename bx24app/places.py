"""Places: how much of this process the programs of one portal may take up.

A program waits for its turn at a busy portal, and while it waits it keeps a thread. So there are
places for it, fewer than threads: people, and the programs of other portals, find one free.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bx24app.bitrix24.errors import Busy, Crowded
from bx24app.bitrix24.gate import PATIENCE, Gates

MOST = 32
"""Calls of one portal's programs at once: half of the threads of `make serve`."""


class Places:
    """The places of every portal in this process."""

    def __init__(self) -> None:
        """Nobody is here yet."""
        self._gates = Gates(MOST, PATIENCE)

    @contextmanager
    def one(self, member_id: str) -> Iterator[None]:
        """A place for the time of one call.

        Whoever finds none waits a little while calls are quick; otherwise, and when they are slow,
        raises Busy: nothing was done.
        """
        with ExitStack() as place:
            try:
                place.enter_context(self._gates.to(member_id).passage())
            except Crowded:
                raise Busy(retry_after=PATIENCE) from None
            yield
