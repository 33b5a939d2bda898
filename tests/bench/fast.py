"""fast_bitrix24, which only `make bench` installs.

It writes all names in small letters, so it can call none of Bitrix24's flow methods.
"""

from __future__ import annotations

from fast_bitrix24 import Bitrix

from tests.bench.clients import METHOD, PARAMS, Call
from tests.bench.emulator_process import EmulatorProcess


def unlimited(emulator: EmulatorProcess) -> Call:
    """With a webhook, the only way that needs no code for tokens; it does not wait for anybody."""
    client = Bitrix(
        emulator.webhook,
        verbose=False,
        ssl=False,  # it asks no authority of the environment
        request_pool_size=10_000_000,
        requests_per_second=1_000_000.0,
    )
    return lambda: client.call(METHOD, PARAMS, raw=True)


def as_it_comes(emulator: EmulatorProcess) -> Call:
    """At its own rate."""
    client = Bitrix(emulator.webhook, verbose=False, ssl=False)
    return lambda: client.call(METHOD, PARAMS, raw=True)
