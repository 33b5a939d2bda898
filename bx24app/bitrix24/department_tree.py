"""The tree of a portal's departments: what is below each, and who works there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bx24app.bitrix24.answers import text_or


def with_all_below(number: str, rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """A department and all below it, from rows of `department.get`."""
    below = children(rows)
    return descend(number, below)


def children(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The departments right below each, by number."""
    # Built once; searching the list for each department would be quadratic.
    below: dict[str, list[str]] = {}
    for row in rows:
        below.setdefault(text_or(row.get("PARENT")), []).append(str(row["ID"]))
    return below


def descend(number: str, below: Mapping[str, list[str]]) -> set[str]:
    """A department and all below it; a cycle in a damaged tree does no harm."""
    found: set[str] = set()
    waiting = [number]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += below.get(one, [])
    return found
