"""The clock of a database server, which decides for all machines that store times in it.

Nothing but stored times is in the server's time: what is written is shifted by the difference
to this machine's clock, and what is read is shifted back. So the application computes with its own
clock, and machines whose clocks differ by an hour still agree on leases and pauses.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

EVERY = 60.0
"""Seconds between two measurements; each costs one round trip in a transaction."""
TOLERATED = 2.0
"""Seconds by which clocks may differ: below, stored moments are read back as they were written."""
SLOW = 1.0
"""Seconds of a round trip that is too long to measure by."""
CLOCK = "bx24app_server_clock"
"""The attribute of a dialect that has one; SQLite's has none, since it is on this machine."""
STATEMENT = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


class ServerClock:
    """How far the server's clock is ahead of this machine's."""

    def __init__(self) -> None:
        """Nothing is measured yet, and the clocks count as equal."""
        self.ahead = 0.0
        """Seconds, as measured last."""
        self.shift = timedelta()
        """The same in whole seconds; it stays while the clocks keep their distance."""
        self._at: tuple[float, float] | None = None
        """The monotonic time of the last measurement, and this machine's clock above it."""

    @property
    def is_due(self) -> bool:
        """Whether it is time to measure: at first, once a minute, and after a clock was turned."""
        if self._at is None:
            return True
        at, above = self._at
        now = time.monotonic()
        return not 0 <= now - at < EVERY or abs(time.time() - now - above) > SLOW

    def measure(self, ask: Callable[[], float]) -> None:
        """Compare the clocks; `ask` gives the server's, in epoch seconds."""
        began = time.time()
        server, ended, now = ask(), time.time(), time.monotonic()
        self._at = now, ended - now
        # An answer that was long under way says little, unless the clocks are far apart.
        ahead = server - (began + ended) / 2
        if abs(ahead - self.ahead) <= abs(ended - began) and abs(ended - began) > SLOW:
            return
        self.ahead = ahead
        if abs(ahead - self.shift.total_seconds()) > TOLERATED:
            self.shift = timedelta(seconds=round(ahead))
