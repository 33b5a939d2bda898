"""Durations as people write them: `4h`, `2d`, `1w`, or seconds."""

from __future__ import annotations

import re

UNITS = {"h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}
"""Seconds of each unit."""
WRITTEN = re.compile(r"([1-9][0-9]{0,9})([hdw])")
PATTERN = "^[1-9][0-9]{0,9}[hdw]$"


def parse_duration(text: str) -> int:
    """The seconds of one number and one unit; raises ValueError for anything else."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * UNITS[found[2]]


def format_duration(seconds: int) -> str | int:
    """Seconds in days or hours where that is exact, else as they are."""
    # No weeks: people count deadlines in days.
    for unit in ("d", "h"):
        if seconds and seconds % UNITS[unit] == 0:
            return f"{seconds // UNITS[unit]}{unit}"
    return seconds
