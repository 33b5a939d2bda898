"""A finding: one trouble of one flow, in words, with whom and what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bx24app.errors import Error, NotFound
from bx24app.i18n import N_

SEVERITIES = ("high", "medium", "low")
"""The worst first."""
SEVERITY = {
    "team_empty": "high",
    "switched_to_manual": "high",
    "project_gone": "high",
    "person_dismissed": "high",
    "queue_overlap": "medium",
    "template_gone": "medium",
    "efficiency_low": "medium",
    "pending_over_limit": "medium",
    "progress_over_limit": "medium",
    "team_of_one": "low",
    "unused": "low",
    "lookalike": "low",
    "sample_looks_real": "low",
}
"""How bad each trouble is, by its code."""
CONSEQUENCES = {"team_empty": {"team_of_one"}}
"""Troubles that are not told beside the one that causes them."""


@dataclass(frozen=True)
class Finding:
    """What a look has found; `id` and the dates are known once it is stored."""

    code: str
    flow_id: int
    name: str
    """The flow's name."""
    message: str
    """An English sentence, with placeholders for `facts`."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    """`users`, `departments`, `flows`: lists of `{id, name}`; `value` and `limit`."""
    mend: str | None = None
    """What the mend does; None where a person has to decide."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """The fields of `flowData` that the mend sets, and `active`."""
    id: int = 0
    since: datetime | None = None
    muted_until: datetime | None = None

    @property
    def severity(self) -> str:
        """high, medium or low."""
        return SEVERITY[self.code]


class NoSuchFinding(NotFound):
    """The portal has no such trouble, or has it no more."""

    message = N_("There is no such finding, or it is over.")


class NoMend(Error):
    """A person has to decide what is to be done."""

    code = "no_mend"
    changed_nothing = True
    message = N_("Nobody but you can decide what is to be done about this.")


def told(findings: list[Finding]) -> list[Finding]:
    """The findings without those that only follow from others, the worst first."""
    codes: dict[int, set[str]] = {}
    for one in findings:
        codes.setdefault(one.flow_id, set()).add(one.code)
    kept = [
        one
        for one in findings
        if not any(one.code in CONSEQUENCES.get(code, ()) for code in codes[one.flow_id])
    ]
    return sorted(kept, key=lambda one: (SEVERITIES.index(one.severity), one.name, one.code))
