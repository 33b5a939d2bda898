"""A rollout: which portals it is for, in which waves, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bx24app.errors import NotFound
from bx24app.flows.problems import InvalidFlow
from bx24app.i18n import N_
from bx24app.portals.author import Author

WAVES = (1, 10)
"""The first waves, unless somebody wants others; all other portals are the last wave."""
STOP_AFTER = 0.1
"""The share of failed portals beyond which no further wave begins, unless told otherwise."""
OPEN = ("waiting", "running")


@dataclass(frozen=True)
class Order:
    """What somebody wants of a rollout, beside the document."""

    portals: Sequence[str] | None
    """Their `member_id`s in the order of the waves; None for all."""
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Values of the document's variables, by portal."""
    mapping: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What texts of the document mean, by portal."""
    waves: Sequence[int] = WAVES
    stop_after: float = STOP_AFTER
    accept: frozenset[str] = frozenset()
    """The codes of what is unsafe and wanted all the same."""


@dataclass(frozen=True)
class Ending:
    """Why a portal has failed: a code, and an English sentence with its facts."""

    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The English sentence."""
        return self.message % self.facts if self.facts else self.message


@dataclass(frozen=True)
class PortalProgress:
    """One portal of a rollout."""

    member_id: str
    wave: int
    status: str
    """waiting, running, done, failed or cancelled."""
    plan_id: int | None
    summary: Mapping[str, int] | None
    """What its plan would change; None where there is no plan."""
    failure: Ending | None


@dataclass(frozen=True)
class Rollout:
    """A stored rollout."""

    id: int
    status: str
    """running, done, partly_done, stopped or cancelled."""
    created_at: datetime
    started_by: Author
    waves: Sequence[int]
    """How many portals each wave has."""
    portals: Sequence[PortalProgress]

    @property
    def over(self) -> bool:
        """Whether nothing more is done, unless somebody says `retry`."""
        return self.status != "running"

    @property
    def progress(self) -> dict[str, int]:
        """How many portals are done, have failed, and wait (also running and cancelled ones)."""
        total = len(self.portals)
        done, failed = (sum(one.status == s for one in self.portals) for s in ("done", "failed"))
        return {
            "total": total,
            "done": done,
            "failed": failed,
            "waiting": total - done - failed,
        }


class NoSuchRollout(NotFound):
    """There is no rollout of that number."""

    message = N_("There is no such rollout.")


class InvalidOrder(InvalidFlow):
    """A rollout cannot be started like that; `problems` names everything."""

    code = "invalid_document"
    message = N_("Some members of the rollout need attention. Nothing was begun.")


def wave_numbers(count: int, waves: Sequence[int]) -> list[int]:
    """The wave of each of `count` portals; what is left after `waves` is one more wave."""
    found: list[int] = []
    for number, size in enumerate(waves):
        # Never more than there are portals, however large somebody has called a wave.
        found += [number] * min(size, count - len(found))
    return found + [len(waves)] * (count - len(found))


def next_state(portals: Iterable[tuple[int, str]], wave: int, stop_after: float) -> tuple[str, int]:
    """Status and wave of a rollout, by wave and status of its portals and its present `wave`."""
    listed = list(portals)
    left = [one for one, status in listed if status in OPEN]
    statuses = [status for _, status in listed]
    if not left:
        if "cancelled" in statuses:
            return "cancelled", wave
        return ("partly_done" if "failed" in statuses else "done"), wave
    if min(left) <= wave:
        return "running", wave
    failed = statuses.count("failed")
    ended = failed + statuses.count("done")
    # Looked at between waves only: one portal of ten that fails first is no failure of all.
    if ended and failed / ended > stop_after:
        return "stopped", wave
    return "running", min(left)
