"""The fields of a flow that can be set, in one table.

Validation, the form and its labels, the sentences that sum a flow up, the API's schema and the
table of the reference come from these rows. Names and meanings are Bitrix24's own (Bitrix24 docs,
tasks.flow.Flow.create and tasks.flow.Flow.update).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bx24app.flows.field_types import (
    EVERYBODY,
    Creators,
    Description,
    Distribution,
    Duration,
    Name,
    OptionalId,
    PercentLimit,
    PersonId,
    Switch,
    TaskLimit,
    Team,
)
from bx24app.i18n import N_

Kind = Literal[
    "text", "lines", "duration", "distribution", "people", "person", "thing", "switch", "limit"
]
NOT_A_LIMIT = N_("Enter a whole number from 1, or turn the alert off.")


@dataclass(frozen=True)
class Field:
    """One field: what it is called, what it may hold, and the words for it."""

    name: str
    """Bitrix24's own name, in `flowData` and in what `tasks.flow.Flow.get` gives."""
    kind: Kind
    """How a form asks for it and how a value is told in words."""
    type: Any
    """The annotated type that pydantic checks a value with, see `field_types`."""
    label: str
    """What it is called in the form; Bitrix24's own words."""
    about: str
    """What the API's document says of it."""
    default: Any = None
    """What leaving it out of a creation means; Bitrix24's own defaults differ and never apply."""
    required: bool = False
    """Whether a flow cannot be created without it."""
    in_form: bool = True
    """Whether a person sets it by itself."""
    hint: str = ""
    """A sentence below the input."""
    proposed: Any = None
    """What the form offers for a new flow, as Bitrix24's own form does."""
    sentence: str = ""
    """What happens where it is on; of a limit: the event, with `%(limit)s`."""
    alert: str = ""
    """The name of the switch beside a limit."""
    unit: str = ""
    """What a limit counts, where that is not tasks."""
    highest: int = 0
    """The greatest value of a limit."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What a person reads for a kind of problem, where words for programs would not help."""


