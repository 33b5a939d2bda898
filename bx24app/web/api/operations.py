"""The parts of an operation in the OpenAPI document that nothing validates: bodies and answers."""

from __future__ import annotations

from typing import Any

from bx24app.web.api.schemas import EXAMPLES, example
from bx24app.web.errors import STATUS
from bx24app.web.json import PROBLEM

Part = dict[str, Any]

ALWAYS = ("unauthenticated", "database_away", "malformed")
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
NAMED = ("read_only_key", "idempotency_key_reused")
"""What any call that writes may answer."""
SHOWN = ("WrittenFlow", "ETag", "Idempotent-Replayed")
"""What a call that writes shows of a flow: schema and headers."""
HEADERS: dict[str, Part] = {
    "ETag": {
        "description": "The fingerprint of what is shown; of a flow also for `If-Match`.",
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    },
    "Link": {
        "description": 'The next page as `<address>; rel="next"`; absent on the last one.',
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "The address of what came of the call.",
        "schema": {"type": "string"},
    },
    "Idempotent-Replayed": {
        "description": "The first answer to this `Idempotency-Key`, given again.",
        "schema": {"const": "true"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"schema": {"const": "Bearer"}},
    "X-RateLimit-Limit": {
        "description": "How many requests the portal takes at once.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "X-RateLimit-Remaining": {
        "description": "How many of them it takes now.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-RateLimit-Reset": {
        "description": "Seconds until it takes all of them again.",
        "schema": {"type": "integer", "minimum": 0},
    },
}
RATE = {name: part for name, part in HEADERS.items() if name.startswith("X-RateLimit")}


def body(schema: str, *types: str) -> Part:
    """The body of a call, of a schema, as one of the media types (JSON unless named)."""
    media = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": EXAMPLES[schema]}
    content = dict.fromkeys(types or ("application/json",), media)
    return {"requestBody": {"required": True, "content": content}}


def answers(good: dict[int, Part], *codes: str, rate: bool = True) -> dict[Any, Any]:
    """The answers of a call: the good ones, and problem documents by their codes.

    `rate`: a call about one portal tells how busy that is.
    """
    by_status: dict[int, list[str]] = {}
    # An OpenAPI operation has one response for each status, so codes share it.
    for code in codes:
        by_status.setdefault(STATUS[code], []).append(code)
    found = good | {status: _problems(status, own) for status, own in sorted(by_status.items())}
    # Only calls about one portal have a rate to tell, and only to who may see that portal.
    told = set(found) - {401} if rate and "not_found" in codes else set()
    for status in told:
        found[status]["headers"] = found[status].get("headers", {}) | RATE
    return found


def good(description: str, schema: str = "", *headers: str) -> Part:
    """One good answer: a schema, unless it has no body, and headers."""
    part: Part = {"description": description}
    if schema:
        ref = {"$ref": f"#/components/schemas/{schema}"}
        part["content"] = {"application/json": {"schema": ref}}
    if headers:
        part["headers"] = {name: HEADERS[name] for name in headers}
    return part


def as_yaml_too(part: Part) -> Part:
    """A good answer that is YAML where the caller does not prefer JSON."""
    json_media = part["content"]["application/json"]
    return part | {"content": {"application/yaml": json_media, "application/json": json_media}}


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
