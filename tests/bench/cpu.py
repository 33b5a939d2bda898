"""CPU per call: what a client costs beside the network, over HTTPS."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from tests.bench import clients, fast
from tests.bench.emulator_process import emulator_process
from tests.bench.measure import REFERENCE, measure
from tests.bench.table import Row


def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    with emulator_process(folder, tls=True) as place, clients.ours(place, folder) as house:
        found = measure(
            {
                REFERENCE: clients.bare(place),
                "requests.Session, trust_env=False": clients.bare(place, environment=False),
                f"Authlib {version('authlib')}": clients.authlib(place),
                "this app, client alone": clients.naked(place),
                "this app, with pace and journal": clients.whole(house, place),
                f"b24pysdk {version('b24pysdk')}": clients.official(place),
                f"fast_bitrix24 {version('fast-bitrix24')}": fast.unlimited(place),
            }
        )
    return [
        Row("CPU per call", name, f"{micros:.0f} µs", f"{ratio:.2f}")
        for name, (micros, ratio) in found.items()
    ]
