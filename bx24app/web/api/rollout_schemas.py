"""The shapes of rollouts for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from bx24app.blueprints.plan import UNSAFE
from bx24app.rollouts.checking import MOST_WAVES
from bx24app.rollouts.rollout import STOP_AFTER
from bx24app.web.api.plan_schemas import (
    DOCUMENT,
    NUMBER_OR_NULL,
    PLAN,
    PLAN_EXAMPLES,
    TEXT_OR_NULL,
    TIME,
    whole,
)

Schema = dict[str, Any]

COUNT: Schema = {"type": "integer", "minimum": 0}
PORTAL: Schema = whole(
    {
        "memberId": {"type": "string"},
        "status": {"enum": ["waiting", "running", "done", "failed", "cancelled"]},
        "planId": NUMBER_OR_NULL,
        "summary": {"anyOf": [PLAN["properties"]["summary"], {"type": "null"}]},
        "code": TEXT_OR_NULL | {"description": "Why it has failed."},
        "message": TEXT_OR_NULL,
    }
)
ROLLOUT: Schema = whole(
    {
        "id": {"type": "integer"},
        "status": {
            "enum": ["running", "done", "partly_done", "stopped", "cancelled"],
            "description": "`stopped`: too many portals have failed.",
        },
        "createdAt": TIME,
        "waves": {"type": "array", "items": COUNT, "description": "How many portals each has."},
        "progress": whole(dict.fromkeys(("total", "done", "failed", "waiting"), COUNT)),
        "portals": {"type": "array", "items": PORTAL},
    }
)
BY_PORTAL: Schema = {"type": "object", "additionalProperties": {"type": "object"}}
ROLLOUT_SCHEMAS: dict[str, Schema] = {
    "Rollout": ROLLOUT,
    "Rollouts": whole(
        {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Rollout"}}}
    ),
    "RolloutRequest": whole(
        {
            "document": DOCUMENT,
            "portals": {
                "anyOf": [
                    {"const": "all"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ],
                "description": "The `memberId` of each, in the order of the waves, or `all`.",
            },
            "variables": BY_PORTAL
            | {"description": "Values of the document's variables, by `memberId`."},
            "mapping": BY_PORTAL
            | {"description": "What texts of the document mean, by `memberId`; remembered."},
            "waves": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1},
                "minItems": 1,
                "maxItems": MOST_WAVES,
                "description": "How many portals each wave has; the rest is the last one. "
                "`[1, 10]` if left out.",
            },
            "stopAfterFailures": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": STOP_AFTER,
                "description": "No wave begins after a larger share of failed portals.",
            },
            "accept": {
                "type": "array",
                "items": {"enum": list(UNSAFE)},
                "description": "What is unsafe and wanted all the same.",
            },
        },
        "variables",
        "mapping",
        "waves",
        "stopAfterFailures",
        "accept",
    )
    | {"additionalProperties": False},
}
ROLLOUT_EXAMPLES: dict[str, Schema] = {
    "RolloutRequest": {
        "document": PLAN_EXAMPLES["PlanRequest"]["document"],
        "portals": "all",
        "waves": [1, 10],
        "stopAfterFailures": STOP_AFTER,
    }
}
