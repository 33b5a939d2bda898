"""What a call of the API takes besides its body: its address, query parameters and headers.

Each model validates a request and describes it in the OpenAPI document. flask-openapi3 applies
them after `auth.authorize`, so a malformed parameter is told to those only who may see the portal.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, NoReturn

from flask import request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from bx24app.errors import Error
from bx24app.flows.single import NAME_BODY
from bx24app.i18n import N_

LARGEST_PAGE = 500
LARGEST_ID = 2**31 - 1
LONGEST_TEXT = 255


class BadParameter(Error):
    """A parameter or header that this call does not know, or a value that it does not take."""

    code = "malformed"


UNKNOWN = N_("There is no query parameter %(name)s here.")
TWICE = N_("The query parameter %(name)s is sent twice.")
UNUSABLE = N_("The value of the query parameter %(name)s cannot be used.")
BAD_NAME_OF_CALL = N_("An Idempotency-Key has 1 to 255 visible ASCII characters.")


def refuse_repeated_parameters() -> None:
    """Raise BadParameter where the present request names a query parameter twice."""
    for name, values in request.args.lists():
        # The models would see the first of them only.
        if len(values) > 1:
            raise BadParameter(message=TWICE, name=name)


def refuse_parameters(found: ValidationError) -> NoReturn:
    """Raise BadParameter for the first thing that a model refuses."""
    error = found.errors()[0]
    name = str(error["loc"][0])
    if name == "Idempotency-Key":
        raise BadParameter(message=BAD_NAME_OF_CALL)
    unknown = error["type"] == "extra_forbidden"
    raise BadParameter(message=UNKNOWN if unknown else UNUSABLE, name=name) from None


def _digits(text: Any) -> Any:
    # pydantic alone would take other scripts' digits, blanks, signs and underscores.
    if not re.fullmatch("[0-9]{1,19}", text):
        raise ValueError("no whole number")
    return text


def _truth(text: Any) -> Any:
    # pydantic alone would also take `yes`, `on` and `1`.
    if text not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text == "true"


def _searchable(text: str) -> str:
    """The text with control characters, which no name has, as blanks."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()


def _last_id(cursor: str) -> int:
    return int(cursor[1:], 16)


def _last_member(cursor: str) -> str:
    return cursor[1:]


Truth = Annotated[bool, BeforeValidator(_truth)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_searchable)]
FlowName = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_searchable)
]
Id = Annotated[int, Field(ge=0, le=LARGEST_ID), BeforeValidator(_digits)]
PageSize = Annotated[int, Field(ge=1, le=LARGEST_PAGE), BeforeValidator(_digits)]
# What a cursor looks like to us; to everybody else it has no meaning.
Cursor = Annotated[str, StringConstraints(pattern="^c[0-9a-f]{8}$"), AfterValidator(_last_id)]
MemberCursor = Annotated[
    str, StringConstraints(pattern="^m[0-9A-Za-z]{1,64}$"), AfterValidator(_last_member)
]


def cursor_after(last: int) -> str:
    """The cursor of the page that begins after an id; empty for 0."""
    return f"c{last:08x}" if last else ""


def _describe_optional(schema: dict[str, Any]) -> None:
    """Describe a parameter that may be left out by the schema of its values alone.

    pydantic names `null` as a type and as the default, which no query can express.
    """
    for name, shown in schema.get("properties", {}).items():
        if "anyOf" in shown:
            kind = next(one for one in shown["anyOf"] if one != {"type": "null"})
            schema["properties"][name] = kind | {"description": shown["description"]}


class Query(BaseModel):
    """Query parameters of a call; one that it does not know is refused.

    A misspelt filter that is ignored would give a list of everything.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=_describe_optional)


class NoQuery(Query):
    """A call without query parameters."""


class Headers(BaseModel):
    """Headers that a call looks at."""

    model_config = ConfigDict(json_schema_extra=_describe_optional)


class OnePortal(BaseModel):
    """The address of a portal."""

    member_id: Annotated[str, Field(description="The portal's `memberId`.")]


class OneFlow(OnePortal):
    """The address of a flow."""

    # A larger number is answered by `auth.installer` as a flow that there is not.
    id: Annotated[
        int,
        Field(
            description="The flow's number on the portal.",
            json_schema_extra={"minimum": 1, "maximum": LARGEST_ID},
        ),
    ]


class PortalsQuery(Query):
    """Which page of the portals."""

    limit: PageSize | None = Field(None, description="Items of a page; all of them if left out.")
    cursor: MemberCursor | None = Field(
        None, description='Where the page begins: follow `Link: rel="next"`.'
    )


class PageQuery(Query):
    """Which page of a list."""

    limit: PageSize | None = Field(None, description="Items of a page; all of them if left out.")
    cursor: Cursor | None = Field(
        None, description='Where the page begins: follow `Link: rel="next"`.'
    )

    @property
    def after(self) -> int:
        """The id after which the page begins."""
        return int(self.cursor or 0)


class FlowsQuery(PageQuery):
    """Which flows."""

    name: FlowName | None = Field(None, description="Has this name, whatever the case.")
    active: Truth | None = Field(None, description="Is on, or off.")
    project_id: Id | None = Field(None, alias="projectId", description="Stands in this project.")
    owner_id: Id | None = Field(None, alias="ownerId", description="Has this flow administrator.")


class LookupQuery(PageQuery):
    """Which people, departments or projects."""

    search: Text | None = Field(None, description="Part of the name.")


class NameWanted(Query):
    """The question for a name."""

    # `exists` checks it as the name of a flow, so that its problems are those of a flow.
    model_config = ConfigDict(
        json_schema_extra={
            "required": ["name"],
            "properties": {
                "name": NAME_BODY.json_schema()["properties"]["name"]
                | {"description": "The name to look for."}
            },
        }
    )
    name: str | None = None


class TrialAllowed(Query):
    """Whether a creation may start the portal's one trial of flows."""

    allow_trial: Truth | None = Field(
        None,
        alias="allowTrial",
        description="Whether the call may start the portal's only trial of flows.",
    )


class Patience(Headers):
    """How long a caller wants to wait for a busy portal."""

    prefer: str | None = Field(
        None,
        alias="Prefer",
        description="`wait=N`: answer 503 `portal_busy` rather than wait for more than N seconds.",
    )


class IdempotencyKey(Patience):
    """The name of a call that may be repeated."""

    idempotency_key: (
        Annotated[str, StringConstraints(pattern="^[!-~]+$", min_length=1, max_length=255)] | None
    ) = Field(
        None, alias="Idempotency-Key", description="Your name for this call, good for 24 hours."
    )


class ConditionalOnce(IdempotencyKey):
    """The condition of a change, and the name under which it may be repeated."""

    if_match: str | None = Field(None, alias="If-Match", description="The `ETag` you have seen.")
