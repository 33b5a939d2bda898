"""What the client costs beside the network; `make bench` compares more clients for longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import clients
from tests.bench.emulator_process import emulator_process
from tests.bench.measure import REFERENCE, measure


@pytest.mark.promise("a call costs at most 1.3 times the CPU of a bare session")
def test_a_call_costs_little_more_than_a_bare_session(tmp_path: Path) -> None:
    with emulator_process(tmp_path, tls=True) as place:
        ours = "this app, client alone"
        calls = {REFERENCE: clients.bare(place), ours: clients.naked(place)}
        ratio = measure(calls, rounds=20)[ours][1]
    assert ratio <= 1.3
