"""Finds on a portal whom and what a document names; what is not clear is asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bx24app.blueprints.portal_index import MOST_CANDIDATES, Candidate, PortalIndex
from bx24app.blueprints.references import Reference
from bx24app.errors import Error
from bx24app.i18n import N_

Key = tuple[str, str]
"""A kind and a text, whatever the case."""


class Unresolved(Error):
    """Some references are not on the portal, or not clear; somebody has to choose."""

    code = "unresolved"
    message = N_(
        "Some of those whom the document names were not found on this portal, or not without "
        "doubt. Choose them in `mapping`."
    )

    def __init__(self, references: Iterable[Mapping[str, Any]]) -> None:
        """Each with pointer, kind, text, and candidates to choose from."""
        super().__init__()
        self.members = {"references": list(references)}


@dataclass(frozen=True)
class Resolved:
    """The numbers of everybody and everything that a document names on one portal."""

    numbers: Mapping[Key, int]
    missing: tuple[Mapping[str, Any], ...]
    """Those that were not found, as the API shows them."""
    chosen: Mapping[Key, int]
    """What the call itself has chosen, to be remembered."""

    def number(self, reference: Reference) -> int:
        """The number of a reference; 0 where it was not found."""
        return reference.id or self.numbers.get(key_of(reference), 0)


def key_of(reference: Reference) -> Key:
    """What a mapping is remembered by."""
    return reference.kind, reference.text.strip().casefold()


def resolve(
    references: Iterable[Reference],
    index: PortalIndex,
    mapping: Mapping[str, int],
    stored: Mapping[Key, int],
    templates: Iterable[int] = (),
) -> Resolved:
    """Find every reference by name; what was chosen goes before what is found.

    `mapping` is what the call has chosen, by text; `stored` what was chosen before on this portal;
    `templates` are the templates that exist, of those that either of them names.
    """
    given = {text.strip().casefold(): number for text, number in mapping.items()}
    exist = frozenset(templates)
    numbers: dict[Key, int] = {}
    chosen: dict[Key, int] = {}
    missing = []
    for reference in references:
        if not reference.text:
            continue
        key = key_of(reference)
        candidates = _found(reference, index)
        if key[1] in given:
            number = given[key[1]]
            if _exists(reference.kind, number, index, exist):
                numbers[key] = chosen[key] = number
                continue
        elif key in stored and _exists(reference.kind, stored[key], index, exist):
            numbers[key] = stored[key]
            continue
        elif len(candidates) == 1:
            numbers[key] = candidates[0].id
            continue
        missing.append(_shown(reference, candidates, index))
    return Resolved(numbers, tuple(missing), chosen)


def _found(reference: Reference, index: PortalIndex) -> list[Candidate]:
    return index.find(reference.kind, reference.text)


def _exists(kind: str, number: int, index: PortalIndex, templates: frozenset[int]) -> bool:
    # A template is asked for by itself, as portals have no list of them.
    return number in templates if kind == "template" else index.has(kind, number)


def missing_number(reference: Reference) -> dict[str, Any]:
    """What is told of a number that the portal does not show."""
    return _as_shown(reference, str(reference.id), [])


def _shown(reference: Reference, candidates: list[Candidate], index: PortalIndex) -> dict[str, Any]:
    offered = candidates or index.similar(reference.kind, reference.text)
    return _as_shown(reference, reference.text, offered[:MOST_CANDIDATES])


def _as_shown(reference: Reference, text: str, offered: list[Candidate]) -> dict[str, Any]:
    return {
        "pointer": reference.node.pointer,
        "kind": reference.kind,
        "text": text,
        "candidates": [{"id": str(one.id), "name": one.name} for one in offered],
    }
