"""The `time` part of an answer: how long a method has run, and when that is reset.

The moments in it are the portal's, whose clock may differ from ours by a day. So only differences
between two of its moments are used, and they are bounded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

SHORTEST, LONGEST = 1.0, 600.0
"""Seconds; execution time is counted over ten minutes (Bitrix24 docs, limits)."""
RESET_PERIOD = 60.0
"""Seconds to wait where the portal does not say or contradicts itself: it forgets by the minute."""


class OperatingTime(NamedTuple):
    """What an answer says of its method's execution time."""

    used: float
    """Seconds that the method has run in the last ten minutes."""
    reset_in: float
    """Seconds until some of that is forgotten, 1 to 600."""


def parse_operating_time(block: Any) -> OperatingTime | None:
    """The execution time in a `time` block; None where it says nothing, as Bitrix24 may."""
    used = _number(block.get("operating")) if isinstance(block, dict) else None
    return None if used is None else OperatingTime(used, seconds_to_reset(block))


def seconds_to_reset(block: Any) -> float:
    """Seconds from the answer's own time to `operating_reset_at`, at most 600.

    RESET_PERIOD where the portal does not name both moments (one alone cannot be compared with our
    clock), or where the reset is over, which would make us ask at once, again and again.
    """
    if not isinstance(block, dict):
        return RESET_PERIOD
    reset_at, finished = _number(block.get("operating_reset_at")), _finished(block)
    if reset_at is None or finished is None or reset_at <= finished:
        return RESET_PERIOD
    # The difference is a hint too: zero would not wait, and a wrong clock would wait for days.
    return min(max(reset_at - finished, SHORTEST), LONGEST)


def _finished(block: dict[str, Any]) -> float | None:
    """When the answer was made, by the portal's clock."""
    finish = _number(block.get("finish"))
    if finish is not None:
        return finish
    try:
        # Every key of `time` is optional (Bitrix24 docs, data types), so the ISO text may be all.
        return datetime.fromisoformat(block["date_finish"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e12:
        return None
    return float(value)
