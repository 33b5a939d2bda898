"""The gate to a server: a place for many while it is quick, for few while it is slow."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bx24app.bitrix24.bulkhead import Bulkhead, Bulkheads
from bx24app.bitrix24.errors import BulkheadFull


def pass_through(bulkhead: Bulkhead, seconds: float) -> float:
    """Be inside for some time; gives how long it took to get in, or raises Crowded."""
    came = time.monotonic()
    with bulkhead.slot():
        waited = time.monotonic() - came
        time.sleep(seconds)
    return waited


def test_a_quick_server_serves_everybody_though_not_at_once() -> None:
    bulkhead, inside, most = Bulkhead(width=4, patience=2.0), [0], [0]
    lock = threading.Lock()

    def visit(_: int) -> None:
        with bulkhead.slot():
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            with lock:
                inside[0] -= 1

    with ThreadPoolExecutor(32) as people:
        assert len(list(people.map(visit, range(64)))) == 64
    assert most == [4]


def test_a_slow_server_holds_up_only_as_many_as_there_are_places() -> None:
    bulkhead = Bulkhead(width=2, patience=0.5)
    with ThreadPoolExecutor(2) as people:
        stuck = [people.submit(pass_through, bulkhead, 3.0) for _ in range(2)]
        time.sleep(0.3)
        for longest in (1.5, 0.4, 0.4):  # the first one has waited for nothing, the others do not
            came = time.monotonic()
            with pytest.raises(BulkheadFull):
                pass_through(bulkhead, 0)
            assert time.monotonic() - came < longest
        assert [done.result() < 0.5 for done in stuck] == [True, True]


def test_a_server_that_recovers_is_trusted_again() -> None:
    bulkhead = Bulkhead(width=1, patience=1.0)
    pass_through(bulkhead, 1.1)
    pass_through(bulkhead, 0)
    with ThreadPoolExecutor(1) as people:
        people.submit(pass_through, bulkhead, 0.5)
        time.sleep(0.2)
        assert pass_through(bulkhead, 0) > 0.1


def test_a_failure_inside_leaves_the_place_free() -> None:
    bulkhead = Bulkhead(width=1, patience=0.05)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"), bulkhead.slot():
            raise ValueError("inside")


def test_every_server_has_a_gate_of_its_own() -> None:
    gates = Bulkheads()
    one = gates.to("https://one.example")
    assert gates.to("https://one.example") is one
    assert gates.to("https://two.example") is not one
