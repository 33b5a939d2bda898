"""A document as it was read: values that know their place, and the findings that point there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bx24app.errors import Error
from bx24app.flows.problems import InvalidFlow, Problem
from bx24app.i18n import N_

LARGEST = 1024 * 1024
"""Bytes of a document."""
DEEPEST = 50
"""Levels of lists and maps in it."""


@dataclass(frozen=True)
class Node:
    """One value of a document."""

    value: Any
    """A scalar, a list of nodes, or a dict of nodes by their keys."""
    pointer: str = ""
    """Where it stands, as a JSON pointer (RFC 6901)."""
    line: int | None = None
    """Its line in YAML, from 1; None in JSON."""

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def finding(self, code: str, message: str, **facts: Any) -> Finding:
        """A finding at this place."""
        return Finding(self.pointer, code, message, facts, self.line)


@dataclass(frozen=True)
class Finding(Problem):
    """A problem of a document, with its line where there is one."""

    line: int | None = field(default=None)


class InvalidDocument(InvalidFlow):
    """The document cannot be used; `problems` names everything that is wrong with it."""

    code = "invalid_document"
    changed_nothing = False
    message = N_("Each of the errors names a place of the document and what is wrong there.")

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Take everything that is wrong, in the order of the document."""
        super().__init__(sorted(problems, key=_line))


class DocumentTooLarge(Error):
    """The document is longer than a megabyte."""

    code = "too_large"
    message = N_("A document has at most 1 MB.")


def node_of(value: Any, pointer: str = "") -> Node:
    """A JSON value as nodes; raises InvalidDocument where it is nested too deeply."""
    return _node(value, pointer, 1)


def below(pointer: str, key: object) -> str:
    """The pointer of an entry below a pointer."""
    # JSON pointers write `~` as `~0` and `/` as `~1`, in this order.
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def too_deep(pointer: str, line: int | None) -> Finding:
    """The finding that lists and maps are nested too deeply."""
    message = N_("Nested too deeply: at most %(most)s levels.")
    return Finding(pointer, "too_deep", message, {"most": DEEPEST}, line)


def _node(value: Any, pointer: str, depth: int) -> Node:
    if isinstance(value, dict | list) and depth > DEEPEST:
        raise InvalidDocument([too_deep(pointer, None)])
    if isinstance(value, dict):
        return Node(
            {key: _node(one, below(pointer, key), depth + 1) for key, one in value.items()}, pointer
        )
    if isinstance(value, list):
        return Node(
            [_node(one, below(pointer, index), depth + 1) for index, one in enumerate(value)],
            pointer,
        )
    return Node(value, pointer)


def _line(problem: Problem) -> int:
    return getattr(problem, "line", None) or 0
