"""What a portal sends is bounded: every reader bears the largest legal and the worst answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.greedy_portal import ANSWERS
from tests.support.service import ROOT

READERS = 9
LONGEST = 20.0
"""Seconds of the processor for one call, which may read two hundred full pages."""


@pytest.mark.slow
def test_no_answer_takes_the_memory_or_the_time_of_all(sqlite_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.greedy_portal", sqlite_url],
        # glibc would reserve 64 MB of addresses for each thread.
        cwd=ROOT, env=os.environ | {"MALLOC_ARENA_MAX": "2"},
        capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(told) == READERS * len(ANSWERS) + 1
    assert [one for one in told if one["status"] == 500 or one["seconds"] > LONGEST] == []
    assert told[-1] == {"name": "usual", "status": 200, "seconds": told[-1]["seconds"]}
