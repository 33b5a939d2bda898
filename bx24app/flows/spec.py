"""The flow spec: the wanted fields of one flow, checked all at once, in Bitrix24's own names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Required

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from bx24app.flows.field_types import EVERYBODY
from bx24app.flows.fields import BY_NAME, FIELDS, names_of
from bx24app.flows.problems import InvalidFlow, Problem
from bx24app.i18n import N_

LISTS = names_of("people")
LIMITS = names_of("limit")
READ_ONLY = frozenset(
    {"id", "creatorId", "efficiency", "active", "activity", "demo", "team", "trialFeatureEnabled"}
)
"""What Bitrix24 keeps itself, or what has an endpoint of its own (`active`)."""

FlowChanges = dict[str, Any]
"""Some fields of a flow, as the table has them; what is not named stays as it is."""
FlowSpec = dict[str, Any]
"""A flow to create: the required fields, and a value for every other one."""


def _adapter(*, whole: bool) -> TypeAdapter[dict[str, Any]]:
    """The check for an object with the fields of the table; of a `whole` flow some are required."""
    types = {row.name: Required[row.type] if whole and row.required else row.type for row in FIELDS}
    # Types are made of rows here, so a type checker cannot follow.
    make: Any = TypedDict
    shape = make("Flow", types, total=False)
    shape.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(shape)


CHANGES = _adapter(whole=False)
SPEC = _adapter(whole=True)
DEFAULTS: FlowChanges = {
    row.name: row.default for row in FIELDS if not row.required and row.default is not None
}
"""What a field left out on creation means; Bitrix24's own defaults differ and never apply."""

FOREIGN = ("unknown_field", N_("There is no such field."))
NOT_HERE = N_("This field cannot be set here.")
ELSEWHERE = {"active": N_("Turn a flow on or off with PUT …/active.")}
REQUIRED = ("missing", N_("This field is required."))
NOT_AN_OBJECT = ("not_an_object", N_("Send an object with the fields of a flow."))
BUILT_IN = {"missing": REQUIRED, "extra_forbidden": FOREIGN, "dict_type": NOT_AN_OBJECT}
"""pydantic's own findings that can occur here, in our words."""


def parse_spec(data: Any) -> FlowSpec:
    """Take what somebody wants to create, with the defaults filled in.

    Fields that only Bitrix24 sets may come along as in a copied flow if they say what they would be
    anyway. Raises InvalidFlow with everything that is wrong.
    """
    spec, problems = validate_spec(data)
    if problems:
        raise InvalidFlow(problems)
    return spec


def validate_spec(data: Any) -> tuple[FlowSpec, list[Problem]]:
    """See `parse_spec`: what is fine of a spec, and everything that is wrong with the rest."""
    wanted, problems = _without_read_only(data, {"active": True, "demo": False})
    spec, found = validate_as(SPEC, wanted)
    problems += found
    if found:
        # What is fine is still looked up at the portal, so that all problems are told at once.
        spec = dict(valid_fields(wanted))
    problems += _not_yet_pointed_at(problems, _moderator_problems(spec))
    return DEFAULTS | spec, problems


def validate_changes(flow: Mapping[str, Any], data: Any) -> tuple[FlowChanges, list[Problem]]:
    """What really differs from an existing `flow`, as the portal gives it, and everything wrong.

    What stays is not checked, so a flow with entries that only Bitrix24 sets can be changed
    elsewhere.
    """
    now = settings(flow)
    wanted, problems = _without_read_only(data, flow)
    if isinstance(wanted, dict):
        # Before validation: what a flow has already need not be what we accept.
        wanted = {name: value for name, value in wanted.items() if not _same(now, name, value)}
    # `all-users` may be among the creators, and must not become allowed in the team by that.
    kept = {pair for name in LISTS for pair in now.get(name, ())} - {EVERYBODY}
    context = {"kept": kept, "distribution": flow.get("distributionType")}
    problems += validate_as(CHANGES, wanted, context)[1]
    changes = {
        name: value
        for name, value in valid_fields(wanted, context).items()
        if now.get(name) != value
    }
    problems += _not_yet_pointed_at(problems, _change_problems(now, changes))
    return changes, problems


