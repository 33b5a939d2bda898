"""A blueprint: the flows that are wanted, checked as far as that can be done without a portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bx24app.blueprints.fields import parse_fields
from bx24app.blueprints.nodes import Finding, InvalidDocument, Node
from bx24app.blueprints.references import Entry, Reference
from bx24app.blueprints.variables import declared_variables, expand, filled_variables
from bx24app.flows.field_types import LARGEST_ID, UNPRINTABLE
from bx24app.i18n import N_

VERSION = 1
LONGEST_KEY = 100
TOP = ("schema", "variables", "flows")
UNFILLED = ("unknown_variable", "bare_dollar")


@dataclass(frozen=True)
class WantedFlow:
    """One flow of a document, its variables filled in."""

    key: str
    node: Node
    absent: bool
    """Whether it is to be deleted."""
    id: int
    """Its number, where the document is tied to one portal; else 0."""
    texts: Mapping[str, str | Mapping[str, str]]
    """Name and description: one text, or texts by language."""
    values: Mapping[str, Any]
    """The fields that name nobody, as in `flowData`; also `active`."""
    lists: Mapping[str, list[Entry]]
    """Team and creators."""
    things: Mapping[str, Reference | int]
    """`ownerId`, `groupId` and `templateId`: a reference, or 0 for none or a new one."""

    def data(self, language: str) -> dict[str, Any]:
        """The fields that name nobody, with the texts of a language."""
        texts = {name: text_for(text, language) for name, text in self.texts.items()}
        return texts | {name: value for name, value in self.values.items() if name != "active"}

    def names(self) -> set[str]:
        """All names it may have."""
        name = self.texts.get("name", "")
        return {name} - {""} if isinstance(name, str) else set(name.values())

    def place(self, field: str) -> Node:
        """Where a field stands; the flow itself where it is not named."""
        found: Node = self.node.value.get(field, self.node)
        return found


@dataclass(frozen=True)
class Document:
    """The flows that are wanted, by key."""

    flows: Mapping[str, WantedFlow]

    def references(self) -> list[Reference]:
        """Everybody and everything that the flows name, in their order."""
        found: list[Reference] = []
        for flow in self.flows.values():
            entries = [entry for listed in flow.lists.values() for entry in listed]
            named = (*entries, *flow.things.values())
            found += [one for one in named if isinstance(one, Reference)]
        return found


def parse_document(node: Node, variables: Mapping[str, Any] | None = None) -> Document:
    """A document with its variables filled in; raises InvalidDocument with everything wrong."""
    found: list[Finding] = []
    top = node.value
    if not isinstance(top, dict):
        raise InvalidDocument([node.finding("not_an_object", N_("A document is a map."))])
    _refuse_unknown(top, found)
    _check_version(node, found)
    declared = declared_variables(top.get("variables"), found)
    filled = filled_variables(declared, variables or {}, found)
    flows = _flows(node, filled, found)
    if found:
        raise InvalidDocument(_without_echoes(found))
    return Document(flows)


def text_for(text: str | Mapping[str, str], language: str) -> str:
    """The text of a language, else the English one, else the first."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("en") or next(iter(text.values()))


def _check_version(node: Node, found: list[Finding]) -> None:
    version = node.value.get("schema")
    if version is None:
        found.append(node.finding("missing", N_("The document lacks %(name)s."), name="schema"))
    elif version.value != VERSION or isinstance(version.value, bool):
        found.append(version.finding("unknown_version", N_("This is schema 1.")))


def _flows(
    node: Node, variables: Mapping[str, Node], found: list[Finding]
) -> dict[str, WantedFlow]:
    listed = node.value.get("flows")
    if listed is None:
        found.append(node.finding("missing", N_("The document lacks %(name)s."), name="flows"))
        return {}
    if not isinstance(listed.value, dict):
        found.append(listed.finding("not_an_object", N_("Give the flows as a map, by their keys.")))
        return {}
    flows: dict[str, WantedFlow] = {}
    for key, given in listed.value.items():
        flow = _flow(key, expand(given, variables, found), found)
        if flow is not None:
            flows[key] = flow
    _refuse_same_names(flows, found)
    return flows


def _flow(key: str, node: Node, found: list[Finding]) -> WantedFlow | None:
    if not 0 < len(key) <= LONGEST_KEY or UNPRINTABLE.search(key) or key != key.strip():
        message = N_("A flow's key has 1 to 100 characters, without blanks around.")
        found.append(node.finding("bad_key", message))
    if not isinstance(node.value, dict):
        found.append(node.finding("not_an_object", N_("Give the fields of the flow as a map.")))
        return None
    state = node.value.get("state")
    if state is not None and state.value not in ("present", "absent"):
        found.append(state.finding("unknown_value", N_("A state is present or absent.")))
    absent = state is not None and state.value == "absent"
    fields = {name: one for name, one in node.value.items() if name not in ("state", "id")}
    parsed = parse_fields(fields, found)
    return WantedFlow(key, node, absent, _number(node.value.get("id"), found), *parsed)


def _number(node: Node | None, found: list[Finding]) -> int:
    if node is None:
        return 0
    number = node.value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= LARGEST_ID:
        found.append(node.finding("bad_id", N_("Enter an ID: a whole number from 1.")))
        return 0
    return number


def _without_echoes(found: list[Finding]) -> list[Finding]:
    """The findings without those that a missing variable has caused at its own place."""
    missing = {one.pointer for one in found if one.code in UNFILLED}
    return [one for one in found if one.code in UNFILLED or one.pointer not in missing]


def _refuse_unknown(top: Mapping[str, Node], found: list[Finding]) -> None:
    for name in top.keys() - set(TOP):
        found.append(top[name].finding("unknown_field", N_("There is no such field.")))


def _refuse_same_names(flows: Mapping[str, WantedFlow], found: list[Finding]) -> None:
    """Find flows that would have one name on a portal of any language."""
    names = {key: flow.texts["name"] for key, flow in flows.items() if flow.texts.get("name")}
    languages = {"en"}.union(*(name for name in names.values() if isinstance(name, Mapping)))
    seen: dict[tuple[str, str], str] = {}
    for key, name in names.items():
        texts = [(language, text_for(name, language).casefold()) for language in sorted(languages)]
        other = next((seen[text] for text in texts if text in seen), None)
        if other is not None:
            message = N_("The flow “%(key)s” has the same name.")
            found.append(flows[key].place("name").finding("same_name", message, key=other))
        for text in texts:
            seen.setdefault(text, key)
