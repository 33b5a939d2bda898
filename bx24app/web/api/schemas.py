"""The shapes of the API for its OpenAPI document: what is sent, what comes back, what can go wrong.

The limits of a flow's fields come from the flow spec itself, so the document cannot differ.
"""

from __future__ import annotations

from typing import Any

from bx24app.flows.fields import BY_NAME, FIELDS
from bx24app.flows.single import ACTIVE_BODY, PINNED_BODY
from bx24app.flows.spec import CHANGES, SPEC
from bx24app.web.api.health_schemas import HEALTH_EXAMPLES, HEALTH_SCHEMAS
from bx24app.web.api.plan_schemas import PLAN_EXAMPLES, PLAN_SCHEMAS, REFERENCE
from bx24app.web.api.rollout_schemas import ROLLOUT_EXAMPLES, ROLLOUT_SCHEMAS
from bx24app.web.errors import STATUS, TITLES

Schema = dict[str, Any]

PAIRS: Schema = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
}
# Bitrix24 answers null for a limit that is off, and takes 0 for switching it off.
LIMIT: Schema = {"type": ["integer", "null"], "description": "null for off."}
VALUES: dict[str, Schema] = {
    "text": {"type": "string"},
    "lines": {"type": "string"},
    "duration": {"type": "integer", "description": "Seconds."},
    "distribution": {"type": "string", "description": "Portals may have more than can be set."},
    "people": PAIRS,
    "person": {"type": "integer"},
    "thing": {"type": "integer", "description": "0 for none."},
    "switch": {"type": "boolean"},
    "limit": LIMIT,
}
"""How a portal gives the value of a field, by the field's kind."""
FLOW_NOW: dict[str, Schema] = {
    "id": {"type": "integer"},
    "creatorId": {"type": "integer", "description": "Set by Bitrix24."},
    "efficiency": {"type": "integer", "description": "Percent of tasks done on time."},
    "active": {"type": "boolean"},
    "activity": {"type": "string", "description": "ISO 8601, in the portal's time zone."},
    "demo": {"type": "boolean", "description": "A sample flow of Bitrix24's own."},
    **{row.name: VALUES[row.kind] for row in FIELDS},
    "team": PAIRS,
    "trialFeatureEnabled": {"type": "boolean", "description": "The call has started the trial."},
}
PORTAL: dict[str, Schema] = {
    "memberId": {"type": "string", "description": "The portal's identity; it never changes."},
    "domain": {"type": "string", "description": "Where the portal is now."},
    "status": {"type": "string", "enum": ["installing", "active", "blocked", "uninstalled"]},
    "applicationStatus": {"type": "string", "description": "Bitrix24's letter: F, D, T, P, L, S."},
    "scope": {"type": "array", "items": {"type": "string"}},
    "language": {"type": "string"},
    "installedAt": {"type": "string", "format": "date-time"},
    "seenAt": {"type": "string", "format": "date-time"},
    "installerId": {"type": "integer", "description": "The person whose token the API uses."},
    "authorization": {"type": "string", "enum": ["ok", "lost"]},
    "authorizationReason": {"type": "string", "description": "Why it is lost; empty if it is not."},
    "attention": {
        "type": "array",
        "description": "What an operator should know; empty when all is well.",
        "items": {
            "type": "object",
            "properties": {
                "code": {
                    "type": "string",
                    "enum": [
                        "payment_required",
                        "authorization_lost",
                        "suspected_gone",
                        "scope_missing",
                        "installation_unfinished",
                    ],
                },
                "message": {"type": "string", "description": "In the language of Accept-Language."},
                "since": {"type": "string", "format": "date-time"},
            },
            "required": ["code", "message", "since"],
        },
    },
}
DEPARTMENT: dict[str, Schema] = {
    "id": {"type": "string"},
    "name": {"type": "string"},
    "parentId": {"type": ["string", "null"], "description": "null for the topmost one."},
    "people": {
        "type": ["integer", "null"],
        "description": "Active employees of it itself; null where people are not shown to us.",
    },
    "peopleWithin": {
        "type": ["integer", "null"],
        "description": "Active employees of it and all departments below.",
    },
}
FINDING: dict[str, Schema] = {
    "pointer": {"type": "string", "description": "JSON pointer to the field; empty for the body."},
    "code": {"type": "string"},
    "message": {"type": "string", "description": "In the language of Accept-Language."},
}

LINE: dict[str, Schema] = {
    "line": {"type": ["integer", "null"], "description": "In a document; null in JSON."}
}


