"""The bulkhead of a host: many may wait for it while it is quick, few while it is slow."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from bx24app.bitrix24.bulkhead import Bulkhead, Bulkheads, PassingBulkheads, PortalBulkhead
from bx24app.bitrix24.errors import BulkheadFull, Busy


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


def stay(bulkhead: PortalBulkhead, portal: str, count: int, places: ExitStack) -> int:
    """Let that many people of a portal stay inside; gives how many found a place."""
    found = 0
    for _ in range(count):
        try:
            places.enter_context(bulkhead.slot(portal, person=True))
        except BulkheadFull:
            continue
        found += 1
    return found


def test_portals_that_keep_their_people_leave_a_place_for_the_next_one() -> None:
    bulkhead = PortalBulkhead(room=56, per_portal=24, patience=0.01)
    with ExitStack() as places:
        found = [stay(bulkhead, f"portal {number}", 40, places) for number in range(4)]
        assert found == [24, 16, 8, 4]
        assert stay(bulkhead, "innocent", 1, places) == 1
    with ExitStack() as places:
        assert stay(bulkhead, "portal 3", 40, places) == 24


def test_programs_of_a_portal_leave_a_place_for_its_people() -> None:
    bulkhead = PortalBulkhead(programs=2, patience=0.01)
    with ExitStack() as places:
        for _ in range(2):
            places.enter_context(bulkhead.slot("one", person=False))
        with pytest.raises(Busy), bulkhead.slot("one", person=False):
            pass
        assert stay(bulkhead, "one", 1, places) == 1


def test_a_crowd_at_a_quick_portal_is_served_to_the_last() -> None:
    bulkhead = PortalBulkhead(room=40, per_portal=4, patience=5.0)

    def visit(_: int) -> None:
        with bulkhead.slot("one", person=True):
            time.sleep(0.01)

    with ThreadPoolExecutor(40) as people:
        assert len(list(people.map(visit, range(40)))) == 40


def test_nobody_waits_for_a_portal_that_is_slow() -> None:
    bulkhead = PortalBulkhead(per_portal=1, patience=0.2)
    with bulkhead.slot("one", person=True):
        time.sleep(0.3)
        came = time.monotonic()
        with pytest.raises(BulkheadFull), bulkhead.slot("one", person=True):
            pass
        assert time.monotonic() - came < 0.15


def test_only_as_many_wait_as_there_is_room() -> None:
    bulkhead = PortalBulkhead(room=4, per_portal=2, patience=1.0)
    with ExitStack() as places, ThreadPoolExecutor(6) as people:
        assert stay(bulkhead, "one", 2, places) == 2
        waiting = [people.submit(stay, bulkhead, "one", 1, places) for _ in range(2)]
        time.sleep(0.2)
        came = time.monotonic()
        assert stay(bulkhead, "one", 1, places) == 0
        assert time.monotonic() - came < 0.5
        assert stay(bulkhead, "two", 1, places) == 1
        assert [done.result() for done in waiting] == [0, 0]


def test_a_name_that_anybody_made_up_is_forgotten_when_it_is_not_used() -> None:
    bulkheads = PassingBulkheads(width=1, patience=0.05)
    with bulkheads.slot("one"), pytest.raises(BulkheadFull), bulkheads.slot("one"):
        pass
    assert bulkheads._used == {}
