"""The query parameters of lists, for the OpenAPI document; `query` reads them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from bx24app.web.api.operations import optional
from bx24app.web.api.query import CURSOR, LARGEST_ID, LARGEST_PAGE, LONGEST_TEXT, MEMBER_CURSOR

TEXT: Any = {"type": "string", "maxLength": LONGEST_TEXT}
NUMBER: Any = {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}


class Limit(BaseModel):
    """How much of a list."""

    limit: str | None = optional(
        "Items of a page; all of them if left out.",
        type="integer",
        minimum=1,
        maximum=LARGEST_PAGE,
    )


class PortalsQuery(Limit):
    """Which page of the portals."""

    cursor: str | None = optional(
        'Where the page begins: follow `Link: rel="next"`.', type="string", pattern=MEMBER_CURSOR
    )


class PageQuery(Limit):
    """Which page of a list."""

    cursor: str | None = optional(
        'Where the page begins: follow `Link: rel="next"`.', type="string", pattern=CURSOR
    )


class FlowsQuery(PageQuery):
    """Which flows."""

    name: str | None = optional("Has this name, whatever the case.", minLength=1, **TEXT)
    active: str | None = optional("Is on, or off.", type="boolean")
    projectId: str | None = optional("Stands in this project.", **NUMBER)
    ownerId: str | None = optional("Has this flow administrator.", **NUMBER)


class LookupQuery(PageQuery):
    """Which people, departments or projects."""

    search: str | None = optional("Part of the name.", **TEXT)
