"""Asks the portal about people whom it does not list, without creating anything.

`user.get` leaves integrators, bots and mail users out, so absence does not say that somebody does
not exist; only the checks of a creation know. But a creation makes the flow's project before it
checks people, and a refused one leaves it there. So the portal is asked by creations that name a
project which exists and a department which cannot: they are refused either way, after the check
of people and before anything is made (Bitrix24 source, order of the checks in create).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bx24app.bitrix24.entries import rows_with_id
from bx24app.errors import Error
from bx24app.flows.commands import CREATE
from bx24app.flows.preflight import named_pairs, unknown_person
from bx24app.flows.problems import InvalidFlow, refuse
from bx24app.flows.spec import FlowSpec
from bx24app.portals.access import Actor

NOWHERE = 2**31 - 1
"""No department has this number."""
NOBODY = re.compile(r"^User (\d+) doesn't exist")
"""How the check of people refuses; Bitrix24 never translates it."""


def refuse_nonexistent(actor: Actor, spec: FlowSpec, unseen: Mapping[str, str]) -> None:
    """Raise InvalidFlow for those who do not exist among people whom the portal does not show.

    `unseen`: their numbers by pointer. Where the portal cannot be asked they count as nobody: a
    flow for an existing project may name them, because that leaves nothing behind.
    """
    if not unseen:
        return
    nobody = nonexistent_people(actor, spec, dict.fromkeys(unseen.values()))
    refuse(
        unknown_person(pointer, id)
        for pointer, id in unseen.items()
        # Where nobody could be asked, a refused creation might leave a project behind.
        if nobody is None or id in nobody
    )


def explain_unknown_person(refusal: Error, fields: Mapping[str, Any]) -> Error:
    """The refusal of a write, with a pointer where it says that somebody does not exist."""
    found = NOBODY.match(refusal.portal_description)
    pointers = [
        pointer for pointer, pair in named_pairs(fields) if found and pair == ("user", found[1])
    ]
    if not found or not pointers:
        return refusal
    # One number may be named in several fields; each of them is pointed at.
    explained = InvalidFlow(unknown_person(pointer, found[1]) for pointer in pointers)
    explained.portal_error = refusal.portal_error
    explained.portal_description = refusal.portal_description
    return explained


def nonexistent_people(actor: Actor, spec: FlowSpec, ids: Iterable[str]) -> set[str] | None:
    """Those of the people who do not exist; None where the portal cannot be asked.

    Takes a project that the actor owns. Raises Error when the portal is away.
    """
    # A project of the actor's own: Bitrix24 adds the flow's owner to the project before it checks
    # anything (Bitrix24 source), which changes nothing there.
    command = "sonet_group.get", {"FILTER": {"OWNER_ID": actor.user_id, "CLOSED": "N"}}
    try:
        projects = rows_with_id(actor.client.call(*command, safe=True))
    except Error as error:
        # A lasting refusal means that this way of asking is closed; the caller goes on without it.
        if error.retryable:
            raise
        return None
    if not projects:
        return None
    calls = {f"u{id}": (CREATE, {"flowData": _probe(spec, id, projects[0]["ID"])}) for id in ids}
    # Safe to repeat, although the method is `create`: none of these calls can succeed.
    answers = actor.client.batch(calls, safe=True)
    return {name[1:] for name, answer in answers.items() if _says_nobody(answer)}


def _probe(spec: FlowSpec, id: str, project: int) -> dict[str, object]:
    return {
        "name": spec["name"],
        "plannedCompletionTime": spec["plannedCompletionTime"],
        "distributionType": "himself",
        "responsibleList": [["user", id]],
        # Departments are checked after all people, so this refuses only if the person exists.
        "taskCreators": [["department", str(NOWHERE)]],
        "groupId": project,
    }


def _says_nobody(answer: object) -> bool:
    return isinstance(answer, Error) and bool(NOBODY.match(answer.portal_description))