FIELDS: tuple[Field, ...] = (
    Field(
        "name",
        "text",
        Name,
        label=N_("Name"),
        about="Unique on the portal; blanks around it are cut off.",
        required=True,
    ),
    Field(
        "description",
        "lines",
        Description,
        label=N_("Description"),
        about="What the flow is for; no control characters except tabs and line breaks.",
        default="",
        hint=N_("Say which tasks belong here. People see it when they choose a flow."),
    ),
    Field(
        "taskCreators",
        "people",
        Creators,
        label=N_("Users allowed to add tasks to the flow"),
        # Bitrix24's own default is nobody but the administrator and the team.
        about="Who may add tasks: pairs as in `responsibleList`, or `meta-user` `all-users`. "
        "Left out on creation: everybody. An empty list: the administrator and the team only.",
        default=[EVERYBODY],
    ),
    Field(
        "plannedCompletionTime",
        "duration",
        Duration,
        label=N_("Planned completion time"),
        about="Seconds in which a task is to be done.",
        required=True,
        hint=N_("All tasks in this flow will have this deadline."),
        words={
            "not_a_number": N_("Enter how long a task may take."),
            "out_of_range": N_("Enter at least 1 hour, 68 years at most."),
        },
    ),
    Field(
        "matchWorkTime",
        "switch",
        Switch,
        label=N_("Skip holidays and weekends"),
        about="Skip weekends and holidays. Left out on creation: on.",
        default=True,
        proposed=True,
    ),
    Field(
        "distributionType",
        "distribution",
        Distribution,
        label=N_("Task distribution"),
        about="`queue`: people take turns; `manually`: one moderator hands tasks out; "
        "`himself`: whoever is free takes a task.",
        required=True,
        proposed="queue",
    ),
    Field(
        "responsibleList",
        "people",
        Team,
        label=N_("Flow team"),
        about="Who does the tasks, or the one moderator: `[type, id]` pairs. Types are "
        '`user` and `department`; `"17"` includes the departments below it, `"17:F"` does not.',
        required=True,
        in_form=False,
    ),
    Field(
        "responsibleCanChangeDeadline",
        "switch",
        Switch,
        label=N_("Assignee can change deadline"),
        # Bitrix24's own default is on, also for an update that leaves the field out.
        about="The assignee may move it. Left out on creation: off.",
        default=False,
        sentence=N_("The assignee can change the deadline."),
    ),
    Field(
        "notifyAtHalfTime",
        "switch",
        Switch,
        label=N_("Enable halfway point alert"),
        about="Remind the assignee halfway to the deadline. Left out on creation: off.",
        default=False,
        proposed=True,
        hint=N_("With a deadline of eight days the assignee is reminded on the fourth."),
        sentence=N_("The assignee is reminded halfway to the deadline."),
    ),
    Field(
        "taskControl",
        "switch",
        Switch,
        label=N_("Submit task to creator for approval"),
        about="Finished tasks go back to their creator for approval. Left out on creation: off.",
        default=False,
        proposed=True,
        sentence=N_("A finished task goes back to its creator for approval."),
    ),
    Field(
        "groupId",
        "thing",
        OptionalId,
        label=N_("Associate tasks with project"),
        about="The project of its tasks. Left out, null or 0 on creation: a new one is made.",
        default=0,
    ),
    Field(
        "templateId",
        "thing",
        OptionalId,
        label=N_("Task template"),
        about="The task template that people have to use; null or 0 for none.",
        default=0,
        hint=N_("The ID of a template, or its link. Tasks can then only be created from it."),
        words={"not_a_number": N_("Enter the ID of a template, or its link.")},
    ),
    Field(
        "ownerId",
        "person",
        PersonId,
        label=N_("Flow administrator"),
        about="The flow administrator. Left out on creation: the installer of the application.",
        hint=N_("Gets the notifications and can change every setting of the flow."),
        words={"not_a_number": N_("Choose a flow administrator.")},
    ),
    Field(
        "notifyOnQueueOverflow",
        "limit",
        TaskLimit,
        label=N_("Notify if number of pending tasks exceeds"),
        about="Alert the administrator above so many pending tasks; null or 0 for off.",
        default=0,
        proposed=50,
        sentence=N_("more than %(limit)s tasks are pending"),
        alert=N_("Pending tasks alert"),
        highest=99_999,
        words={"not_a_number": NOT_A_LIMIT},
    ),
    Field(
        "notifyOnTasksInProgressOverflow",
        "limit",
        TaskLimit,
        label=N_("Notify if number of tasks in progress exceeds"),
        about="Alert the administrator above so many tasks in progress; null or 0 for off.",
        default=0,
        proposed=50,
        sentence=N_("more than %(limit)s tasks are in progress"),
        alert=N_("Tasks in progress alert"),
        highest=99_999,
        words={"not_a_number": NOT_A_LIMIT},
    ),
    Field(
        "notifyWhenEfficiencyDecreases",
        "limit",
        PercentLimit,
        label=N_("Notify if efficiency drops below"),
        about="Alert the administrator below so many percent; null or 0 for off.",
        default=0,
        proposed=70,
        sentence=N_("efficiency is below %(limit)s%%"),
        alert=N_("Efficiency alert"),
        unit="%",
        highest=100,
        words={"not_a_number": NOT_A_LIMIT},
    ),
    Field(
        "matchSchedule",
        "switch",
        Switch,
        label=N_("Count working hours only"),
        about="Count working hours only. Left out on creation: off.",
        default=False,
        in_form=False,
    ),
)
BY_NAME: Mapping[str, Field] = {row.name: row for row in FIELDS}


def names_of(kind: Kind) -> tuple[str, ...]:
    """The names of the fields of one kind, in the order of the form."""
    return tuple(row.name for row in FIELDS if row.kind == kind)
