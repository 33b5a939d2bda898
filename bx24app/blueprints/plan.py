"""A plan: what would be done with each flow, what it is based on, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bx24app.errors import Error, NotFound
from bx24app.flows.problems import InvalidFlow, Problem
from bx24app.i18n import N_
from bx24app.portals.author import Author

ACTIONS = ("create", "update", "activate", "deactivate", "delete", "unchanged")
"""In the order in which they are carried out."""
SUMMARY = ("create", "update", "activate", "deactivate", "delete", "unchanged")

UNSAFE = (
    "person_dismissed", "team_empty", "queue_overlap", "many_deletions", "trial_would_start",
)  # fmt: skip
"""The codes of what has to be accepted before a plan is applied."""


@dataclass(frozen=True)
class Outcome:
    """What came of a change."""

    status: str = "waiting"
    """waiting, running, done, skipped or failed."""
    code: str | None = None
    message: str | None = None
    flow_id: int | None = None
    may_have_happened: bool = False


@dataclass(frozen=True)
class Change:
    """One change of a plan."""

    key: str
    action: str
    flow_id: int | None
    """None for a creation."""
    name: str
    fields: Sequence[Mapping[str, Any]]
    """What differs: `field`, `before` and `after`, as in `flowData`."""
    data: Mapping[str, Any]
    """What is sent: the fields of a creation or an update."""
    base: Mapping[str, Any] | None
    """The flow as it was when the plan was made; None for a creation."""
    owns: bool = False
    """Whether documents own the flow afterwards."""
    reason: str | None = None
    """Why nothing is done, where somebody may wonder."""
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return self.action == "unchanged"


@dataclass(frozen=True)
class Danger:
    """A reason to ask a person before a plan is applied."""

    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A plan that is not stored yet."""

    changes: Sequence[Change]
    unsafe: Sequence[Danger] = ()

    def digest(self) -> str:
        """A fingerprint of everything that applying would do and what that is based on."""
        whole = [
            [one.key, one.action, one.flow_id, one.fields, one.data, one.base, one.owns]
            for one in self.changes
        ]
        text = json.dumps([whole, [one.code for one in self.unsafe]], sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Plan:
    """A stored plan."""

    id: int
    member_id: str
    digest: str
    status: str
    """planned, running, applied, partly_applied, failed or expired."""
    created_at: datetime
    expires_at: datetime
    queued: bool
    """Whether somebody has said to apply it."""
    applied_by: Author | None
    accepted: frozenset[str]
    unsafe: Sequence[Danger]
    changes: Sequence[Change]
    rollout_id: int | None = None

    @property
    def summary(self) -> dict[str, int]:
        """How many changes there are of each kind."""
        return {action: sum(one.action == action for one in self.changes) for action in SUMMARY}

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return all(one.empty for one in self.changes)

    @property
    def over(self) -> bool:
        """Whether it was carried out, however that ended."""
        return self.status in ("applied", "partly_applied", "failed")


def final_status(changes: Iterable[Change]) -> str:
    """How a plan has ended, by the outcomes of its changes."""
    done = [one.outcome.status == "done" for one in changes if not one.empty]
    if all(done):
        return "applied"
    return "partly_applied" if any(done) else "failed"


class NoSuchPlan(NotFound):
    """The portal has no plan of that number."""

    message = N_("There is no such plan.")


class PlanExpired(Error):
    """The plan was made too long ago."""

    code = "plan_expired"
    changed_nothing = True
    message = N_("A plan can be applied for half an hour. Make a new one.")


class PlanAlreadyApplied(Error):
    """The plan was or is being carried out."""

    code = "plan_already_applied"
    message = N_("What came of it stands in the plan itself.")


class PlanNotApplied(Error):
    """There is nothing to undo or to try again."""

    code = "plan_not_applied"
    message = N_("Only what was carried out can be undone or tried again.")


class PlanChanged(Error):
    """The caller has seen another plan."""

    code = "plan_changed"
    changed_nothing = True
    message = N_("The digest is not that of this plan. Look at the plan again.")


class PlanUnsafe(Error):
    """Somebody has to accept what is unsafe first."""

    code = "plan_unsafe"
    changed_nothing = True
    message = N_("To apply it, accept each of these: %(codes)s.")


class NotInPlan(InvalidFlow):
    """Somebody accepts what the plan does not have."""

    code = "invalid_document"
    message = N_("Something is accepted that the plan does not have.")

    def __init__(self, codes: Collection[str]) -> None:
        """`codes` are those that the plan does not have."""
        message = N_("The plan has nothing unsafe with the code %(codes)s.")
        facts = {"codes": ", ".join(sorted(codes))}
        super().__init__([Problem("/accept", "not_in_plan", message, facts)])
