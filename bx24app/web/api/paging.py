"""Lists that are given a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from flask import Response, request

from bx24app.web.api.parameters import PageQuery
from bx24app.web.context import container

T = TypeVar("T")


def link_next(response: Response, cursor: str, name: str = "cursor") -> Response:
    """Say in `Link` where the next page is; with an empty cursor there is none.

    `name` is the query parameter that takes it.
    """
    if cursor:
        query = urlencode(request.args.to_dict() | {name: cursor})
        # Behind a proxy the request's own host may be an internal one.
        base = container().config.public_url.rstrip("/")
        response.headers["Link"] = f'<{base}{request.path}?{query}>; rel="next"'
    return response


def cut_page(items: list[T], number: Callable[[T], int], query: PageQuery) -> tuple[list[T], int]:
    """The page of some items, ordered by their number, that a query wants; the id it ends with.

    The latter is 0 on the last page. See `link_next`.
    """
    # By id instead of offset: items that come and go between two pages shift nothing.
    rest = [item for item in items if number(item) > query.after]
    page = rest[: query.limit]
    return page, number(page[-1]) if len(page) < len(rest) else 0
