"""The shapes of flows as code for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from bx24app.blueprints.plan import SUMMARY

Schema = dict[str, Any]

TIME: Schema = {"type": "string", "format": "date-time", "description": "UTC, to the second."}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
NUMBER_OR_NULL: Schema = {"type": ["integer", "null"]}


def whole(properties: dict[str, Schema], *optional: str) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


FIELD_CHANGE: Schema = whole(
    {
        "field": {"type": "string"},
        "before": {"description": "As in `flowData`; null where there was none."},
        "after": {"description": "As in `flowData`; null where there is none."},
    }
)
OUTCOME: Schema = whole(
    {
        "status": {"enum": ["waiting", "running", "done", "skipped", "failed"]},
        "code": TEXT_OR_NULL,
        "message": TEXT_OR_NULL,
        "flowId": NUMBER_OR_NULL,
        "mayHaveHappened": {
            "type": "boolean",
            "description": "A lost answer could not be settled.",
        },
    },
    "mayHaveHappened",
)
CHANGE: Schema = whole(
    {
        "key": {"type": ["string", "null"], "description": "The flow's key in documents."},
        "action": {"enum": list(SUMMARY)},
        "flowId": NUMBER_OR_NULL,
        "name": {"type": "string"},
        "fields": {"type": "array", "items": FIELD_CHANGE},
        "outcome": OUTCOME,
        "reason": {"type": "string", "description": "Why nothing is done."},
    },
    "reason",
)
PLAN: Schema = whole(
    {
        "id": {"type": "integer"},
        "digest": {"type": "string", "description": "To be sent when the plan is applied."},
        "status": {
            "enum": ["planned", "running", "applied", "partly_applied", "failed", "expired"]
        },
        "createdAt": TIME,
        "expiresAt": TIME,
        "summary": whole({name: {"type": "integer", "minimum": 0} for name in SUMMARY}),
        "unsafe": {
            "type": "array",
            "items": whole({"code": {"type": "string"}, "message": {"type": "string"}}),
            "description": "What has to be accepted by its code.",
        },
        "changes": {"type": "array", "items": CHANGE},
    }
)
LINE: Schema = whole(
    {
        "id": {"type": "integer"},
        "at": TIME,
        "who": whole(
            {
                "kind": {"enum": ["person", "key", "operator", "unknown"]},
                "id": TEXT_OR_NULL,
                "name": TEXT_OR_NULL,
            }
        ),
        "through": {"enum": ["form", "api", "plan", "rollout", "elsewhere"]},
        "flowId": {"type": "integer"},
        "name": {"type": "string"},
        "action": {"enum": ["create", "update", "activate", "deactivate", "delete"]},
        "fields": {"type": "array", "items": FIELD_CHANGE},
    }
)
REFERENCE: Schema = whole(
    {
        "pointer": {"type": "string"},
        "kind": {"enum": ["user", "department", "project", "template"]},
        "text": {"type": "string"},
        "candidates": {
            "type": "array",
            "items": whole({"id": {"type": "string"}, "name": {"type": "string"}}),
        },
    }
)
DOCUMENT: Schema = {
    "type": "object",
    "description": "Described by the JSON Schema at `/api/v1/blueprint.schema.json`.",
    "properties": {"schema": {"const": 1}, "flows": {"type": "object"}},
    "required": ["schema", "flows"],
}
TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
READY: Schema = whole(
    {"slug": {"type": "string"}, "name": TEXTS, "description": TEXTS, "document": DOCUMENT}
)
KEPT: Schema = whole({"slug": {"type": "string"}, "updatedAt": TIME, "document": DOCUMENT})
PLAN_SCHEMAS: dict[str, Schema] = {
    "Document": DOCUMENT,
    "PlanRequest": whole(
        {
            "document": DOCUMENT,
            "variables": {"type": "object", "description": "Values of the document's variables."},
            "mapping": {
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": "^[1-9][0-9]{0,9}$"},
                "description": "What texts of the document mean on this portal, remembered there.",
            },
            "prune": {
                "type": "boolean",
                "description": "Whether owned flows that it does not name are deleted.",
            },
        },
        "variables",
        "mapping",
        "prune",
    )
    | {"additionalProperties": False},
    "KeptDocument": whole({"document": DOCUMENT}),
    "Gallery": whole({"items": {"type": "array", "items": READY}}),
    "Blueprints": whole({"items": {"type": "array", "items": KEPT}}),
    "Plan": PLAN,
    "Plans": whole({"items": {"type": "array", "items": {"$ref": "#/components/schemas/Plan"}}}),
    "Apply": whole(
        {
            "digest": {"type": "string", "description": "Of the plan that you have seen."},
            "accept": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The code of each thing that is unsafe.",
            },
        },
        "accept",
    )
    | {"additionalProperties": False},
    "Adoption": whole({"key": {"type": "string", "minLength": 1, "maxLength": 100}})
    | {"additionalProperties": False},
    "History": whole({"items": {"type": "array", "items": LINE}}),
}
PLAN_EXAMPLES: dict[str, Schema] = {
    "PlanRequest": {
        "document": {
            "schema": 1,
            "flows": {
                "help-desk": {
                    "name": "IT help desk",
                    "plannedCompletionTime": "4h",
                    "distributionType": "queue",
                    "responsibleList": [{"user": "Boris Lee"}],
                }
            },
        }
    },
    "Apply": {"digest": "1f0c", "accept": []},
    "Adoption": {"key": "help-desk"},
}
PLAN_EXAMPLES["KeptDocument"] = PLAN_EXAMPLES["PlanRequest"]
