"""The parts of an operation in the OpenAPI document: addresses, headers, bodies and answers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from bx24app.errors import Error
from bx24app.flows.single import NAME_BODY
from bx24app.i18n import N_
from bx24app.web.api.schemas import EXAMPLES, example
from bx24app.web.errors import STATUS
from bx24app.web.json import PROBLEM

Part = dict[str, Any]
NAME_OF_CALL: Part = {"type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": 255}

ALWAYS = ("unauthenticated", "database_away")
ONE = (*ALWAYS, "not_found")
PORTAL = (
    *ONE,
    "payment_required",
    "not_permitted",
    "authorization_lost",
    "portal_gone",
    "portal_refused",
    "portal_unreachable",
    "portal_busy",
)
"""What any call that asks the portal may answer."""
SENT = ("malformed_json", "too_large", "unsupported_media_type", "invalid_flow")
"""What any call with a body may answer."""
NAMED = ("malformed", "read_only_key", "idempotency_key_reused")
"""What any call that writes may answer."""
SHOWN = ("WrittenFlow", "ETag", "Idempotent-Replayed")
"""What a call that writes shows of a flow: schema and headers."""
HEADERS: dict[str, Part] = {
    "ETag": {
        "description": "The fingerprint of the flow's settings, for `If-Match`.",
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    },
    "Link": {
        "description": 'The next page as `<address>; rel="next"`; absent on the last one.',
        "schema": {"type": "string"},
    },
    "Location": {"description": "The address of the flow.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "The first answer to this `Idempotency-Key`, given again.",
        "schema": {"const": "true"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"schema": {"const": "Bearer"}},
}


def optional(description: str, alias: str | None = None, **schema: Any) -> Any:
    """A parameter that may be left out, with its JSON schema for the document.

    flask-openapi3 takes any text for it and would name its own `null` as the default, which the
    schema of a text refuses. The view reads and checks the parameter itself.
    """

    def describe(shown: Part) -> None:
        # Clears what pydantic would say of `str | None`.
        shown.clear()
        shown.update({"description": description} | schema)

    return Field(default=None, alias=alias, json_schema_extra=describe)


class OnePortal(BaseModel):
    """The address of a portal."""

    member_id: Annotated[str, Field(description="The portal's `memberId`.")]


class OneFlow(OnePortal):
    """The address of a flow."""

    id: Annotated[
        Annotated[int, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 2**31 - 1})],
        Field(description="The flow's number on the portal."),
    ]


class NameWanted(BaseModel):
    """The question for a name."""

    model_config = ConfigDict(json_schema_extra={"required": ["name"]})
    name: str | None = optional(
        "The name to look for.", **NAME_BODY.json_schema()["properties"]["name"]
    )


class TrialAllowed(BaseModel):
    """Whether a creation may start the portal's one trial of flows."""

    # Text that the document calls a boolean: pydantic would also take `yes`, `on` and `1`.
    allow_trial: str | None = optional(
        "Whether the call may start the portal's only trial of flows.", "allowTrial", type="boolean"
    )


def trial_allowed(query: TrialAllowed) -> bool:
    """Read `allowTrial`; raises Error `malformed` for what is neither true nor false."""
    if query.allow_trial not in (None, "true", "false"):
        raise Error("malformed", N_("The parameter allowTrial is true or false."))
    return query.allow_trial == "true"


class IfMatch(BaseModel):
    """The condition of a change."""

    if_match: str | None = optional("The `ETag` you have seen.", "If-Match", type="string")


class IdempotencyKey(BaseModel):
    """The name of a call that may be repeated."""

    idempotency_key: str | None = optional(
        "Your name for this call, good for 24 hours.", "Idempotency-Key", **NAME_OF_CALL
    )


class ConditionalOnce(IfMatch, IdempotencyKey):
    """The condition of a change, and the name under which it may be repeated."""


def body(schema: str, *types: str) -> Part:
    """The body of a call, of a schema, as one of the media types (JSON unless named)."""
    media = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": EXAMPLES[schema]}
    content = dict.fromkeys(types or ("application/json",), media)
    return {"requestBody": {"required": True, "content": content}}


def answers(good: dict[int, Part], *codes: str) -> dict[Any, Any]:
    """The answers of a call: the good ones, and problem documents by their codes."""
    by_status: dict[int, list[str]] = {}
    # An OpenAPI operation has one response for each status, so codes share it.
    for code in codes:
        by_status.setdefault(STATUS[code], []).append(code)
    return good | {status: _problems(status, found) for status, found in sorted(by_status.items())}


def good(description: str, schema: str = "", *headers: str) -> Part:
    """One good answer: a schema, unless it has no body, and headers."""
    part: Part = {"description": description}
    if schema:
        ref = {"$ref": f"#/components/schemas/{schema}"}
        part["content"] = {"application/json": {"schema": ref}}
    if headers:
        part["headers"] = {name: HEADERS[name] for name in headers}
    return part


def _problems(status: int, codes: list[str]) -> Part:
    media = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {code: {"value": example(code)} for code in codes},
    }
    part: Part = {
        "description": " or ".join(f"`{code}`" for code in codes),
        "content": {PROBLEM: media},
    }
    if status == 401:
        part["headers"] = {"WWW-Authenticate": HEADERS["WWW-Authenticate"]}
    if status == 503:
        part["headers"] = {"Retry-After": HEADERS["Retry-After"]}
    return part
