"""Reads a document from YAML 1.2 or JSON: no tags, no anchors, no doubled keys, bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from bx24app.blueprints.nodes import (
    DEEPEST,
    LARGEST,
    DocumentTooLarge,
    Finding,
    InvalidDocument,
    Node,
    below,
    node_of,
    too_deep,
)
from bx24app.blueprints.scalars import Ambiguous, parse_plain
from bx24app.i18n import N_

# libyaml's parser is ten times faster; where the wheel has none, Python's own does the same.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_FINDINGS = 100
Event = Any


def read_document(text: str | bytes) -> Node:
    """The nodes of a document in YAML, of which JSON is a part.

    Raises InvalidDocument with line and pointer of everything that cannot be read, and
    DocumentTooLarge.
    """
    if len(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise DocumentTooLarge
    try:
        words = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeError:
        raise _unreadable(None, "not UTF-8") from None
    if words.lstrip()[:1] == "{":
        found = _as_json(words)
        if found is not None:
            return found
    return _Reader(words).read()


def _as_json(words: str) -> Node | None:
    """The nodes of a JSON document; None where it is none, and YAML's reader says why."""
    try:
        value = json.loads(words, object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return node_of(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a doubled key")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _unreadable(line: int | None, reason: str, pointer: str = "") -> InvalidDocument:
    message = N_("This cannot be read: %(reason)s.")
    return InvalidDocument([Finding(pointer, "unreadable", message, {"reason": reason}, line)])


class _Reader:
    """Builds nodes out of YAML's events, which come one by one however large the document is."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._findings: list[Finding] = []

    def read(self) -> Node:
        try:
            events = yaml.parse(self._words, Loader=LOADER)
            found = self._document(events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            reason = str(error.problem or "no YAML").rstrip(".")
            raise _unreadable(mark.line + 1 if mark else None, reason) from None
        except (yaml.YAMLError, UnicodeError, ValueError):
            # A control character, or half of a surrogate pair: there is no mark for those.
            raise _unreadable(None, "a character that YAML does not allow") from None
        if self._findings:
            raise InvalidDocument(self._findings)
        return found

    def _document(self, events: Iterator[Event]) -> Node:
        found, documents = Node(None, "", 1), 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if event.version not in (None, (1, 2)) or event.tags:
                    line = event.start_mark.line + 1
                    self._add("", "directive", N_("Directives of YAML do not belong here."), line)
            elif isinstance(event, yaml.NodeEvent):
                node = self._node(event, events, "", 1)
                found = node if documents == 1 else found
                if documents == 2:
                    message = N_("There is a second document in the file.")
                    self._add("", "second_document", message, event.start_mark.line + 1)
        return found

    def _node(self, event: Event, events: Iterator[Event], pointer: str, depth: int) -> Node:
        line = event.start_mark.line + 1
        self._refuse_marks(event, pointer, line)
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent) and depth > DEEPEST:
            # Reading on could go as deep as the file is long.
            raise InvalidDocument([*self._findings, too_deep(pointer, line)])
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self._mapping(events, pointer, depth), pointer, line)
        if isinstance(event, yaml.SequenceStartEvent):
            entries: list[Node] = []
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                where = below(pointer, len(entries))
                entries.append(self._node(inner, events, where, depth + 1))
            return Node(entries, pointer, line)
        return Node(self._scalar(event, pointer, line), pointer, line)

    def _mapping(self, events: Iterator[Event], pointer: str, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                self._node(event, events, pointer, depth + 1)
                self._add(pointer, "bad_key", N_("A key is a text."), line)
                key = ""
            else:
                # Keys are always texts: `on:` and `12:` have no other sense here.
                key = event.value
                self._refuse_marks(event, pointer, line)
            where = below(pointer, key)
            node = self._node(next(events), events, where, depth + 1)
            if key in found:
                message = N_("The key “%(key)s” occurs twice.")
                self._add(where, "duplicate_key", message, line, key=key)
            found[key] = Node(node.value, where, line)
        return found

    def _scalar(self, event: Event, pointer: str, line: int) -> Any:
        # The two parsers write a word without quotes as None and as "".
        if isinstance(event, yaml.AliasEvent) or event.style:
            return getattr(event, "value", None)
        try:
            return parse_plain(event.value)
        except Ambiguous:
            message = N_("“%(text)s” can be read in two ways. Put a text into quotes.")
            self._add(pointer, "ambiguous", message, line, text=event.value[:50])
            return event.value

    def _refuse_marks(self, event: Event, pointer: str, line: int) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            message = N_("Anchors and aliases of YAML do not belong here.")
            self._add(pointer, "anchor", message, line)
        elif event.tag:
            self._add(pointer, "tag", N_("Tags of YAML do not belong here."), line)

    def _add(self, pointer: str, code: str, message: str, line: int, **facts: Any) -> None:
        self._findings.append(Finding(pointer, code, message, facts, line))
        # A damaged file could have a finding in each of a million places.
        if len(self._findings) >= MOST_FINDINGS:
            raise InvalidDocument(self._findings)
