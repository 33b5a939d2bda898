"""The questions that administrators have about flows, with answers."""

from __future__ import annotations

from dataclasses import dataclass

from bx24app.i18n import N_


@dataclass(frozen=True)
class Topic:
    """One question and its answer; `name` is its anchor on the page."""

    name: str
    question: str
    answer: str


# What the answers say of Bitrix24 is in its documentation and in docs/reference.md.
TOPICS = (
    Topic(
        "efficiency",
        N_("Why is the efficiency 100 %, or “–”?"),
        N_(
            "Bitrix24 counts how many tasks of the last 30 days were finished in time. A flow "
            "without tasks has 100 % there. We show “–” where no task is known. Bitrix24 "
            "calculates the number again only now and then, so it may be some hours old."
        ),
    ),
    Topic(
        "queue",
        N_("Why does a queue skip people?"),
        N_(
            "Bitrix24 gives tasks to the team in turn and skips whoever is absent in its calendar. "
            "A person who is in the queue twice, alone and in a department, confuses the turn; "
            "that is why the form does not accept such a team."
        ),
    ),
    Topic(
        "newcomers",
        N_("Why does a newcomer of the department get no tasks?"),
        N_(
            "Bitrix24 looks at a department once, when the flow is saved. Open the flow and press "
            "“Refresh the team from its departments”, or save it again in Bitrix24."
        ),
    ),
    Topic(
        "switched",
        N_("Who switched my flow to manual distribution?"),
        N_(
            "Bitrix24 does that by itself when nobody is left in the team or everybody is absent, "
            "and makes the flow administrator the moderator. It tells so once. Here the list and "
            "the form say so and offer the way back."
        ),
    ),
    Topic(
        "off",
        N_("What happens to tasks when a flow is turned off?"),
        N_(
            "They stay where they are, with their people and deadlines. Nobody can choose the flow "
            "for a new task. A program that still names the flow creates its task without it, and "
            "Bitrix24 says nothing about that."
        ),
    ),
    Topic(
        "delete",
        N_("What happens to tasks when a flow is deleted?"),
        N_(
            "They stay in their project as ordinary tasks. The flow itself cannot be brought back, "
            "only created anew. Turning it off is the careful choice."
        ),
    ),
    Topic(
        "create",
        N_("Who may create and change flows?"),
        N_(
            "Bitrix24 decides that. Employees may create flows where their company has not "
            "limited it; a flow is changed by its administrator, its creator and the "
            "administrators of the Bitrix24. Extranet users may use flows but not manage them."
        ),
    ),
    Topic(
        "plan",
        N_("Which plan do I need?"),
        N_(
            "A plan of Bitrix24 that includes flows. Without one Bitrix24 may start a trial of 15 "
            "days, once, with the first flow. The application asks before it does anything that "
            "could start the trial."
        ),
    ),
    Topic(
        "project",
        N_("Why was a project created with my flow?"),
        N_(
            "Each flow belongs to a project. Where none is chosen Bitrix24 creates one with the "
            "flow's name and takes the team as its members. Choose a project in the form to avoid "
            "that. Collabs and archived projects cannot be chosen."
        ),
    ),
    Topic(
        "alerts",
        N_("Why did nobody get an alert?"),
        N_(
            "Bitrix24 tells the flow administrator once when a limit is passed and then stays "
            "silent until the number has recovered, up to 30 days. Alerts are sent when the number "
            "is above the limit (or below, for the efficiency), not when it is equal."
        ),
    ),
    Topic(
        "undo",
        N_("Can I undo a change?"),
        N_(
            "Yes. After each change of a flow “Undo” stands in its row. Nothing that somebody else "
            "changed meanwhile is overwritten: the form shows both and lets you choose."
        ),
    ),
    Topic(
        "authorization",
        N_("What does “authorization lost” mean?"),
        N_(
            "The application works for programs as the person who installed it. When that person "
            "is dismissed or loses their rights, Bitrix24 refuses. Let another administrator open "
            "the application once; that is all."
        ),
    ),
    Topic(
        "api",
        N_("How do programs get access?"),
        N_(
            "Administrators make API keys under “Settings”. A key can be limited to reading and "
            "to a time, is shown once, and can be revoked at any moment."
        ),
    ),
    Topic(
        "remove",
        N_("How do I remove the application and its data?"),
        N_(
            "Uninstall it in Bitrix24. Everything that is stored about your Bitrix24 is deleted at "
            "once; your flows stay as they are."
        ),
    ),
)
