"""The variables of a document: `$name` stands for a value, or for entries of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bx24app.blueprints.nodes import Finding, Node, node_of
from bx24app.i18n import N_

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def declared_variables(node: Node | None, found: list[Finding]) -> dict[str, Node]:
    """The variables that a document declares, with their defaults; adds what is wrong."""
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        found.append(node.finding("not_an_object", N_("Give the variables as a map.")))
        return {}
    declared = {}
    for name, default in node.value.items():
        if not NAME.fullmatch(name):
            message = N_("A variable's name has letters, digits, - and _ and begins with a letter.")
            found.append(default.finding("bad_name", message))
        declared[name] = _unescaped(default, found)
    return declared


def filled_variables(
    declared: Mapping[str, Node], given: Mapping[str, Any], found: list[Finding]
) -> dict[str, Node]:
    """The values of all variables: those given, else the defaults; adds what is wrong."""
    filled = dict(declared)
    for name, value in given.items():
        node = node_of(value, f"/variables/{name}")
        if name not in declared:
            message = N_("The document declares no variable “%(name)s”.")
            found.append(node.finding("unknown_variable", message, name=name))
        elif _kind(node.value) != _kind(declared[name].value) and declared[name].value is not None:
            message = N_("This variable has to be %(kind)s, like its default.")
            kind = _kind(declared[name].value)
            found.append(node.finding("wrong_kind", message, kind=kind))
        else:
            filled[name] = node
    return filled


def stand_ins(document: Node) -> dict[str, Any]:
    """Values for variables that are empty lists: somebody fills those in on each portal.

    With them a document can be checked that has nobody to do its tasks yet.
    """
    top = document.value if isinstance(document.value, dict) else {}
    declared = top.get("variables", document).value
    if not isinstance(declared, dict):
        return {}
    return {name: [{"user": {"id": 1}}] for name, one in declared.items() if one.value == []}


def expand(node: Node, variables: Mapping[str, Node], found: list[Finding]) -> Node:
    """A part of the document with its variables filled in; adds what is wrong."""
    if isinstance(node.value, dict):
        inner = {key: expand(one, variables, found) for key, one in node.value.items()}
        return Node(inner, node.pointer, node.line)
    if isinstance(node.value, list):
        entries: list[Node] = []
        for one in node.value:
            filled = expand(one, variables, found)
            # A variable among the entries of a list may stand for several of them.
            spliced = isinstance(one.value, str) and isinstance(filled.value, list)
            entries += filled.value if spliced else [filled]
        return Node(entries, node.pointer, node.line)
    if not isinstance(node.value, str) or not node.value.startswith("$"):
        return node
    if node.value.startswith("$$"):
        return Node(node.value[1:], node.pointer, node.line)
    return _filled(node, variables, found)


def escape(text: str) -> str:
    """A text as a document writes it."""
    return f"${text}" if text.startswith("$") else text


def _filled(node: Node, variables: Mapping[str, Node], found: list[Finding]) -> Node:
    name = node.value[1:]
    if name in variables:
        return _moved(variables[name], node)
    if NAME.fullmatch(name):
        message = N_("The document declares no variable “%(name)s”.")
        found.append(node.finding("unknown_variable", message, name=name))
    else:
        message = N_("A text that begins with $ is written with $$.")
        found.append(node.finding("bare_dollar", message))
    return Node(None, node.pointer, node.line)


def _moved(value: Node, to: Node) -> Node:
    """A variable's value where it stands: findings point there, as the value has no line here."""
    inner = value.value
    if isinstance(inner, dict):
        inner = {key: _moved(one, to) for key, one in inner.items()}
    elif isinstance(inner, list):
        inner = [_moved(one, to) for one in inner]
    return Node(inner, to.pointer, to.line)


def _unescaped(node: Node, found: list[Finding]) -> Node:
    # A default stands in the document, where `$name` would be a variable.
    return expand(node, {}, found)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "a map"}
    return kinds.get(type(value), "empty")
