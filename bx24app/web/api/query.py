"""Query parameters, read strictly, and lists that are given a page at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, request

from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.web.context import container

LARGEST_PAGE = 500
LARGEST_ID = 2**31 - 1
LONGEST_TEXT = 255
CURSOR = "^c[0-9a-f]{8}$"
"""What a cursor looks like to us; to everybody else it has no meaning."""
MEMBER_CURSOR = "^m[0-9A-Za-z]{1,64}$"
T = TypeVar("T")
Parser = Callable[[str], Any]


class BadParameter(Error):
    """A query parameter that this call does not know, or a value that it does not take."""

    code = "malformed"


def read_query(**parsers: Parser) -> dict[str, Any]:
    """The query of the present request: for each parameter that was sent its parsed value.

    A parser raises ValueError for a value that it does not take. Raises BadParameter, which names
    the parameter, also where one is sent twice.
    """
    found: dict[str, Any] = {}
    for name, values in request.args.lists():
        # A misspelt filter that is ignored would give a list of everything.
        if name not in parsers:
            raise BadParameter(message=N_("There is no query parameter %(name)s here."), name=name)
        if len(values) > 1:
            raise BadParameter(message=N_("The query parameter %(name)s is sent twice."), name=name)
        try:
            found[name] = parsers[name](values[0])
        except ValueError:
            raise BadParameter(
                message=N_("The value of the query parameter %(name)s cannot be used."), name=name
            ) from None
    return found


def parse_limit(text: str) -> int:
    """How many items a page has: 1 to 500."""
    return _parse_number(text, 1, LARGEST_PAGE)


def parse_id(text: str) -> int:
    """An id, or 0 for none."""
    return _parse_number(text, 0, LARGEST_ID)


def parse_text(text: str) -> str:
    """A text to search for; control characters, which no name has, count as blanks."""
    if len(text) > LONGEST_TEXT:
        raise ValueError
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()


def parse_name(text: str) -> str:
    """A name: not empty."""
    if not text:
        raise ValueError
    return parse_text(text)


def parse_bool(text: str) -> bool:
    """`true` or `false`."""
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


def parse_cursor(text: str) -> int:
    """The id after which a page begins, out of the cursor of the page before."""
    if not re.fullmatch(CURSOR, text):
        raise ValueError
    return int(text[1:], 16)


def parse_member_cursor(text: str) -> str:
    """The portal after which a page of portals begins, out of the cursor of the page before."""
    if not re.fullmatch(MEMBER_CURSOR, text):
        raise ValueError
    return text[1:]


def cursor_after(last: int) -> str:
    """The cursor of the page that begins after an id; empty for 0."""
    return f"c{last:08x}" if last else ""


def link_next(response: Response, cursor: str) -> Response:
    """Say in `Link` where the next page is; with an empty cursor there is none."""
    if cursor:
        query = urlencode(request.args.to_dict() | {"cursor": cursor})
        # Behind a proxy the request's own host may be an internal one.
        base = container().config.public_url.rstrip("/")
        response.headers["Link"] = f'<{base}{request.path}?{query}>; rel="next"'
    return response


def cut_page(
    items: list[T], number: Callable[[T], int], query: Mapping[str, Any]
) -> tuple[list[T], int]:
    """The page of some items, ordered by their number, that a query wants; the id it ends with.

    The latter is 0 on the last page. See `link_next`.
    """
    # By id instead of offset: items that come and go between two pages shift nothing.
    rest = [item for item in items if number(item) > query.get("cursor", 0)]
    page = rest[: query.get("limit")]
    return page, number(page[-1]) if len(page) < len(rest) else 0


def _parse_number(text: str, least: int, most: int) -> int:
    # int() alone would take other scripts' digits, blanks, signs and underscores.
    if not re.fullmatch(r"[0-9]{1,19}", text) or not least <= int(text) <= most:
        raise ValueError
    return int(text)
