"""The fields of one flow in a document: readable values become those of `flowData`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bx24app.blueprints.durations import parse_duration
from bx24app.blueprints.nodes import Finding, Node
from bx24app.blueprints.references import Entry, Reference, parse_entries, parse_reference
from bx24app.flows.fields import BY_NAME, names_of
from bx24app.flows.single import ACTIVE_BODY
from bx24app.flows.spec import CHANGES, validate_as
from bx24app.i18n import N_

CREATE = "create"
OFF = "off"
TEXTS = (*names_of("text"), *names_of("lines"))
THINGS = {"ownerId": "user", "groupId": "project", "templateId": "template"}
"""Fields that name one person or thing, and the kind of it."""

Texts = dict[str, str | Mapping[str, str]]
Fields = tuple[Texts, dict[str, Any], dict[str, list[Entry]], dict[str, Reference | int]]


def parse_fields(given: Mapping[str, Node], found: list[Finding]) -> Fields:
    """Texts, values, lists and things among the fields of a flow; adds what is wrong."""
    texts: Texts = {}
    values: dict[str, Any] = {}
    lists: dict[str, list[Entry]] = {}
    things: dict[str, Reference | int] = {}
    for name, node in given.items():
        if name == "active":
            _take(values, name, _active(node, found))
        elif name not in BY_NAME:
            found.append(node.finding("unknown_field", N_("There is no such field.")))
        elif name in TEXTS:
            _take(texts, name, _texts(name, node, found))
        elif name in THINGS:
            _take(things, name, _thing(name, node, found))
        elif BY_NAME[name].kind == "people":
            _take(lists, name, _people(name, node, found))
        else:
            _take(values, name, _value(name, _readable(name, node, found), node, found))
    return texts, values, lists, things


def _take(into: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        into[name] = value


def _active(node: Node, found: list[Finding]) -> bool | None:
    value, problems = validate_as(ACTIVE_BODY, {"active": node.plain()})
    found += [node.finding(one.code, one.message, **one.facts) for one in problems]
    return value.get("active")


def _texts(name: str, node: Node, found: list[Finding]) -> str | Mapping[str, str] | None:
    if not isinstance(node.value, dict):
        text: str | None = _value(name, node.value, node, found)
        return text
    if not node.value:
        found.append(node.finding("missing", N_("Give a text for at least one language.")))
        return None
    texts = {
        language: _value(name, one.plain(), one, found) for language, one in node.value.items()
    }
    return {language: text for language, text in texts.items() if text is not None} or None


def _people(name: str, node: Node, found: list[Finding]) -> list[Entry] | None:
    entries = parse_entries(node, found, everyone=name == "taskCreators")
    if entries == [] and name == "responsibleList" and not (node.value or found):
        found.append(node.finding("missing", N_("Choose at least one person to do the tasks.")))
    return entries


def _thing(name: str, node: Node, found: list[Finding]) -> Reference | int | None:
    kind = THINGS[name]
    if kind == "project" and node.value == CREATE:
        return 0
    # `false` equals 0 in Python, but it is no number.
    if kind != "user" and node.value == 0 and not isinstance(node.value, bool):
        return 0
    parsed = parse_reference(node, kind, found)
    return 0 if parsed is not None and not parsed.text and not parsed.id else parsed


def _readable(name: str, node: Node, found: list[Finding]) -> Any:
    """A value as `flowData` has it, out of the form that people write."""
    value, kind = node.plain(), BY_NAME[name].kind
    if kind == "limit" and value == OFF:
        return 0
    if kind == "duration" and isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError:
            message = N_("Write one number and one unit: 4h, 2d or 1w; or seconds.")
            found.append(node.finding("not_a_duration", message))
            return None
    return value


def _value(name: str, value: Any, node: Node, found: list[Finding]) -> Any:
    """The value as a field takes it; adds what is wrong, None then."""
    if value is None and node.value is not None:
        return None  # what is wrong with it was found already
    checked, problems = validate_as(CHANGES, {name: value})
    found += [node.finding(one.code, one.message, **one.facts) for one in problems]
    return checked.get(name)
