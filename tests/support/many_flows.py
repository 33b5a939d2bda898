"""A portal with as many flows as a large company has."""

from __future__ import annotations

from dataclasses import replace

from tests.emulator.entities import Portal, Task

FIRST = 1000
"""The number of the first flow that is added."""
LONG = (
    "Requests of everybody in the company for things that have to be bought, ordered, repaired or "
    "thrown away, whatever they cost, number"
)


def add_flows(portal: Portal, count: int) -> None:
    """Bring a portal to so many flows; each differs from the next one in every column.

    A third has tasks; their administrators are the first four people, their projects two.
    """
    first = portal.flows[min(portal.flows)]
    for number in range(FIRST, FIRST + count - len(portal.flows)):
        portal.flows[number] = replace(
            first,
            id=number,
            name=f"{LONG} {number}" if number % 10 == 7 else f"Requests {number}",
            owner_id=number % 4 + 1,
            creator_id=1,
            group_id=10 + number % 2,
            efficiency=100 if number % 3 else 50 + number % 50,
            notify_when_efficiency_decreases=80,
            planned_completion_time=3600 * (number % 90 + 1),
            activity=first.activity - 3600 * (number - FIRST + 1),
        )
        if number % 3 == 0:
            portal.tasks[number] = Task(
                number, f"Request {number}", 1, 2, flow_id=number, status=2 + number % 2
            )
