"""`tasks.flow.Flow.list`: undocumented, on newer portals only; a plain array, 50 at a time."""

import re
from collections.abc import Callable

from tests.emulator.caller import Caller
from tests.emulator.coercion import items, to_int
from tests.emulator.flow_access import may_read
from tests.emulator.flow_fields import attribute
from tests.emulator.flow_views import COLUMNS, entity
from tests.emulator.php_forms import as_text
from tests.emulator.phrases import Refusal

PAGE = 50
NAMES = {attribute(name).upper(): name for name in COLUMNS}
KEY = re.compile(r"(<>|!=|<=|>=|><|=%|%=|=|<|>|@|%|)([A-Z_]+)")
MANY = {"", "=", "!=", "<>", "@", "><"}


def list_flows(caller: Caller, params: dict[str, object]) -> object:
    """Give the rows this person may see: camelCase columns, empty ones left out.

    Refusal for an unknown column in select, filter, order or group.
    """
    chosen = columns(params.get("select"), "Invalid select data") or list(COLUMNS)
    columns(params.get("group"), "Invalid group data")
    rows = [
        entity(caller.portal, flow, caller.world.clock, saved=True)
        for flow in caller.portal.flows.values()
        if may_read(caller.portal, flow, caller.user)
    ]
    rows = ordered(filtered(rows, params.get("filter")), params.get("order"))
    start = to_int(params.get("start", 0))
    first = max(start, 0) if isinstance(start, int) else 0
    return [
        {name: row[name] for name in COLUMNS if name in chosen and row[name] not in ("", None)}
        for row in rows[first : first + PAGE]
    ]


def columns(names: object, complaint: str) -> list[str]:
    """Turn column names in upper case into keys; `*` gives none in particular."""
    wanted = [as_text(name) for name in items(names)]
    if any(name not in NAMES and name != "*" for name in wanted):
        raise Refusal(complaint)
    return [] if "*" in wanted else [NAMES[name] for name in wanted]


def ordered(rows: list[dict[str, object]], order: object) -> list[dict[str, object]]:
    """Sort by the columns of `order`, the first one first."""
    wanted = list(order.items()) if isinstance(order, dict) else []
    for name, direction in reversed(wanted):
        if name not in NAMES or as_text(direction).lower() not in {"asc", "desc"}:
            raise Refusal("Incorrect sort field")
        key = NAMES[name]
        rows = sorted(
            rows, key=lambda row, key=key: row[key], reverse=as_text(direction).lower() == "desc"
        )
    return rows


def filtered(rows: list[dict[str, object]], wanted: object) -> list[dict[str, object]]:
    """Keep the rows that satisfy every condition."""
    for name, value in wanted.items() if isinstance(wanted, dict) else ():
        found = KEY.fullmatch(name)
        if not found or found[2] not in NAMES or (
            isinstance(value, list | dict) and found[1] not in MANY
        ):  # fmt: skip
            raise Refusal("Invalid filter data")
        rows = [row for row in rows if holds(row[NAMES[found[2]]], found[1], value)]
    return rows


def like(text: object, pattern: str) -> bool:
    """Compare with SQL's LIKE; the caller brings the `%`."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("%"))), str(text), re.I) is not None


# operator → how a value of a row compares with the one asked for
COMPARES: dict[str, Callable[[object, object], bool]] = {
    "<": lambda one, other: number(one) < number(other),
    "<=": lambda one, other: number(one) <= number(other),
    ">": lambda one, other: number(one) > number(other),
    ">=": lambda one, other: number(one) >= number(other),
    "%": lambda one, other: like(one, as_text(other)),
    "=%": lambda one, other: like(one, as_text(other)),
    "%=": lambda one, other: like(one, as_text(other)),
}


def holds(value: object, operator: str, wanted: object) -> bool:
    """Tell whether one condition is satisfied."""
    if operator in COMPARES:
        return COMPARES[operator](value, wanted)
    several = items(wanted) if isinstance(wanted, list | dict) else [wanted]
    if operator == "><":
        return len(several) == 2 and number(several[0]) <= number(value) <= number(several[1])
    inside = any(alike(value, one) for one in several)
    return not inside if operator in {"!=", "<>"} else inside


def alike(value: object, wanted: object) -> bool:
    """Compare for equality: switches as Y/N or 1/0, numbers as numbers, texts without case."""
    if isinstance(value, bool):
        return value == (as_text(wanted) in {"Y", "1"})
    if isinstance(value, int):
        return value == to_int(wanted)
    return str(value).casefold() == as_text(wanted).casefold()


def number(value: object) -> float:
    """Give a value as a number; what is none counts as 0."""
    turned = to_int(value)
    return turned if isinstance(turned, int) else 0
