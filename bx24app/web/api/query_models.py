"""The query parameters of lists, for the OpenAPI document; `query` reads them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from bx24app.web.api.query import CURSOR, LARGEST_ID, LARGEST_PAGE, LONGEST_TEXT


def _parameter(description: str, **schema: Any) -> Any:
    """A parameter that may be left out, with a JSON schema for the document.

    To flask-openapi3 it is any text, because it must not judge before the key was looked at.
    """

    def describe(shown: dict[str, Any]) -> None:
        shown.clear()
        shown.update({"description": description} | schema)

    return Field(default=None, json_schema_extra=describe)


TEXT = {"type": "string", "maxLength": LONGEST_TEXT}
NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}


class PageQuery(BaseModel):
    """Which page of a list."""

    limit: str | None = _parameter(
        "Items of a page; all of them if left out.",
        type="integer",
        minimum=1,
        maximum=LARGEST_PAGE,
    )
    cursor: str | None = _parameter(
        'Where the page begins: follow `Link: rel="next"`.', type="string", pattern=CURSOR
    )


class FlowsQuery(PageQuery):
    """Which flows."""

    name: str | None = _parameter("Has this name, whatever the case.", minLength=1, **TEXT)
    active: str | None = _parameter("Is on, or off.", type="boolean")
    projectId: str | None = _parameter("Stands in this project.", **NUMBER)
    ownerId: str | None = _parameter("Has this flow administrator.", **NUMBER)


class LookupQuery(PageQuery):
    """Which people, departments or projects."""

    search: str | None = _parameter("Part of the name.", **TEXT)
