"""CPU per call: what a client costs beside the network, over HTTPS."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from tests.bench import clients, fast
from tests.bench.emulator_process import emulator_process
from tests.bench.measure import REFERENCE, measure
from tests.bench.table import Row


@pytest.mark.promise(
    "a call costs at most 1.3 times the CPU of a bare session",
    "make bench measures all of this beside other clients in one run",
)
def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    with (
        emulator_process(folder, tls=True) as emulator,
        clients.ours(emulator, folder) as container,
    ):
        found = measure(
            {
                REFERENCE: clients.bare(emulator),
                "requests.Session, trust_env=False": clients.bare(emulator, environment=False),
                f"Authlib {version('authlib')}": clients.authlib(emulator),
                "this app, client alone": clients.naked(emulator),
                "this app, with pace and journal": clients.whole(container, emulator),
                f"b24pysdk {version('b24pysdk')}": clients.official(emulator),
                f"fast_bitrix24 {version('fast-bitrix24')}": fast.unlimited(emulator),
            }
        )
    return [
        Row("CPU per call", name, f"{micros:.0f} µs", f"{ratio:.2f}")
        for name, (micros, ratio) in found.items()
    ]