def valid_fields(data: Any, context: dict[str, Any] | None = None) -> FlowChanges:
    """The fields that are fine by themselves, to look up at the portal what they name."""
    fields = data.items() if isinstance(data, Mapping) else ()
    fine = [validate_as(CHANGES, {name: value}, context)[0] for name, value in fields]
    return {name: value for field in fine for name, value in field.items()}


def settings(flow: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a portal's flow that can be set, as specs have them: pairs, 0 for off."""
    known = {name: flow[name] for name in BY_NAME if name in flow}
    for name in LISTS:
        # Bitrix24 takes numbers as ids as well, but always answers with strings.
        known[name] = [(str(kind), str(number)) for kind, number in known.get(name) or ()]
    for name in LIMITS:
        known[name] = known.get(name) or 0
    return known


def _without_read_only(data: Any, flow: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    """Leave out what cannot be set: silently where it says what is so, refused where it differs."""
    if not isinstance(data, Mapping):
        return data, []
    fixed = (READ_ONLY | flow.keys()) - BY_NAME.keys()
    refused = [
        Problem(f"/{name}", "read_only", ELSEWHERE.get(name, NOT_HERE))
        for name in sorted(fixed & data.keys())
        if name in flow and data[name] != flow[name]
    ]
    return {name: value for name, value in data.items() if name not in fixed}, refused


def _same(now: Mapping[str, Any], name: str, value: Any) -> bool:
    if name in LISTS and isinstance(value, list):
        return bool(
            now[name] == [tuple(pair) if isinstance(pair, list) else pair for pair in value]
        )
    # In Python True equals 1, so a switch and a number are told apart by type.
    if name not in now or isinstance(now[name], bool) != isinstance(value, bool):
        return False
    return bool(now[name] == value)


def validate_as(
    kind: TypeAdapter[Any], data: Any, context: dict[str, Any] | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """Validate `data` as a kind of object: its fields converted, or everything wrong."""
    try:
        return dict(kind.validate_python(data, context=context)), []
    except ValidationError as error:
        return {}, [_problem(details) for details in error.errors()]


def _problem(details: ErrorDetails) -> Problem:
    # JSON pointers write `~` as `~0` and `/` as `~1`, in this order (RFC 6901).
    pointer = "".join(
        f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in details["loc"]
    )
    # Our own findings use the code `missing` too, but always come with a context.
    if details["type"] in BUILT_IN and "ctx" not in details:
        code, message = BUILT_IN[details["type"]]
        return Problem(pointer, code, message)
    return Problem(
        pointer, details["type"], details["msg"], details.get("ctx", {}).get("facts", {})
    )


def _not_yet_pointed_at(found: list[Problem], more: list[Problem]) -> list[Problem]:
    """The problems of rules over several fields, without those on fields refused already."""
    pointers = [problem.pointer for problem in found]
    return [
        problem
        for problem in more
        # A finding on one entry of a list counts for the list.
        if not any(pointer.startswith(problem.pointer) for pointer in pointers)
    ]


def _change_problems(now: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Problem]:
    problems = []
    if {"distributionType", "responsibleList"} & changes.keys():
        problems += _moderator_problems({**now, **changes})
    if changes.get("groupId") == 0:
        problems.append(Problem("/groupId", "missing", N_("A flow cannot be without a project.")))
    if "ownerId" in changes and not {**now, **changes}.get("groupId"):
        problems.append(Problem("/groupId", "missing", N_("Choose a project first.")))
    return problems


def _moderator_problems(spec: Mapping[str, Any]) -> list[Problem]:
    """Bitrix24 takes the first entry as the moderator and does not look at its type."""
    team = spec.get("responsibleList")
    if spec.get("distributionType") != "manually" or team is None:
        return []
    if len(team) == 1 and team[0][0] == "user":
        return []
    return [
        Problem(
            "/responsibleList",
            "one_moderator",
            N_("Choose one person who will hand out the tasks."),
        )
    ]