def _object(properties: dict[str, Schema], *optional: str) -> Schema:
    # Required unless named: a new field is promised by default.
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _many(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _looked_up(name: str) -> Schema:
    about = "False where the portal has more than could be read; absent otherwise."
    complete = {"type": "boolean", "description": about}
    return _object({"items": _many(name), "complete": complete}, "complete")


def _fields(schema: Schema) -> Schema:
    """The JSON schema of a flow spec, with a word on each field."""
    properties = {
        name: {key: value for key, value in field.items() if key != "title"}
        | {"description": BY_NAME[name].about}
        for name, field in schema["properties"].items()
    }
    return {name: schema[name] for name in ("type", "required") if name in schema} | {
        "properties": properties,
        # A misspelt field is refused; ignored, it would look as if it had been set.
        "additionalProperties": False,
    }


PROBLEM: Schema = _object(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": list(STATUS)},
        "errors": {"type": "array", "items": _object(FINDING | LINE, "line"), "minItems": 1},
        "portal": _object({"error": {"type": "string"}, "error_description": {"type": "string"}}),
        "retryable": {"type": "boolean", "description": "The same call may succeed later."},
        "mayHaveHappened": {"type": "boolean", "description": "Look before you repeat it."},
        "connect": {"type": "string", "description": "Where the portal can be authorized again."},
        "references": {"type": "array", "items": REFERENCE, "minItems": 1},
    },
    "references",
    "errors",
    "portal",
    "retryable",
    "mayHaveHappened",
    "connect",
)
WARNINGS: Schema = {
    "type": "array",
    "items": _object(FINDING),
    "minItems": 1,
    "description": "What came out otherwise than asked: `team_empty` where nobody is left.",
}
SCHEMAS: dict[str, Schema] = {
    "Portal": _object(PORTAL),
    "Portals": _object({"items": _many("Portal")}),
    "WrittenFlow": _object(FLOW_NOW | {"warnings": WARNINGS}, "warnings"),
    "Flow": _object(FLOW_NOW) | {"description": "As the portal gives it; new fields may appear."},
    "ListedFlow": _object(FLOW_NOW | {"etag": {"type": "string", "description": "Its `ETag`."}}),
    "Flows": _object(
        {
            "items": _many("ListedFlow"),
            "complete": {
                "type": "boolean",
                "description": "False where the portal cannot list: only known flows are shown.",
            },
        }
    ),
    "NewFlow": _fields(SPEC.json_schema()),
    "NamedFlow": _fields(CHANGES.json_schema()) | {"required": ["name"]},
    "FlowChanges": _fields(CHANGES.json_schema()),
    "Activity": ACTIVE_BODY.json_schema(),
    "Pin": PINNED_BODY.json_schema(),
    "Pinned": _object({"pinned": {"type": "boolean"}}),
    "Exists": _object(
        {
            "exists": {"type": "boolean"},
            "id": {
                "type": ["integer", "null"],
                "description": "null where it is not visible or there is none.",
            },
        }
    ),
    "Person": _object({name: {"type": "string"} for name in ("id", "name", "position")}),
    "People": _looked_up("Person"),
    "Department": _object(DEPARTMENT),
    "Departments": _looked_up("Department"),
    "Project": _object({name: {"type": "string"} for name in ("id", "name")}),
    "Projects": _looked_up("Project"),
    "Problem": PROBLEM,
    **PLAN_SCHEMAS,
    **ROLLOUT_SCHEMAS,
    **HEALTH_SCHEMAS,
}
EXAMPLES: dict[str, Schema] = {
    "NewFlow": {
        "name": "Purchase requests",
        "plannedCompletionTime": 172800,
        "distributionType": "queue",
        "responsibleList": [["user", "3"], ["department", "17:F"]],
    },
    "NamedFlow": {"name": "IT help desk", "plannedCompletionTime": 14400},
    "FlowChanges": {"description": "Everything that has to be bought"},
    "Activity": {"active": False},
    "Pin": {"pinned": True},
    **PLAN_EXAMPLES,
    **ROLLOUT_EXAMPLES,
    **HEALTH_EXAMPLES,
}
"""A body of each shape that is sent."""


def example(code: str) -> Schema:
    """What a problem document of that code looks like."""
    shown: Schema = {
        "type": f"/api/v1/docs#problem-{code}",
        "title": TITLES[code],
        "status": STATUS[code],
        "detail": f"{TITLES[code]}.",
        "code": code,
    }
    if code == "invalid_flow":
        finding = {"pointer": "/name", "code": "missing", "message": "Enter a name."}
        shown["errors"] = [finding]
    if code == "invalid_document":
        place = {"pointer": "/flows/help-desk/name", "line": 4}
        shown["errors"] = [place | {"code": "missing", "message": "Enter a name."}]
    if code == "unresolved":
        candidate = {"id": "3", "name": "Anna Smith"}
        named = {"kind": "user", "text": "Anna Smyth", "candidates": [candidate]}
        shown["references"] = [{"pointer": "/flows/help-desk/ownerId/user"} | named]
    if code == "portal_refused":
        words = {"error": "0", "error_description": "Unknown error. [Flow: 198]"}
        shown["portal"] = words
    if STATUS[code] >= 500:
        # Below 500 these two are left out, as in `problem_document`.
        shown |= {"retryable": True, "mayHaveHappened": False}
    return shown
