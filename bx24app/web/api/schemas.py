"""The shapes of the API for its OpenAPI document: what is sent, what comes back, what can go wrong.

The limits of a flow's fields come from the flow spec itself, so the document cannot differ.
"""

from __future__ import annotations

from typing import Any

from bx24app.flows.single import ACTIVE_BODY, PINNED_BODY
from bx24app.flows.spec import CHANGES, SPEC
from bx24app.web.errors import STATUS, TITLES

Schema = dict[str, Any]

FIELDS = {
    "name": "Unique on the portal; blanks around it are cut off.",
    "description": "What the flow is for; no control characters except tabs and line breaks.",
    "groupId": "The project of its tasks. Left out, null or 0 on creation: a new one is made.",
    "ownerId": "The flow administrator. Left out on creation: the installer of the application.",
    "templateId": "The task template that people have to use; null or 0 for none.",
    "plannedCompletionTime": "Seconds in which a task is to be done.",
    "distributionType": "`queue`: people take turns; `manually`: one moderator hands tasks out; "
    "`himself`: whoever is free takes a task.",
    "responsibleList": "Who does the tasks, or the one moderator: `[type, id]` pairs. Types are "
    '`user` and `department`; `"17"` includes the departments below it, `"17:F"` does not.',
    "taskCreators": "Who may add tasks: pairs as above, or `meta-user` `all-users`. "
    "Left out on creation: everybody. An empty list: the administrator and the team only.",
    "matchWorkTime": "Skip weekends and holidays. Left out on creation: on.",
    "matchSchedule": "Count working hours only. Left out on creation: off.",
    "responsibleCanChangeDeadline": "The assignee may move it. Left out on creation: off.",
    "notifyAtHalfTime": "Remind the assignee half-way. Left out on creation: off.",
    "taskControl": "Finished tasks go back to their creator for approval. "
    "Left out on creation: off.",
    "notifyOnQueueOverflow": "Alert the administrator above so many pending tasks; "
    "null or 0 for off.",
    "notifyOnTasksInProgressOverflow": "Alert the administrator above so many tasks in progress; "
    "null or 0 for off.",
    "notifyWhenEfficiencyDecreases": "Alert the administrator below so many percent; "
    "null or 0 for off.",
}
PAIRS: Schema = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
}
LIMIT: Schema = {"type": ["integer", "null"], "description": "null for off."}
FLOW_NOW: dict[str, Schema] = {
    "id": {"type": "integer"},
    "creatorId": {"type": "integer", "description": "Set by Bitrix24."},
    "ownerId": {"type": "integer", "description": "The flow administrator."},
    "groupId": {"type": "integer", "description": "0 for a sample flow, which has no project."},
    "templateId": {"type": "integer", "description": "0 for none."},
    "efficiency": {"type": "integer", "description": "Percent of tasks done on time."},
    "active": {"type": "boolean"},
    "plannedCompletionTime": {"type": "integer", "description": "Seconds."},
    "activity": {"type": "string", "description": "ISO 8601, in the portal's time zone."},
    "name": {"type": "string"},
    "description": {"type": "string"},
    "distributionType": {"type": "string", "description": "Portals may have more than can be set."},
    "responsibleList": PAIRS,
    "demo": {"type": "boolean", "description": "A sample flow of Bitrix24's own."},
    "responsibleCanChangeDeadline": {"type": "boolean"},
    "matchWorkTime": {"type": "boolean"},
    "matchSchedule": {"type": "boolean"},
    "taskControl": {"type": "boolean"},
    "notifyAtHalfTime": {"type": "boolean"},
    "notifyOnQueueOverflow": LIMIT,
    "notifyOnTasksInProgressOverflow": LIMIT,
    "notifyWhenEfficiencyDecreases": LIMIT,
    "taskCreators": PAIRS,
    "team": PAIRS,
    "trialFeatureEnabled": {"type": "boolean", "description": "The call has started the trial."},
}
PORTAL: dict[str, Schema] = {
    "memberId": {"type": "string", "description": "The portal's identity; it never changes."},
    "domain": {"type": "string", "description": "Where the portal is now."},
    "status": {"enum": ["installing", "active", "blocked", "uninstalled"]},
    "applicationStatus": {"type": "string", "description": "Bitrix24's letter: F, D, T, P, L, S."},
    "scope": {"type": "array", "items": {"type": "string"}},
    "language": {"type": "string"},
    "installedAt": {"type": "string", "format": "date-time"},
    "seenAt": {"type": "string", "format": "date-time"},
    "installerId": {"type": "integer", "description": "The person whose token the API uses."},
    "authorization": {"enum": ["ok", "lost"]},
    "authorizationReason": {"type": "string", "description": "Why it is lost; empty if it is not."},
}
FINDING: dict[str, Schema] = {
    "pointer": {"type": "string", "description": "JSON pointer to the field; empty for the body."},
    "code": {"type": "string"},
    "message": {"type": "string", "description": "In the language of Accept-Language."},
}


