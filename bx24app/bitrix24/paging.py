"""Reads a list of a portal to its end, page after page, whatever the portal says of its length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bx24app.bitrix24.answers import Rows, parse_rows
from bx24app.bitrix24.entries import PAGE
from bx24app.bitrix24.errors import Bitrix24Error
from bx24app.bitrix24.lookups import BatchClient

PAGES = 200
"""Pages of a list that are read at most: 10,000 people or departments."""
PAGES_AT_ONCE = 25
PAGES_OF_A_SEARCH = 75
"""Pages that are read while somebody waits for suggestions: three batches."""


def read_rest(
    client: BatchClient,
    first: Rows,
    method: str,
    params: Mapping[str, Any],
    start: str,
    pages: int = PAGES,
) -> Rows:
    """All rows of a list whose first page is known, and in `more` whether there are others.

    `start` is the method's name for the parameter that says where a page begins. The total is
    only a hint, and a portal may ignore `start`: so the reading ends with a page that is
    not full or brings nothing new, and after `pages` in any case. Raises Error.
    """
    rows, page = first.like(first), 1
    full = len(first) >= PAGE
    seen = {str(row.get("ID")) for row in rows}
    # The total decides only how many pages are asked at once, never where the list ends.
    ahead = min(max(-(-first.total // PAGE) - 1, 1), PAGES_AT_ONCE)
    while full and page < pages:
        asked = range(page, min(page + ahead, pages))
        calls = {f"p{number}": (method, {**params, start: number * PAGE}) for number in asked}
        for answer in client.batch(calls, safe=True).values():
            if isinstance(answer, Bitrix24Error):
                raise answer
            more = parse_rows(answer)
            # Rows move between pages while somebody edits the list.
            fresh = [row for row in more if str(row.get("ID")) not in seen]
            # A portal that ignores `start` gives the first page again and again.
            if not fresh:
                rows.more = bool(more)
                return rows
            rows += fresh
            rows.unreadable += more.unreadable
            seen |= {str(row.get("ID")) for row in fresh}
            full = len(more) >= PAGE
            if not full:
                return rows
        page, ahead = page + len(asked), PAGES_AT_ONCE
    rows.more = full or first.total > len(rows)
    return rows
