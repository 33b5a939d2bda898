"""Limits how often an address may send calls that turn out to come from no portal of ours.

Whatever comes in has to be verified at an authorization server, which takes few requests at once.
An address that keeps sending what cannot be proven is refused before the next such request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bx24app.bitrix24.errors import NotProven
from bx24app.errors import Error
from bx24app.i18n import N_

BURST = 600
"""Unproven calls of one address at once; many people may share one."""
DRAIN = 2.0
"""Unproven calls a second that are forgotten again."""
MOST_ADDRESSES = 10_000
"""Addresses that are remembered; beyond, the longest known are forgotten."""


class TooManyUnproven(Error):
    """The address has sent too much that could not be proven; nothing was looked at."""

    code = "portal_busy"
    message = N_(
        "Too many calls from your address could not be proven. Wait a minute and try again."
    )


class Strangers:
    """The addresses that have sent unproven calls lately, in this process."""

    def __init__(
        self, burst: int = BURST, drain: float = DRAIN, most_addresses: int = MOST_ADDRESSES
    ) -> None:
        """See BURST, DRAIN and MOST_ADDRESSES."""
        self._burst, self._drain, self._most_addresses = burst, drain, most_addresses
        self._due: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def call_from(self, address: str) -> Iterator[None]:
        """Let one call be verified, and count it where it turns out to be unproven.

        Raises TooManyUnproven without asking the authorization server.
        """
        # A leaky bucket, kept as the moment at which it is empty. It is read without the lock: a
        # stale value only lets another call be verified.
        left = self._due.get(address, 0.0) - time.monotonic() - self._burst / self._drain
        if left > 0:
            raise TooManyUnproven(retryable=True, retry_after=left)
        try:
            yield
        except NotProven:
            # Only here: a portal's many people may share an address, and their calls are proven.
            self._count(address)
            raise

    def _count(self, address: str) -> None:
        now = time.monotonic()
        with self._lock:
            # Removed and inserted again, so that the first key is the one that was quiet the
            # longest.
            due = max(self._due.pop(address, now), now) + 1 / self._drain
            while len(self._due) >= self._most_addresses:
                self._due.pop(next(iter(self._due)))
            self._due[address] = due
