"""The fields of `flowData`: their names, types and defaults, and how a request is bound to them.

What an update leaves out is reset for every field with a default here: Bitrix24 fills the
object with defaults first and then copies everything that is not null into the flow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.emulator.coercion import IGNORED, items, to_array, to_bool, to_int, to_string
from tests.emulator.phrases import Refusal, unexpected

UNSET = object()

# wire name → (turns the value, takes null, value when it is not given)
FIELDS: dict[str, tuple[Callable[[object], object], bool, object]] = {
    "id": (to_int, False, 0),
    "name": (to_string, False, UNSET),
    "description": (to_string, False, ""),
    "groupId": (to_int, False, UNSET),
    "ownerId": (to_int, False, UNSET),
    "creatorId": (to_int, False, UNSET),
    "templateId": (to_int, False, 0),
    "efficiency": (to_int, False, 100),
    "plannedCompletionTime": (to_int, False, UNSET),
    "distributionType": (to_string, True, None),
    "responsibleList": (to_array, True, None),
    "taskCreators": (to_array, True, None),
    "responsibleCanChangeDeadline": (to_bool, False, True),
    "matchWorkTime": (to_bool, False, True),
    "matchSchedule": (to_bool, False, False),
    "notifyAtHalfTime": (to_bool, False, False),
    "taskControl": (to_bool, False, False),
    "notifyOnQueueOverflow": (to_int, True, 0),
    "notifyOnTasksInProgressOverflow": (to_int, True, 0),
    "notifyWhenEfficiencyDecreases": (to_int, True, 0),
    "active": (to_bool, False, UNSET),
    "demo": (to_bool, False, UNSET),
}

THRESHOLDS = {
    "notifyOnQueueOverflow": 99999,
    "notifyOnTasksInProgressOverflow": 99999,
    "notifyWhenEfficiencyDecreases": 100,
}
SWITCHES = ("responsibleCanChangeDeadline", "matchWorkTime", "matchSchedule",
            "notifyAtHalfTime", "taskControl")  # fmt: skip
LISTS = ("responsibleList", "taskCreators")


@dataclass
class FlowData:
    """A bound `flowData`: every field that was given or has a default."""

    values: dict[str, object]
    sent: Mapping[str, object]

    def has(self, name: str) -> bool:
        """Tell whether the field holds something that is not null."""
        return self.values.get(name) is not None

    def number(self, name: str) -> int:
        """Give an int field, 0 when it is not set."""
        value = self.values.get(name)
        return value if isinstance(value, int) else 0

    def text(self, name: str) -> str:
        """Give a string field, "" when it is not set."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def pairs(self, name: str) -> list[object] | None:
        """Give the elements of a list field, None when it is not set."""
        return items(self.values[name]) if self.has(name) else None


def bind(params: Mapping[str, object]) -> FlowData:
    """Bind the `flowData` of a request; one that is missing is taken for an empty one.

    Refusal when it is no array, or when a member list does not consist of pairs.
    """
    sent = params.get("flowData", {})
    if not isinstance(sent, dict | list):
        kind = {str: "string", int: "int", bool: "bool", float: "float"}.get(type(sent), "null")
        raise Refusal(f"Argument #1 ($data) must be of type array, {kind} given")
    given = sent if isinstance(sent, dict) else {}
    data = FlowData(values_of(given), given)
    for name in LISTS:
        if not all(is_pair(element) for element in data.pairs(name) or []):
            raise unexpected(name)
    return data


def values_of(sent: Mapping[str, object]) -> dict[str, object]:
    """Turn what was sent into typed values; wrong types are ignored silently."""
    values: dict[str, object] = {}
    for name, (turned, nullable, default) in FIELDS.items():
        value = sent.get(name, IGNORED)
        if value is None:
            value = None if nullable else IGNORED
        elif value is not IGNORED:
            value = turned(value)
        if value is IGNORED:
            value = default
        if value is not UNSET:
            values[name] = value
    return values


def later_values(data: FlowData, fields: Mapping[str, object]) -> dict[str, object]:
    """Give the values of fields that only a later version has, as {name: default}."""
    turns = {bool: to_bool, int: to_int, str: to_string}
    given = {
        name: turns[type(fields[name])](data.sent[name]) for name in fields if name in data.sent
    }
    return {name: given.get(name, default) for name, default in fields.items()}


def is_pair(element: object) -> bool:
    """Tell whether an element of a member list is an array of exactly two."""
    return isinstance(element, list | dict) and len(element) == 2


def attribute(name: str) -> str:
    """Give the name under which a flow stores a field: plannedCompletionTime → planned_…"""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
