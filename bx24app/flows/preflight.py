"""Checks at the portal: what can be known before a flow is written, in one request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bx24app.bitrix24.directory import (
    lookup_commands,
    parse_departments,
    parse_people,
    project_by_name_command,
    project_command,
    template_command,
)
from bx24app.errors import Error
from bx24app.flows.commands import GROUP_HAS_NAME, Command, exists_command
from bx24app.flows.problems import NameTaken, Problem
from bx24app.flows.spec import LISTS
from bx24app.i18n import N_

WORTH_RAISING = frozenset(
    {
        "authorization_lost",
        "payment_required",
        "portal_busy",
        "portal_gone",
        "portal_unreachable",
    }
)
"""Failures that would meet the write too; any other failed look is left to the portal."""


def preflight_commands(fields: Mapping[str, Any], *, flow_id: int = 0) -> dict[str, Command]:
    """The commands that look up everything the fields name; `flow_id` is the flow that has them."""
    pairs = [pair for name in LISTS for pair in fields.get(name, ())]
    if fields.get("ownerId"):
        pairs.append(("user", str(fields["ownerId"])))
    asked = lookup_commands(pairs)
    if fields.get("name"):
        asked["name"] = exists_command(fields["name"], flow_id)
        if not flow_id and not fields.get("groupId"):
            asked["namesake"] = project_by_name_command(fields["name"])
    if fields.get("groupId"):
        asked["project"] = project_command(fields["groupId"])
    if fields.get("templateId"):
        asked["template"] = template_command(fields["templateId"])
    return asked


def preflight_problems(fields: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Problem]:
    """What the answers to `questions` say against the fields; raises if the portal is away."""
    for answer in answers.values():
        if isinstance(answer, Error) and answer.code in WORTH_RAISING:
            raise answer
    return [
        *_name_problems(fields, answers),
        *_people_problems(fields, answers),
        *_thing_problems(fields, answers),
    ]


def _name_problems(fields: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Problem]:
    taken = answers.get("name")
    if "name" in fields and isinstance(taken, dict) and taken.get("exists"):
        return list(NameTaken().problems)
    namesakes = answers.get("namesake")
    if isinstance(namesakes, list) and any(
        row.get("NAME") == fields.get("name") for row in namesakes
    ):
        return list(NameTaken(GROUP_HAS_NAME).problems)
    return []


def _people_problems(fields: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Problem]:
    people, tree = parse_people(_seen(answers)), parse_departments(_seen(answers))
    unanswered = {name for name, answer in answers.items() if isinstance(answer, Error)}
    found = []
    for pointer, kind, number in _named(fields):
        bare = number.removesuffix(":F")
        if kind == "user" and number not in people and not _any(unanswered, "people"):
            message = N_("There is no person with the number %(id)s on this portal.")
            found.append(Problem(pointer, "unknown_person", message, {"id": number}))
        if kind == "department" and bare not in tree and f"department{bare}" not in unanswered:
            message = N_("There is no department with the number %(id)s on this portal.")
            found.append(Problem(pointer, "unknown_department", message, {"id": bare}))
    return found


def _named(fields: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    for name in LISTS:
        for index, (kind, number) in enumerate(fields.get(name, ())):
            yield f"/{name}/{index}", kind, number
    if fields.get("ownerId"):
        yield "/ownerId", "user", str(fields["ownerId"])


def _thing_problems(fields: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Problem]:
    found = []
    rows = answers.get("project")
    if fields.get("groupId") and isinstance(rows, list):
        if not rows:
            message = N_("There is no project with the number %(id)s, or it is not shown to you.")
            found.append(Problem("/groupId", "unknown_project", message, {"id": fields["groupId"]}))
        elif rows[0].get("CLOSED") == "Y":
            message = N_("This project is archived. Choose another one.")
            found.append(Problem("/groupId", "archived_project", message))
    template = answers.get("template")
    if (
        fields.get("templateId")
        and "template" in answers
        and not isinstance(template, dict | Error)
    ):
        message = N_("There is no task template with the number %(id)s, or it is not shown to you.")
        found.append(
            Problem("/templateId", "unknown_template", message, {"id": fields["templateId"]})
        )
    return found


def _seen(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer for name, answer in answers.items() if not isinstance(answer, Error)}


def _any(names: Iterable[str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in names)
