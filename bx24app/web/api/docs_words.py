"""What the page of the API says beyond its description: what to do, field codes, sample answers."""

from __future__ import annotations

from typing import Any

WHAT_TO_DO = {
    "malformed": "Mend the call; `detail` names what is wrong with it.",
    "malformed_json": "Send JSON; `detail` says where it breaks.",
    "too_late": "Begin again.",
    "unauthenticated": "Send a key that exists, is not revoked and has not expired.",
    "session_ended": "Open the application again; keys have no session.",
    "payment_required": "Renew the application in the Market of that Bitrix24.",
    "not_permitted": "An administrator of the portal has to grant the right or scope.",
    "read_only_key": "Use a key with read and write access.",
    "not_proven": "Not said to programs with a key.",
    "unknown_authorization_server": "The operator decides which servers are trusted.",
    "not_administrator": "Ask an administrator of the portal.",
    "not_installed": "Ask an administrator of the portal to open the application once.",
    "not_found": "Look at the address, and whether the key is for that portal.",
    "method_not_allowed": "`Allow` names the methods of the address.",
    "name_taken": "Choose another name, or `PUT` the flow of that name.",
    "trial_would_start": "Repeat the call with `?allowTrial=true` if the trial is wanted.",
    "sample_flow": "Set the sample up in Bitrix24, or create a flow.",
    "key_taken": "Choose another key, or use the flow that has it.",
    "no_mend": "Decide yourself what is to be done; `message` of the finding says about what.",
    "plan_expired": "Make a new plan of the same document.",
    "plan_unsafe": "Look at `unsafe` in the plan, and name each code in `accept`.",
    "plan_already_applied": "Look at the plan for what came of it.",
    "plan_not_applied": "Apply the plan first.",
    "authorization_lost": "An administrator opens the application on the portal, or `connect`.",
    "portal_gone": "The application has to be installed there again.",
    "flow_changed": "Read the flow again, and repeat your change with its new `ETag`.",
    "plan_changed": "Read the plan again, and send its `digest`.",
    "too_large": "Send less at once.",
    "unsupported_media_type": "Name the type of the body in `Content-Type`.",
    "invalid_flow": "Mend what `errors` names; the codes stand below.",
    "invalid_document": "Mend what `errors` names, by `line` and `pointer`.",
    "invalid_settings": "Mend what `errors` names.",
    "unresolved": "Choose among the `candidates`, and send them as `mapping`.",
    "portal_refused": "Bitrix24's reason stands in `portal`.",
    "idempotency_key_reused": "Use a new key for another request.",
    "installation_incomplete": "Open the application again from the portal's menu.",
    "internal_error": "Tell the operator the `X-Request-Id`. Look before you repeat a change.",
    "portal_unreachable": "Try again after `Retry-After`; look first if it may have happened.",
    "portal_busy": "Try again after `Retry-After`.",
    "database_away": "Try again after `Retry-After`.",
}
"""What to do about each problem, by its code."""
FIELD_CODES = {
    "archived_project": "The project is archived.",
    "bad_id": "No number of a person or department.",
    "dismissed_person": "The person was dismissed and would get no tasks.",
    "missing": "The field is required.",
    "name_taken": "A flow, or for a new project a project, of that name exists.",
    "not_a_list": "A list of `[type, id]` pairs is wanted.",
    "not_a_number": "A whole number is wanted.",
    "not_a_pair": "An entry is no `[type, id]` pair.",
    "not_a_switch": "`true`, `false`, 1 or 0 is wanted.",
    "not_an_object": "An object is wanted.",
    "not_text": "A text is wanted.",
    "one_moderator": "A flow that is assigned manually has one moderator.",
    "out_of_range": "The number is too small or too large; `message` has the bounds.",
    "project_left": "The creation was refused, but Bitrix24 has made its project.",
    "queue_overlap": "A department of the queue has this person as a member.",
    "read_only": "The field cannot be set here.",
    "too_long": "The text is too long.",
    "too_many": "The list is too long.",
    "unknown_department": "No such department.",
    "unknown_field": "No such field.",
    "unknown_person": "No such person.",
    "unknown_project": "No such project, or it is not shown to the installer.",
    "unknown_template": "No such template, or it is not shown to the installer.",
    "unknown_type": "Only people and departments can be named.",
    "unknown_value": "None of the values that exist.",
    "unprintable": "Control characters do not belong there.",
}
"""The codes of `errors` in an `invalid_flow`, in the order of the alphabet."""
SAMPLES: dict[str, Any] = {
    "id": 101,
    "name": "IT help desk",
    "description": "Everything about computers",
    "plannedCompletionTime": 14400,
    "distributionType": "queue",
    "efficiency": 87,
    "activity": "2026-11-25T09:30:00+03:00",
    "memberId": "a223c6b3710f85df22e9377d6c4f7553",
    "domain": "company.bitrix24.com",
    "language": "en",
    "position": "Head of IT",
    "etag": '"5f2d0c9a1b2c34e1"',
}
"""Believable values for fields of an answer."""
OF_A_KIND: dict[str, Any] = {"string": "text", "integer": 1, "number": 1, "boolean": True}


def sample(schema: Any, schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """An answer of that shape, as an example."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].split("/")[-1]]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if name in SAMPLES and isinstance(SAMPLES[name], int) == (kind == "integer"):
        return SAMPLES[name]
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "array":
        parts = schema.get("prefixItems") or [schema["items"]]
        # A list of flows, each with all of its fields, is long enough with two levels.
        return [sample(part, schemas, depth=depth + 1) for part in parts] if depth < 4 else []
    if kind == "object":
        fields = schema.get("properties", {})
        return {field: sample(part, schemas, field, depth + 1) for field, part in fields.items()}
    return OF_A_KIND.get(kind)
