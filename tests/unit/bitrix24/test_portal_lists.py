"""Whole lists of a portal: counted once each, in a time that grows with their length alone."""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest

from bx24app.bitrix24.entries import PAGE
from bx24app.bitrix24.paging import PAGES_AT_ONCE
from bx24app.bitrix24.portal_lists import Department, PortalLists
from tests.support.canned_portal import CannedPortal

CHAIN = 6010  # not a whole number of pages, so that the last one ends the list


Found = list[dict[str, Any]]


def answers(name: str, rows: Found) -> list[tuple[int, Any]]:
    """What a portal answers to the batches that read a list: one page, then 25 at a time."""
    pages = [rows[at : at + PAGE] for at in range(0, max(len(rows), 1), PAGE)]
    total = {"result_total": {name: len(rows)}}
    batches = [{"result": {name: pages[0]}} | total]
    for at in range(1, len(pages), PAGES_AT_ONCE):
        named = enumerate(pages[at : at + PAGES_AT_ONCE], at)
        batches.append({"result": {f"p{number}": one for number, one in named}})
    return [(200, {"result": batch}) for batch in batches]


def departments(tree: Found, people: Found) -> dict[str, Department]:
    portal = CannedPortal(*answers("rows", tree), *answers("people", people))
    return {one.id: one for one in PortalLists(portal.client).departments()}


def processor_time(tree: Found, people: Found) -> float:
    # What the garbage collector does in between grows with the whole process, not with the tree.
    gc.collect()
    gc.disable()
    try:
        begun = time.thread_time()
        departments(tree, people)
        return time.thread_time() - begun
    finally:
        gc.enable()


def test_nobody_counts_twice_in_a_branch() -> None:
    tree = [
        {"ID": "1", "NAME": "All"},
        {"ID": "2", "NAME": "Sales", "PARENT": "1"},
        {"ID": "3", "NAME": "North", "PARENT": "2"},
        {"ID": "4", "NAME": "South", "PARENT": "2"},
    ]
    people = [
        {"ID": "10", "UF_DEPARTMENT": [3, 4]},
        {"ID": "11", "UF_DEPARTMENT": ["4"]},
        {"ID": "12", "UF_DEPARTMENT": [1, 2]},
    ]

    found = departments(tree, people)

    counts = {number: (one.people, one.people_within) for number, one in found.items()}
    assert counts == {"1": (1, 3), "2": (1, 3), "3": (1, 1), "4": (2, 2)}


@pytest.mark.parametrize("written", [12, "12", [12], ["12"], {"1": 12}])
def test_a_department_may_be_a_number_a_list_or_a_map(written: object) -> None:
    found = departments([{"ID": "12", "NAME": "Sales"}], [{"ID": "1", "UF_DEPARTMENT": written}])

    assert found["12"].people == 1


def test_a_cycle_ends() -> None:
    tree = [
        {"ID": "1", "NAME": "A", "PARENT": "2"},
        {"ID": "2", "NAME": "B", "PARENT": "1"},
        {"ID": "3", "NAME": "C", "PARENT": "3"},
    ]

    found = departments(tree, [{"ID": "10", "UF_DEPARTMENT": [2]}])

    assert (found["1"].people_within, found["3"].people_within) == (1, 0)


def test_a_chain_of_thousands_is_not_walked_for_each_of_them() -> None:
    tree = [
        {"ID": str(number), "NAME": f"D{number}", "PARENT": str(number - 1)}
        for number in range(1, CHAIN + 1)
    ]
    people = [{"ID": str(number), "UF_DEPARTMENT": [number]} for number in range(1, CHAIN + 1)]
    # The best of three: what else the machine does must not count.
    little = min(processor_time(tree[:610], people[:610]) for _ in range(3))
    much = min(processor_time(tree, people) for _ in range(3))

    # Ten times as many take about ten times as long; walking all below each, a hundred times.
    assert much < 40 * little
