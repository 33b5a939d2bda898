"""The one clock of the emulated world: it runs like the real one and can be turned."""

import time
from datetime import UTC, datetime


class Clock:
    """Gives the time to everything that expires; UTC epoch seconds."""

    def __init__(self) -> None:
        self.turned = 0.0

    def now(self) -> float:
        """Return the current time in UTC epoch seconds."""
        return time.time() + self.turned

    def turn(self, seconds: float) -> float:
        """Move the clock by that many seconds (negative: backwards) and return the new time."""
        self.turned += seconds
        return self.now()

    def iso(self, moment: float | None = None) -> str:
        """Write a moment (now, unless given) as ISO 8601 with an offset, as Bitrix24 does."""
        at = self.now() if moment is None else moment
        return datetime.fromtimestamp(int(at), UTC).isoformat()
