"""References of a document: people, departments, projects and templates by names or numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bx24app.blueprints.nodes import Finding, Node
from bx24app.flows.field_types import EVERYBODY, LARGEST_ID
from bx24app.i18n import N_

EVERYONE = "everyone"
PEOPLE = ("user", "department")


@dataclass(frozen=True)
class Reference:
    """Somebody or something that a document names."""

    kind: str
    """user, department, project or template."""
    text: str
    """E-mail, full name, path or title; empty where a number stands instead."""
    id: int
    """The number on one portal; 0 where a text stands instead."""
    only: bool
    """Of a department: without those below."""
    node: Node
    """Where it stands."""

    def pair(self, number: int) -> tuple[str, str]:
        """The pair of `flowData`, of the number that the reference has on a portal."""
        return self.kind, f"{number}:F" if self.only else str(number)


Entry = Reference | tuple[str, str]
"""An entry of a list: a reference, or the pair for everybody."""


def parse_entries(node: Node, found: list[Finding], *, everyone: bool) -> list[Entry] | None:
    """The entries of a team or of creators; adds what is wrong, None where nothing is left."""
    listed = node.value
    if isinstance(listed, str) and everyone and listed == EVERYONE:
        return [EVERYBODY]
    if isinstance(listed, dict):
        listed = [node]
    if not isinstance(listed, list):
        found.append(node.finding("not_a_list", N_("Give a list of people and departments.")))
        return None
    entries = [_entry(one, found, everyone=everyone) for one in listed]
    return [entry for entry in entries if entry is not None]


def parse_reference(node: Node, kind: str, found: list[Finding]) -> Reference | None:
    """`{user: …}`, `{project: …}` or `{template: …}`; adds what is wrong, None then."""
    given = node.value
    if not isinstance(given, dict) or set(given) != {kind}:
        message = N_("Write %(form)s with a name, or with an id.")
        found.append(node.finding("bad_reference", message, form=f"{{{kind}: …}}"))
        return None
    return _reference(given[kind], kind, given.get("only"), found)


def _entry(node: Node, found: list[Finding], *, everyone: bool) -> Entry | None:
    given = node.value
    if everyone and given == EVERYONE:
        return EVERYBODY
    kinds = [kind for kind in PEOPLE if isinstance(given, dict) and kind in given]
    if not isinstance(given, dict) or len(kinds) != 1:
        message = N_("Write each entry as {user: …} or {department: …}.")
        found.append(node.finding("bad_reference", message))
        return None
    kind = kinds[0]
    # `only` may stand beside the name of a department and nowhere else.
    for key, other in given.items():
        if key != kind and (key != "only" or kind != "department"):
            found.append(other.finding("unknown_field", N_("There is no such field.")))
    return _reference(given[kind], kind, given.get("only"), found)


def _reference(node: Node, kind: str, only: Node | None, found: list[Finding]) -> Reference | None:
    given = node.value
    if isinstance(given, dict):
        return _by_id(node, kind, only, found)
    if not isinstance(given, str) or not given.strip():
        message = N_("Give a name as a text, or {id: …}. A number goes into quotes or behind id.")
        found.append(node.finding("bad_reference", message))
        return None
    return Reference(kind, given.strip(), 0, _flag(only, found), node)


def _by_id(node: Node, kind: str, only: Node | None, found: list[Finding]) -> Reference | None:
    given: dict[str, Node] = node.value
    known = {"id", "only"} if kind == "department" else {"id"}
    for key in set(given) - known:
        found.append(given[key].finding("unknown_field", N_("There is no such field.")))
    number: Any = given["id"].value if "id" in given else None
    least = 0 if kind in ("project", "template") else 1
    whole = isinstance(number, int) and not isinstance(number, bool)
    if not whole or not least <= number <= LARGEST_ID:
        found.append(node.finding("bad_id", N_("Enter an ID: a whole number from 1.")))
        return None
    # Beside the number, or beside the department as with a name.
    return Reference(kind, "", number, _flag(given.get("only", only), found), node)


def _flag(node: Node | None, found: list[Finding]) -> bool:
    if node is None:
        return False
    if not isinstance(node.value, bool):
        found.append(node.finding("not_a_switch", N_("Use true or false (or 1 or 0).")))
        return False
    return node.value
