"""The clock of a real process is turned, an hour and a day, forth and back: nobody waits for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.databases import Postgresql, Sqlite
from tests.support.samples import LEAST
from tests.support.service import Service, running

pytestmark = pytest.mark.slow

HOUR, DAY = 3600, 86_400
TURNS = (0, -HOUR, 0, HOUR, 0, -DAY, 0, DAY, 0)
"""Where the clock stands, in seconds from the real one: each kind of step in both directions."""
LONGEST = 12.0
"""Seconds; a stored time that counted would make everybody wait for an hour."""


def quickly(service: Service, verb: str, url: str = "", **more: object) -> int:
    begun = time.monotonic()
    status = service.send(verb, url, **more).status_code
    assert time.monotonic() - begun < LONGEST
    return status


def test_calls_and_launches_go_on(
    databases: Sqlite | Postgresql, turned_clock: Path, tmp_path: Path
) -> None:
    turned = tmp_path / "turned"
    turned.write_text("0")
    more = {"LD_PRELOAD": str(turned_clock), "TURNED_CLOCK": str(turned)}
    with running(databases.migrated(), workers=2, threads=8, more=more) as service:
        for number, seconds in enumerate(TURNS):
            turned.write_text(str(seconds))

            name = {"name": f"Flow {number}"}
            service.headers["Idempotency-Key"] = f"key-{number}"
            assert quickly(service, "POST", json=LEAST | name) == 201
            assert quickly(service, "POST", json=LEAST | name) == 201  # the answer again
            del service.headers["Idempotency-Key"]
            assert quickly(service, "GET") == 200
            assert service.open().status_code == 200
            assert service.open(user_id=3).status_code == 200
