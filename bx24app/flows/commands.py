"""The methods of `tasks.flow.Flow`: how they are called, and what their answers mean.

Bitrix24 needs exactly this spelling, and answers every refusal with the code "0" and a localized
text. So a refusal is understood by what was asked and by what can be looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bx24app.errors import Error, NotFound
from bx24app.flows.problems import NameTaken
from bx24app.i18n import N_

Flow = dict[str, Any]
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
TOO_OLD = N_("This Bitrix24 does not know task flows yet. It has to be updated first.")
NO_RIGHT = N_(
    "Bitrix24 does not permit this. Only the flow administrator, its creator or a portal "
    "administrator can change a flow; creating one needs a plan with flows and the right to create "
    "them. Nothing was changed."
)


def get_command(flow_id: int) -> Command:
    """The command that reads one flow."""
    return GET, {"flowId": flow_id}


def exists_command(name: str, except_id: int = 0) -> Command:
    """The command that asks whether a flow of that name exists, apart from one."""
    return EXISTS, {"flowData": {"name": name} | ({"id": except_id} if except_id else {})}


def list_command(page: int = 0) -> Command:
    """The command for one page of the portal's list, where it has one."""
    return LIST, {"select": ["*"], "order": {"ID": "ASC"}, "start": page * PAGE}


def list_by_name_command(name: str) -> Command:
    """The command for the rows of a portal's list that have that name."""
    return LIST, {"select": ["*"], "filter": {"NAME": name}, "start": 0}


def find_commands(name: str) -> dict[str, Command]:
    """The commands that find a flow by its name and read it, for a batch that begins with them."""
    return {"found": list_by_name_command(name), "flow": (GET, {"flowId": "$result[found][0][id]"})}


def parse_found(answer: Any, name: str) -> Flow | None:
    """The row in an answer to `named`; None where the portal lists no flow of that name.

    A portal that took the filter differently would give any flow, so the name is compared; one in
    these very letters comes first.
    """
    rows = parse_list(answer) or []
    alike = [row for row in rows if str(row.get("name")).casefold() == name.casefold()]
    return min(alike, key=lambda row: bool(row["name"] != name), default=None)


def parse_flow(answer: Any) -> Flow:
    """The flow in an answer to `reading`; any refusal of the portal means that it is not shown."""
    if isinstance(answer, Error):
        if answer.portal_error in ("0", "100"):
            raise _with_words(
                NotFound(
                    message=N_("This flow does not exist any more, or the portal does not show it.")
                ),
                answer,
            )
        raise answer
    return dict(answer)


def parse_list(answer: Any) -> list[Flow] | None:
    """The rows in an answer to `listing`; None where the portal has no such method."""
    if isinstance(answer, Error):
        if answer.portal_error in (*METHOD_UNKNOWN, "0"):
            return None
        raise answer
    return [_completed(row) for row in answer] if isinstance(answer, list) else []


def _completed(row: Flow) -> Flow:
    """The portal leaves empty properties out of its rows."""
    empty: Flow = {
        "active": False,
        "demo": False,
        "description": "",
        "efficiency": 0,
        "groupId": 0,
        "ownerId": 0,
        "templateId": 0,
    }
    return empty | row


def parse_result(answer: Any) -> Any:
    """The result in an answer; raises the Error that stands for one."""
    if isinstance(answer, Error):
        raise answer
    return answer


def explain_refusal(error: Error, name_is_taken: Callable[[], bool]) -> Error:
    """What a refusal of a write means; `name_is_taken` looks whether the name is the cause."""
    if error.portal_error == "ERROR_GROUP_NAME_EXISTS":
        return _with_words(NameTaken(GROUP_HAS_NAME), error)
    if error.portal_error in METHOD_UNKNOWN:
        return _with_words(Error("portal_refused", TOO_OLD), error)
    words = error.portal_description
    if error.portal_error != "0" or INTERNAL_FAILURE.search(words) or FIELD_FINDING.search(words):
        return error
    if name_is_taken():
        return _with_words(NameTaken(), error)
    return _with_words(Error("not_permitted", NO_RIGHT), error)


def _with_words(error: Error, heard: Error) -> Error:
    """Keep the portal's own words with what we make of them."""
    error.portal_error, error.portal_description = heard.portal_error, heard.portal_description
    return error
