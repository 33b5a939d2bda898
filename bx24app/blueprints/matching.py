"""Which flow of a portal each flow of a document means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bx24app.blueprints.document import Document, WantedFlow, text_for
from bx24app.blueprints.nodes import Finding
from bx24app.flows.flow import Flow
from bx24app.flows.listing import same_name
from bx24app.i18n import N_


@dataclass(frozen=True)
class Link:
    """The flow that documents know by a key."""

    key: str
    flow_id: int
    owned: bool


@dataclass(frozen=True)
class Matched:
    """The flows that a document means, by key; 0 where there is none yet."""

    ids: Mapping[str, int]
    findings: list[Finding]


def match_flows(
    document: Document, rows: Iterable[Flow], links: Iterable[Link], language: str
) -> Matched:
    """Find each flow by its number, else by its key, else by its name; tell what cannot be."""
    by_id = {int(row["id"]): row for row in rows}
    known = {link.key: link.flow_id for link in links}
    ids: dict[str, int] = {}
    findings: list[Finding] = []
    # Keys first: a name must not lead to a flow that another key of the document stands for.
    for flow in document.flows.values():
        if flow.id and flow.id not in by_id:
            message = N_("There is no flow with the number %(id)s on this portal.")
            findings.append(flow.place("id").finding("unknown_flow", message, id=flow.id))
        number = flow.id or known.get(flow.key, 0)
        ids[flow.key] = number if number in by_id else 0
    taken = set(ids.values()) - {0}
    for flow in document.flows.values():
        if not ids[flow.key]:
            ids[flow.key] = _by_name(flow, by_id.values(), language, taken)
            taken |= {ids[flow.key]}
        findings += _conflicts(flow, ids, by_id, document, language)
    return Matched(ids, findings)


def _by_name(flow: WantedFlow, rows: Iterable[Flow], language: str, taken: set[int]) -> int:
    name = flow.texts.get("name")
    if name is None:
        return 0
    wanted = text_for(name, language)
    found = [int(row["id"]) for row in rows if row["name"] == wanted]
    return next((number for number in found if number not in taken), 0)


def _conflicts(
    flow: WantedFlow,
    ids: Mapping[str, int],
    by_id: Mapping[int, Flow],
    document: Document,
    language: str,
) -> list[Finding]:
    """A flow that two keys mean, and a name that another flow of the portal has."""
    own = ids[flow.key]
    found = []
    if own and list(ids.values()).count(own) > 1:
        message = N_("Another key of the document means the same flow.")
        found.append(flow.node.finding("same_flow", message))
    name = flow.texts.get("name")
    if name is None or flow.absent:
        return found
    wanted = text_for(name, language)
    # Flows that the document itself renames or deletes make room for their names.
    moving = {
        ids.get(other.key, 0)
        for other in document.flows.values()
        if other.absent or "name" in other.texts
    }
    for number, row in by_id.items():
        if number != own and number not in moving and same_name(str(row["name"]), wanted):
            message = N_("A flow with this name already exists.")
            found.append(flow.place("name").finding("name_taken", message))
    return found