def _object(properties: dict[str, Schema], *optional: str) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _many(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _fields(schema: Schema) -> Schema:
    """The JSON schema of a flow spec, with a word on each field."""
    properties = {
        name: {key: value for key, value in field.items() if key != "title"}
        | {"description": FIELDS[name]}
        for name, field in schema["properties"].items()
    }
    return {name: schema[name] for name in ("type", "required") if name in schema} | {
        "properties": properties,
        "additionalProperties": False,
    }


PROBLEM: Schema = _object(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": [*STATUS, "method_not_allowed", "internal_error"]},
        "errors": {"type": "array", "items": _object(FINDING), "minItems": 1},
        "portal": _object({"error": {"type": "string"}, "error_description": {"type": "string"}}),
        "retryable": {"type": "boolean", "description": "The same call may succeed later."},
        "mayHaveHappened": {"type": "boolean", "description": "Look before you repeat it."},
        "connect": {"type": "string", "description": "Where the portal can be authorized again."},
    },
    "errors",
    "portal",
    "retryable",
    "mayHaveHappened",
    "connect",
)
SCHEMAS: dict[str, Schema] = {
    "Portal": _object(PORTAL),
    "Portals": _object({"items": _many("Portal")}),
    "Flow": _object(FLOW_NOW) | {"description": "As the portal gives it; new fields may appear."},
    "Flows": _object(
        {
            "items": _many("Flow"),
            "complete": {
                "type": "boolean",
                "description": "False where the portal cannot list: only known flows are shown.",
            },
        }
    ),
    "NewFlow": _fields(SPEC.json_schema()),
    "FlowChanges": _fields(CHANGES.json_schema()),
    "Activity": ACTIVE_BODY.json_schema(),
    "Pin": PINNED_BODY.json_schema(),
    "Pinned": _object({"pinned": {"type": "boolean"}}),
    "Exists": _object({"exists": {"type": "boolean"}}),
    "Problem": PROBLEM,
}
EXAMPLE = {
    "name": "Purchase requests",
    "plannedCompletionTime": 172800,
    "distributionType": "queue",
    "responsibleList": [["user", "3"], ["department", "17:F"]],
}


def example(code: str) -> Schema:
    """What a problem document of that code looks like."""
    shown: Schema = {
        "type": f"urn:bx24app:error:{code}",
        "title": TITLES[code],
        "status": STATUS[code],
        "detail": f"{TITLES[code]}.",
        "code": code,
    }
    if code == "invalid_flow":
        finding = {"pointer": "/name", "code": "missing", "message": "Enter a name."}
        shown["errors"] = [finding]
    if code == "portal_refused":
        words = {"error": "0", "error_description": "Unknown error. [Flow: 198]"}
        shown["portal"] = words
    if STATUS[code] >= 500:
        shown |= {"retryable": True, "mayHaveHappened": False}
    return shown
