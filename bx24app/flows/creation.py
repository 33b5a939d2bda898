"""Finds out beforehand whether a person may create flows, and whether they are a guest.

Bitrix24 has no method that tells. It refuses a creation for a missing right before it looks at the
fields, so one with an impossible deadline tells it and creates nothing (Bitrix24 source, see
docs/reference.md). Where the plan has no flows even that would start the trial, so it is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bx24app.bitrix24.answers import parse_object
from bx24app.bitrix24.entries import Me, parse_person, rows_with_id
from bx24app.bitrix24.errors import UnreadableAnswer
from bx24app.bitrix24.lookups import BatchClient, Lookups, Question
from bx24app.flows.commands import CREATE, FIELD_FINDING, INTERNAL_FAILURE
from bx24app.flows.preflight import FEATURE_COMMAND, parse_feature

IMPOSSIBLE = (CREATE, {"flowData": {"plannedCompletionTime": 1}})
"""A creation that cannot succeed: the least deadline is an hour, and everything else is missing."""


@dataclass(frozen=True)
class Creation:
    """What is known of a person's right to create flows."""

    allowed: bool = True
    """Also where it could not be found out: Bitrix24 decides when a flow is sent."""
    guest: bool = False
    """An extranet user, who never may."""


class CreationLookup:
    """Asks in two batches, which others use as well."""

    def __init__(self, lookups: Lookups) -> None:
        """Ask, as part of the first batch, who the person is and what the plan has."""
        self._guest = lookups.ask(("user.current", {}), _parse_guest)
        self._feature = lookups.ask(FEATURE_COMMAND, parse_feature)
        self._attempt: Question[Any] | None = None

    def attempt(self, lookups: Lookups, me: Me) -> None:
        """Ask for the right, as part of the second batch, where that is needed and harmless."""
        if not me.admin and not self._is_guest() and self._has_flows():
            self._attempt = lookups.ask(IMPOSSIBLE, lambda answer: answer)

    def result(self) -> Creation:
        """What came of it."""
        guest = self._is_guest()
        return Creation(not guest and not self._is_refused(), guest)

    def _is_guest(self) -> bool:
        # Without the scope for people nobody is called a guest.
        return self._guest.error() is None and self._guest.value()

    def _has_flows(self) -> bool:
        return self._feature.error() is None and self._feature.value() == "Y"

    def _is_refused(self) -> bool:
        refusal = self._attempt.error() if self._attempt else None
        # "0" is any refusal by the controller of flows; a finding about the fields comes after the
        # right was checked.
        if refusal is None or refusal.portal_error != "0":
            return False
        words = refusal.portal_description
        return not (FIELD_FINDING.search(words) or INTERNAL_FAILURE.search(words))


def find_creation(client: BatchClient, me: Me) -> Creation:
    """What is known of the right of a person who has no list yet; raises nothing."""
    first, second = Lookups(), Lookups()
    lookup = CreationLookup(first)
    first.try_sending(client)
    lookup.attempt(second, me)
    second.try_sending(client)
    return lookup.result()


def _parse_guest(answer: Any) -> bool:
    rows = rows_with_id([parse_object(answer)])
    if not rows:
        raise UnreadableAnswer(description="nobody")
    return parse_person(rows[0]).state == "extranet"
