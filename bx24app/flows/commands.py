"""The methods of `tasks.flow.Flow`: how they are called, and what their answers mean.

Bitrix24 needs exactly this spelling, and answers every refusal with the code "0" and a localized
text. So a refusal is understood by what was asked and by what can be looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bx24app.errors import Error, NotFound
from bx24app.flows.flow import Flow, parse_list
from bx24app.flows.problems import NameTaken
from bx24app.i18n import N_

Command = tuple[str, Mapping[str, Any]]

GET = "tasks.flow.Flow.get"
CREATE = "tasks.flow.Flow.create"
UPDATE = "tasks.flow.Flow.update"
DELETE = "tasks.flow.Flow.delete"
EXISTS = "tasks.flow.Flow.isExists"
ACTIVATE = "tasks.flow.Flow.activate"
PIN = "tasks.flow.Flow.pin"
LIST = "tasks.flow.Flow.list"

PAGE = 50

INTERNAL_FAILURE = re.compile(r"\[Flow: \d+\]$")
"""How the portal marks an internal failure in every language."""
FIELD_FINDING = re.compile(r"^(Property \w+ cannot be null|'?\w+'?: |\w+ \d+ doesn't exist)")
"""How the portal begins its findings on fields, which it never translates."""
METHOD_UNKNOWN = ("22002", "ERROR_METHOD_NOT_FOUND")
"""How a portal says that it does not know a method."""

GROUP_HAS_NAME = N_(
    "A project with this name already exists. Choose it as the project, or rename the flow."
)


class TooOld(Error):
    """The portal does not know the methods of flows."""

    code = "portal_refused"
    message = N_("This Bitrix24 does not know task flows yet. It has to be updated first.")


class WriteDenied(Error):
    """The portal refused a write without a reason that it could name."""

    code = "not_permitted"
    changed_nothing = True
    message = N_(
        "Bitrix24 does not permit this. Only the flow administrator, its creator or a portal "
        "administrator can change a flow; creating one needs a plan with flows and the right to "
        "create them."
    )


class NoSuchFlow(NotFound):
    """The portal has no such flow, or does not show it to who asks."""

    message = N_("This flow does not exist any more, or the portal does not show it.")


def get_command(flow_id: int) -> Command:
    """The command that reads one flow."""
    return GET, {"flowId": flow_id}


def exists_command(name: str, except_id: int = 0) -> Command:
    """The command that asks whether a flow of that name exists, apart from one."""
    # With an id the portal leaves that flow out, which may keep its own name.
    return EXISTS, {"flowData": {"name": name} | ({"id": except_id} if except_id else {})}


def list_command(page: int = 0) -> Command:
    """The command for one page of the portal's list, where it has one."""
    return LIST, {"select": ["*"], "order": {"ID": "ASC"}, "start": page * PAGE}


def list_by_name_command(name: str) -> Command:
    """The command for the rows of a portal's list that have that name."""
    return LIST, {"select": ["*"], "filter": {"NAME": name}, "start": 0}


def read_found_command(found: str) -> Command:
    """The command that reads the first flow of a result `found` of the same batch."""
    # The portal itself replaces `$result[…]` by the answer to an earlier command of the batch.
    return GET, {"flowId": f"$result[{found}][0][id]"}


def parse_found(answer: Any, name: str) -> Flow | None:
    """The row of that name in an answer to `list`; None where the portal lists none.

    A portal that took the filter differently would give any flow, so the name is compared; an
    exact match comes first.
    """
    rows = parse_list(answer).rows
    alike = [row for row in rows if row["name"].casefold() == name.casefold()]
    return min(alike, key=lambda row: bool(row["name"] != name), default=None)


def not_shown(refusal: Error) -> Error:
    """What a refused `get` means: whatever the portal's reason, it does not show the flow."""
    # "0" is any refusal by the controller of flows, "100" a parameter that it cannot bind.
    if refusal.portal_error in ("0", "100"):
        return _with_words(NoSuchFlow(), refusal)
    return refusal


def has_list(refusal: Error) -> bool:
    """Whether a refused `list` is a passing failure of a portal that has that method."""
    return refusal.portal_error not in (*METHOD_UNKNOWN, "0")


def explain_refusal(error: Error, name_is_taken: Callable[[], bool]) -> Error:
    """What a refusal of a write means; `name_is_taken` looks whether the name is the cause."""
    # Where making the project fails, Bitrix24 replaces the flow's own code by the project's.
    if error.portal_error == "ERROR_GROUP_NAME_EXISTS":
        return _with_words(NameTaken(GROUP_HAS_NAME), error)
    if error.portal_error in METHOD_UNKNOWN:
        return _with_words(TooOld(), error)
    # Internal failures and findings on fields come with "0" as well. They are told apart by marks
    # that are the same in every language; what remains is a taken name or a missing right.
    words = error.portal_description
    if error.portal_error != "0" or INTERNAL_FAILURE.search(words) or FIELD_FINDING.search(words):
        return error
    if name_is_taken():
        return _with_words(NameTaken(), error)
    return _with_words(WriteDenied(), error)


def _with_words(error: Error, heard: Error) -> Error:
    """Keep the portal's own words with what we make of them."""
    error.portal_error, error.portal_description = heard.portal_error, heard.portal_description
    return error
