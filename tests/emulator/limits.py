"""Limits of a portal: the leaky bucket of requests and the operating time of methods."""

import math
import time
from dataclasses import dataclass, field

BASKET_SECONDS = 60
BASKETS = 10


@dataclass
class Bucket:
    """A leaky bucket: `threshold` requests at once, emptied at `rate` per second."""

    threshold: float
    rate: float
    level: float = 0.0
    at: float = 0.0
    refused: int = 0

    def admits(self, now: float) -> bool:
        """Count a request at that moment; False when the bucket would overflow."""
        self.level = max(0.0, self.level - (now - self.at) * self.rate) if self.at else 0.0
        self.at = now
        if self.level + 1 > self.threshold:
            self.refused += 1
            return False
        self.level += 1
        return True


@dataclass
class Operating:
    """Execution time per method in ten one-minute baskets.

    `cost` is what every call is said to take, in seconds; None counts the real time.
    """

    limit: float
    cost: float | None = None
    baskets: dict[tuple[str, int], float] = field(default_factory=dict)

    def used(self, method: str, now: float) -> float:
        """Give the seconds the method has used in the last ten minutes."""
        oldest = int(now // BASKET_SECONDS) - BASKETS + 1
        return sum(s for (name, at), s in self.baskets.items() if name == method and at >= oldest)

    def reset_at(self, method: str, now: float) -> int:
        """Give the moment (UTC epoch seconds) when the oldest basket in use drops out."""
        oldest = int(now // BASKET_SECONDS) - BASKETS + 1
        used = [at for name, at in self.baskets if name == method and at >= oldest]
        return int((min(used, default=int(now // BASKET_SECONDS)) + BASKETS) * BASKET_SECONDS)

    def spend(self, method: str, now: float, seconds: float) -> None:
        """Count a call."""
        key = (method, math.floor(now / BASKET_SECONDS))
        self.baskets[key] = self.baskets.get(key, 0.0) + (
            seconds if self.cost is None else self.cost
        )


@dataclass
class Limits:
    """The limits of every portal, by member_id. No bucket unless one was switched on."""

    buckets: dict[str, Bucket] = field(default_factory=dict)
    operating: dict[str, Operating] = field(default_factory=dict)
    use_clock: bool = False

    def admits(self, member_id: str, clock_now: float) -> bool:
        """Count a request of a portal; False when it is over its rate."""
        bucket = self.buckets.get(member_id)
        now = clock_now if self.use_clock else time.monotonic()
        return bucket is None or bucket.admits(now)

    def stopwatch(self, member_id: str) -> Operating:
        """Give the operating times of a portal; without a limit they are only measured."""
        return self.operating.setdefault(member_id, Operating(math.inf))

    @property
    def refused(self) -> int:
        """How many requests were refused for their rate."""
        return sum(bucket.refused for bucket in self.buckets.values())
