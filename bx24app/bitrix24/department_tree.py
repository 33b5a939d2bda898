"""The tree of a portal's departments: what is below each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bx24app.bitrix24.answers import text_or


def with_all_below(number: str, rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """A department and all below it, from rows of `department.get`."""
    # Built once; searching the list for each department would be quadratic.
    below: dict[str, list[str]] = {}
    for row in rows:
        below.setdefault(text_or(row.get("PARENT")), []).append(str(row["ID"]))
    found: set[str] = set()
    waiting = [number]
    while waiting:
        one = waiting.pop()
        # A cycle in a damaged tree does no harm.
        if one not in found:
            found.add(one)
            waiting += below.get(one, [])
    return found
