"""The shapes of health for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from bx24app.health.finding import SEVERITIES, SEVERITY
from bx24app.web.api.plan_schemas import TEXT_OR_NULL, TIME, whole

Schema = dict[str, Any]

NAMED: Schema = {
    "type": "array",
    "items": whole({"id": {"type": "integer"}, "name": {"type": "string"}}),
}
TIME_OR_NULL: Schema = TIME | {"type": ["string", "null"]}
FINDING: Schema = whole(
    {
        "id": {"type": "integer", "description": "The same while the trouble lasts."},
        "code": {"enum": sorted(SEVERITY)},
        "severity": {"enum": list(SEVERITIES)},
        "flowId": {"type": "integer"},
        "name": {"type": "string", "description": "The flow's name."},
        "message": {"type": "string", "description": "In the portal's language."},
        "since": TIME,
        "mutedUntil": TIME_OR_NULL,
        "details": {
            "type": "object",
            "description": "Whom and what it is about.",
            "properties": {
                "users": NAMED,
                "flows": NAMED,
                "value": {"type": "integer"},
                "limit": {"type": "integer"},
            },
        },
        "mend": TEXT_OR_NULL
        | {"description": "What its plan would do; null where a person has to decide."},
    }
)
HEALTH_SCHEMAS: dict[str, Schema] = {
    "Finding": FINDING,
    "Health": whole(
        {
            "at": TIME_OR_NULL | {"description": "The last look; null before the first."},
            "items": {"type": "array", "items": FINDING, "description": "The worst first."},
        }
    ),
    "Mute": whole({"days": {"type": "integer", "minimum": 0, "maximum": 90}}),
    "HealthOfAll": whole(
        {
            "items": {
                "type": "array",
                "items": whole(
                    {
                        "memberId": {"type": "string"},
                        **{name: {"type": "integer", "minimum": 0} for name in SEVERITIES},
                        "at": TIME,
                    }
                ),
            }
        }
    ),
}
HEALTH_EXAMPLES: dict[str, Any] = {
    "Mute": {"days": 7},
    "Finding": {
        "id": 12,
        "code": "team_of_one",
        "severity": "low",
        "flowId": 101,
        "name": "IT help desk",
        "message": "Boris Lee is the only one left in the queue.",
        "since": "2026-11-25T09:30:00Z",
        "mutedUntil": None,
        "details": {"users": [{"id": 2, "name": "Boris Lee"}]},
        "mend": None,
    },
}
HEALTH_EXAMPLES["Health"] = {"at": "2026-11-25T09:30:00Z", "items": [HEALTH_EXAMPLES["Finding"]]}
