"""Checks at the portal: what can be known before a flow is written, in one request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bx24app.bitrix24.answers import parse_map, parse_rows, text_or
from bx24app.bitrix24.directory import project_by_name_command, project_command, template_command
from bx24app.bitrix24.entries import Pair, is_yes, parse_template, rows_with_id
from bx24app.bitrix24.errors import (
    AuthorizationLost,
    Busy,
    PaymentRequired,
    PortalGone,
    Unreachable,
    UnreadableAnswer,
)
from bx24app.bitrix24.lookups import BatchClient, EntryLookup, Lookups, Question
from bx24app.errors import Error
from bx24app.flows.commands import GROUP_HAS_NAME, exists_command
from bx24app.flows.flow import parse_exists
from bx24app.flows.overlap import OverlapLookup, is_mixed
from bx24app.flows.problems import NameTaken, Problem, refuse
from bx24app.flows.spec import LISTS
from bx24app.flows.team import TeamLookup
from bx24app.i18n import N_

WORTH_RAISING = (AuthorizationLost, PaymentRequired, Busy, PortalGone, Unreachable)
"""Failures that would meet the write too; any other failed look is left to the portal."""
FEATURE_COMMAND = ("feature.get", {"CODE": "tasks_flow"})
"""Asks whether the plan has flows: `N` where a creation may start the trial (Bitrix24 source)."""


class Preflight:
    """Looks up everything that a flow names, and tells what of it would make the write fail."""

    def __init__(
        self,
        lookups: Lookups,
        fields: Mapping[str, Any],
        *,
        own_id: int,
        flow_id: int = 0,
        accepted: Collection[str] = (),
    ) -> None:
        """Ask as part of `lookups`; `flow_id` is the flow that has the fields, 0 for a new one.

        Problems with a code in `accepted` are not found: somebody has seen and wants them.
        `own_id`, the user of the token, is never looked up: `user.get` does not show everybody,
        but whoever has a token exists.
        """
        self._own = ("user", str(own_id))
        self._accepted = frozenset(accepted)
        named = [pair for _, pair in named_pairs(fields) if pair != self._own]
        self._entries = EntryLookup(lookups, named)
        self._name: Question[bool] | None = None
        self._namesakes: Question[list[dict[str, Any]]] | None = None
        self._project: Question[list[dict[str, Any]]] | None = None
        self._template: Question[str | None] | None = None
        self._feature: Question[str] | None = None
        team = fields.get("responsibleList")
        self.team = TeamLookup(lookups, team, self._entries, self._own) if team else None
        self._overlap: OverlapLookup | None = None
        if fields.get("name"):
            self._name = lookups.ask(exists_command(fields["name"], flow_id), parse_exists)
            # Without a project Bitrix24 makes one of the flow's name, which has to be free as well.
            if not flow_id and not fields.get("groupId"):
                command = project_by_name_command(fields["name"])
                self._namesakes = lookups.ask(command, parse_rows)
        if fields.get("groupId"):
            self._project = lookups.ask(project_command(fields["groupId"]), rows_with_id)
        if fields.get("templateId"):
            command = template_command(fields["templateId"])
            self._template = lookups.ask(command, parse_template)
        if not flow_id:
            self._feature = lookups.ask(FEATURE_COMMAND, parse_feature)
        if team and is_mixed(team):
            self._overlap = OverlapLookup(lookups, team, self._own)

    def name_is_taken(self) -> bool:
        """Whether a flow has the name; raises where the portal could not say."""
        return self._name is not None and self._name.value()

    def name_is_unclear(self) -> bool:
        """Whether the portal did not say if a flow has the name."""
        return self._name is not None and self._name.error() is not None

    def starts_trial(self) -> bool:
        """Whether a creation could start the portal's one trial of flows."""
        feature = self._feature
        # A portal that does not know the method is not kept from creating flows.
        return feature is not None and feature.error() is None and feature.value() == "N"

    def refuse(self, fields: Mapping[str, Any], problems: list[Problem], **context: Any) -> None:
        """Raise InvalidFlow if there are problems already, or if the portal knows of any.

        `context`: see `problems`.
        """
        try:
            # If the portal is away, the caller is still told what is wrong without asking it.
            found = [*problems, *self.problems(fields, **context)]
        except Error:
            refuse(problems)
            raise
        if found:
            # Nothing will be sent, so the portal's own check of these people will not take place.
            unseen = self.unseen(fields, context.get("kept", ()))
            found += [unknown_person(pointer, id) for pointer, id in unseen.items()]
        refuse(found)

    def problems(
        self,
        fields: Mapping[str, Any],
        *,
        kept: Collection[Pair] = (),
        own_name: bool = False,
        queue: bool = False,
        client: BatchClient | None = None,
    ) -> list[Problem]:
        """What the answers say against the fields; raises Error if the portal is away.

        `kept` are the pairs that the flow has already, `own_name` says that the name is its own,
        `queue` that its team takes turns; `client` reads what did not fit into one request.
        """
        for question in self._questions():
            error = question.error()
            # One failed look is no reason to refuse a flow: the portal checks again when it writes.
            if isinstance(error, WORTH_RAISING) and not isinstance(error, UnreadableAnswer):
                raise error
        found = [
            *([] if own_name else self._name_problems(fields)),
            *self._people_problems(fields, kept),
            *(self._overlaps(fields, client) if queue else []),
            *self._thing_problems(fields),
        ]
        return [problem for problem in found if problem.code not in self._accepted]

    def unseen(self, fields: Mapping[str, Any], kept: Collection[Pair] = ()) -> dict[str, str]:
        """People whom the portal does not show, by their pointers.

        They may not exist, or be integrators, bots or mail users, whom `user.get` leaves out.
        """
        # Without an answer everybody would look as if they did not exist.
        if not self._entries.knows_people():
            return {}
        people = self._entries.people()
        return {
            pointer: pair[1]
            for pointer, pair in named_pairs(fields)
            if pair[0] == "user"
            and pair != self._own
            and pair not in kept
            and pair[1] not in people
        }

    def _questions(self) -> Iterable[Question[Any]]:
        own = (self._name, self._namesakes, self._project, self._template)
        return [*self._entries.questions(), *(question for question in own if question)]

    def _name_problems(self, fields: Mapping[str, Any]) -> list[Problem]:
        if "name" in fields and _answered(self._name) and self.name_is_taken():
            return list(NameTaken().problems)
        namesakes = self._namesakes
        if namesakes is not None and namesakes.error() is None:
            names = [row.get("NAME") for row in namesakes.value()]
            if fields.get("name") in names:
                return list(NameTaken(GROUP_HAS_NAME).problems)
        return []

    def _people_problems(self, fields: Mapping[str, Any], kept: Collection[Pair]) -> list[Problem]:
        found, people = [], self._entries.people()
        for pointer, (kind, id) in named_pairs(fields):
            # Somebody dismissed who is in the flow already must not stop a change of another field.
            if (kind, id) in kept or (kind, id) == self._own:
                continue
            if kind == "user" and id in people and people[id].state == "dismissed":
                message = N_("%(name)s was dismissed and would get no tasks. Choose somebody else.")
                facts = {"name": people[id].name}
                found.append(Problem(pointer, "dismissed_person", message, facts))
            if kind != "department" or not self._entries.knows_department(id):
                continue
            if self._entries.department(id) is None:
                message = N_("There is no department with the number %(id)s on this portal.")
                facts = {"id": id.removesuffix(":F")}
                found.append(Problem(pointer, "unknown_department", message, facts))
        return found

    def _overlaps(self, fields: Mapping[str, Any], client: BatchClient | None) -> list[Problem]:
        team = fields.get("responsibleList")
        if not team or self._overlap is None:
            return []
        return self._overlap.problems(team, self._entries.people(), client)

    def _thing_problems(self, fields: Mapping[str, Any]) -> list[Problem]:
        found = []
        if fields.get("groupId") and self._project and self._project.error() is None:
            rows = self._project.value()
            facts = {"id": fields["groupId"]}
            # `sonet_group.get` answers an empty list for what does not exist and for what is
            # hidden.
            if not rows:
                message = N_(
                    "There is no project with the number %(id)s, or it is not shown to you."
                )
                found.append(Problem("/groupId", "unknown_project", message, facts))
            elif is_yes(rows[0].get("CLOSED")):
                message = N_("This project is archived. Choose another one.")
                found.append(Problem("/groupId", "archived_project", message))
        template = self._template
        known = fields.get("templateId") and template and template.error() is None
        if known and template and template.value() is None:
            message = N_(
                "There is no task template with the number %(id)s, or it is not shown to you."
            )
            facts = {"id": fields["templateId"]}
            found.append(Problem("/templateId", "unknown_template", message, facts))
        return found


def named_pairs(fields: Mapping[str, Any]) -> Iterable[tuple[str, Pair]]:
    """Everybody whom the fields name, each with its pointer."""
    for name in LISTS:
        for index, (kind, id) in enumerate(fields.get(name, ())):
            yield f"/{name}/{index}", (kind, id)
    if fields.get("ownerId"):
        yield "/ownerId", ("user", str(fields["ownerId"]))


def unknown_person(pointer: str, id: str) -> Problem:
    """The finding that nobody has that number."""
    message = N_("There is no person with the number %(id)s on this portal.")
    return Problem(pointer, "unknown_person", message, {"id": id})


def _answered(question: Question[Any] | None) -> bool:
    return question is not None and question.error() is None


def parse_feature(answer: Any) -> str:
    """`Y` or `N` in an answer to `feature.get`; something else on self-hosted portals."""
    return text_or(parse_map(answer).get("value", answer if isinstance(answer, str) else ""))
