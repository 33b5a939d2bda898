"""Gunicorn's worker processes, to be killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def kill_workers(arbiter: int, count: int | None = None) -> list[int]:
    """Kill workers of an arbiter without any warning (all unless told); gives their numbers."""
    killed = children(arbiter)[:count]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    return killed


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    return [int(one.name) for one in Path("/proc").glob("[0-9]*") if _parent(one) == parent]


def _parent(process: Path) -> int:
    try:
        # The name before it may hold anything, blanks and brackets too.
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
