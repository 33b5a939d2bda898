"""A disk that is full is noticed by `/readyz` before the database fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bx24app.store import schema
from bx24app.store.readiness import FULL, LEAST_SPACE
from tests.support.app_harness import AppHarness

SIZE = LEAST_SPACE + 8 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, a little larger than what has to be free."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(tmp_path)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"this machine mounts nothing: {mounted.stderr.strip()}")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def fill(file: Path) -> None:
    """Write until the disk takes no more; raises OSError."""
    with file.open("wb", buffering=0) as opened:
        while True:
            opened.write(b"x" * 4096)


def test_a_disk_that_fills_up_is_noticed_and_so_is_its_end(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/flows.db"
    schema.upgrade(url)
    with AppHarness.open(url) as app:
        assert app.browser.get("/readyz").status_code == 200
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * (SIZE - LEAST_SPACE))
        full = app.browser.get("/readyz")
        assert full.status_code == 503
        assert FULL in full.get_data(as_text=True)
        # It still lives, and is ready again as soon as there is room.
        assert app.browser.get("/healthz").status_code == 200
        ballast.unlink()
        assert app.browser.get("/readyz").status_code == 200


def test_a_disk_without_any_room_loses_nothing(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/flows.db"
    schema.upgrade(url)
    with AppHarness.open(url) as app:
        app.install_everywhere()
        api = app.program(app.a)
        ballast = small_disk / "ballast"
        with pytest.raises(OSError, match="No space"):
            fill(ballast)
        # Nothing that a call reads has to be written; what has to be is refused with a word.
        answer = api.get()
        assert answer.status_code in (200, 503)
        key = {"Idempotency-Key": "one"}
        refused = api.call("PATCH", f"{api.flows}/101", json={"description": "x"}, headers=key)
        assert refused.status_code == 503
        assert refused.json["code"] == "database_away"
        assert app.flow(101).description != "x"
        ballast.unlink()
        done = api.call("PATCH", f"{api.flows}/101", json={"description": "x"}, headers=key)
        assert (done.status_code, app.flow(101).description) == (200, "x")
