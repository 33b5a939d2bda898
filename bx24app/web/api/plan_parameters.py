"""What the calls of flows as code take in their addresses and queries; see `parameters`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from bx24app.blueprints.kept import SLUG
from bx24app.web.api.parameters import LARGEST_ID, Id, OnePortal, Query, Truth


class OnePlan(OnePortal):
    """The address of a plan."""

    number: Annotated[int, Field(ge=1, le=LARGEST_ID, description="The plan's number.")]


class OneBlueprint(OnePortal):
    """The address of a blueprint that a portal keeps."""

    slug: Annotated[
        str,
        Field(
            description="Its name: small letters, digits, - and _.",
            json_schema_extra={"pattern": f"^{SLUG.pattern}$"},
        ),
    ]


class OneRollout(BaseModel):
    """The address of a rollout."""

    number: Annotated[int, Field(ge=1, le=LARGEST_ID, description="The rollout's number.")]


class OneLine(OnePortal):
    """The address of a line of the history."""

    number: Annotated[int, Field(ge=1, le=LARGEST_ID, description="The line's number.")]


class HistoryQuery(Query):
    """Which page of the history."""

    before: Id | None = Field(None, description="The `id` of a line: only older ones.")


class ExportQuery(Query):
    """What is exported, and how people are named."""

    people: Literal["email", "name"] = Field("name", description="How people are named.")
    ids: Annotated[str, StringConstraints(pattern="^[0-9]{1,10}(,[0-9]{1,10})*$")] | None = Field(
        None, description="Numbers of flows, separated by commas; all flows if left out."
    )

    @property
    def numbers(self) -> list[int] | None:
        """The flows that are wanted; None for all."""
        return [int(number) for number in self.ids.split(",")] if self.ids else None


class UndoQuery(Query):
    """What becomes of flows that the plan has created."""

    created: Literal["off", "delete"] = Field(
        "off", description="Turn flows off that the plan has created, or delete them."
    )


class DocumentQuery(Query):
    """The options of a document that is sent as YAML."""

    prune: Truth | None = Field(
        None, description="Whether owned flows that it does not name are deleted."
    )
    variables: str | None = Field(None, description="Values of variables, as a JSON object.")
    mapping: str | None = Field(
        None, description="What texts of the document mean on this portal, as a JSON object."
    )
