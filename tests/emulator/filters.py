"""Filters, pages and keys as the older REST methods understand them."""

import re
from collections.abc import Callable, Sequence

from tests.emulator.coercion import items, to_int
from tests.emulator.php_forms import as_text
from tests.emulator.wire import Page

PAGE = 50
KEY = re.compile(r"(!=%|!%=|!%|!@|!=|!|=%|%=|>=|<=|%|@|=|>|<|)(\w+)")


def upper_keys(params: dict[str, object]) -> dict[str, object]:
    """Write the parameter names in upper case, as these methods read them."""
    return {name.upper(): value for name, value in params.items()}


def filter_of(params: dict[str, object]) -> dict[str, object]:
    """Give the filter of a request, with its keys in upper case."""
    found = upper_keys(params).get("FILTER")
    return upper_keys(found) if isinstance(found, dict) else {}


def paged(
    rows: Sequence[object], params: dict[str, object], wrap: Callable[[list[object]], object] = list
) -> Page:
    """Cut out the page that `start` asks for; -1 switches the counting off."""
    start = to_int(upper_keys(params).get("START", 0))
    counted = not (isinstance(start, int) and start < 0)
    first = start if isinstance(start, int) and start > 0 else 0
    following = first + PAGE
    part = wrap(list(rows[first:following]))
    if not counted:
        return Page(part)
    return Page(part, len(rows), following if following < len(rows) else None)


def selected(rows: list[dict[str, object]], params: dict[str, object]) -> list[dict[str, object]]:
    """Keep the columns that `select` names, and ID; all of them when it names none or `*`."""
    names = {as_text(name).upper() for name in items(upper_keys(params).get("SELECT"))}
    if not names or "*" in names:
        return rows
    return [{name: row[name] for name in row if name in {"ID", *names}} for row in rows]


def in_order(rows: list[dict[str, object]], params: dict[str, object]) -> list[dict[str, object]]:
    """Sort by `order` as {column: direction}, or by `sort` and `order`; by id unless asked."""
    given = upper_keys(params)
    order = given.get("ORDER")
    if isinstance(order, dict) and order:
        name, direction = next(iter(order.items()))
    else:
        name, direction = as_text(given.get("SORT")) or "ID", order
    descending = as_text(direction).upper() == "DESC"
    return sorted(rows, key=lambda row: sort_key(row.get(name.upper())), reverse=descending)


def sort_key(value: object) -> tuple[int, str]:
    """Give what a column is sorted by: numbers by size, before texts without their case."""
    text = as_text(value)
    return (int(text), "") if text.isdigit() else (0, text.casefold())


def matches(values: dict[str, object], conditions: dict[str, object]) -> bool:
    """Tell whether a row satisfies every condition; keys may carry an operator before the name.

    Names the row does not have are not filtered by.
    """
    for key, wanted in conditions.items():
        found = KEY.fullmatch(key)
        if found and found[2] in values and not holds(values[found[2]], found[1], wanted):
            return False
    return True


def holds(value: object, operator: str, wanted: object) -> bool:
    """Tell whether one condition is satisfied. A list of wanted values means any of them."""
    if operator.startswith("!"):
        return not holds(value, operator[1:], wanted)
    if operator in {">", ">=", "<", "<="}:
        return compares(value, operator, wanted)
    several = items(wanted) if isinstance(wanted, list | dict) else [wanted]
    return any(alike(value, operator, one) for one in several)


def compares(value: object, operator: str, wanted: object) -> bool:
    """Compare numbers by size."""
    one, other = to_int(value), to_int(wanted)
    if not isinstance(one, int) or not isinstance(other, int):
        return False
    return {">": one > other, ">=": one >= other, "<": one < other, "<=": one <= other}[operator]


def alike(value: object, operator: str, wanted: object) -> bool:
    """Compare with one wanted value; a row's list is alike when one of its elements is."""
    if isinstance(value, list):
        return any(alike(element, operator, wanted) for element in value)
    if isinstance(value, bool):
        return value == (as_text(wanted).lower() in {"1", "y", "true"})
    text, pattern = as_text(value), as_text(wanted)
    if operator == "%":
        return pattern.casefold() in text.casefold()
    if "%" in pattern:
        expression = ".*".join(re.escape(part) for part in pattern.split("%"))
        return re.fullmatch(expression, text, re.IGNORECASE) is not None
    return text.casefold() == pattern.casefold()
