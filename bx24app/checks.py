"""Checks at the portal: what can be known before a flow is written, in one request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bx24app.bitrix24.directory import (
    found_departments,
    found_people,
    lookups,
    project_by_name,
    project_lookup,
    template_lookup,
)
from bx24app.errors import Error, mark
from bx24app.flows.methods import GROUP_HAS_NAME, Command, name_check
from bx24app.flows.problems import NameTaken, Problem
from bx24app.flows.spec import LISTS

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


def questions(fields: Mapping[str, Any], *, flow_id: int = 0) -> dict[str, Command]:
    """The commands that look up everything the fields name; `flow_id` is the flow that has them."""
    pairs = [pair for name in LISTS for pair in fields.get(name, ())]
    if fields.get("ownerId"):
        pairs.append(("user", str(fields["ownerId"])))
    asked = lookups(pairs)
    if fields.get("name"):
        asked["name"] = name_check(fields["name"], flow_id)
        if not flow_id and not fields.get("groupId"):
            asked["namesake"] = project_by_name(fields["name"])
    if fields.get("groupId"):
        asked["project"] = project_lookup(fields["groupId"])
    if fields.get("templateId"):
        asked["template"] = template_lookup(fields["templateId"])
    return asked


def problems(fields: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Problem]:
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
    people, tree = found_people(_seen(answers)), found_departments(_seen(answers))
    unanswered = {name for name, answer in answers.items() if isinstance(answer, Error)}
    found = []
    for pointer, kind, number in _named(fields):
        bare = number.removesuffix(":F")
        if kind == "user" and number not in people and not _any(unanswered, "people"):
            message = mark("There is no person with the number %(id)s on this portal.")
            found.append(Problem(pointer, "unknown_person", message, {"id": number}))
        if kind == "department" and bare not in tree and f"department{bare}" not in unanswered:
            message = mark("There is no department with the number %(id)s on this portal.")
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
            message = mark("There is no project with the number %(id)s, or it is not shown to you.")
            found.append(Problem("/groupId", "unknown_project", message, {"id": fields["groupId"]}))
        elif rows[0].get("CLOSED") == "Y":
            message = mark("This project is archived. Choose another one.")
            found.append(Problem("/groupId", "archived_project", message))
    template = answers.get("template")
    if (
        fields.get("templateId")
        and "template" in answers
        and not isinstance(template, dict | Error)
    ):
        message = mark(
            "There is no task template with the number %(id)s, or it is not shown to you."
        )
        found.append(
            Problem("/templateId", "unknown_template", message, {"id": fields["templateId"]})
        )
    return found


def _seen(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer for name, answer in answers.items() if not isinstance(answer, Error)}


def _any(names: Iterable[str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in names)
