"""What can be known of a rollout before it begins: its portals, waves, variables and document."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from bx24app.blueprints.document import parse_document
from bx24app.blueprints.nodes import Finding, InvalidDocument, Node, below
from bx24app.flows.problems import Problem
from bx24app.i18n import N_
from bx24app.rollouts.rollout import InvalidOrder, Order

MOST_WAVES = 1000


def check_order(order: Order, chosen: Sequence[str], known: Collection[str]) -> None:
    """Raise InvalidOrder unless the portals `chosen` are among those known and all else fits."""
    problems = [*_portals(chosen, set(known)), *_strangers(order, set(chosen)), *_waves(order)]
    if problems:
        raise InvalidOrder(problems)


def check_document(document: Node, order: Order, chosen: Sequence[str]) -> None:
    """Raise InvalidDocument unless the document fits with the variables of each portal."""
    # Most portals have the same variables, or none.
    by_values = {json.dumps(order.variables.get(one, {}), sort_keys=True): one for one in chosen}
    for values, member_id in by_values.items():
        try:
            parse_document(document, json.loads(values))
        except InvalidDocument as error:
            raise InvalidDocument(_of(member_id, one) for one in error.problems) from None


def _of(member_id: str, problem: Problem) -> Problem:
    """A finding in the variables of one portal, at its place among those of all portals."""
    top, _, rest = problem.pointer[1:].partition("/")
    # With a line it stands in the document, where variables are declared.
    if top != "variables" or getattr(problem, "line", None) is not None:
        return problem
    return replace(problem, pointer=f"{below('/variables', member_id)}/{rest}")


def _portals(chosen: Sequence[str], known: set[str]) -> Iterator[Finding]:
    if not chosen:
        yield Finding("/portals", "missing", N_("Name at least one portal."))
    seen: set[str] = set()
    for place, member_id in enumerate(chosen):
        where = below("/portals", place)
        if member_id not in known:
            yield Finding(where, "not_found", N_("There is no such portal."))
        elif member_id in seen:
            yield Finding(where, "named_twice", N_("This portal is named twice."))
        seen.add(member_id)


def _strangers(order: Order, chosen: set[str]) -> Iterator[Finding]:
    for name, given in (("/variables", order.variables), ("/mapping", order.mapping)):
        for member_id in given.keys() - chosen:
            message = N_("The rollout is not for this portal.")
            yield Finding(below(name, member_id), "not_meant", message)


def _waves(order: Order) -> Iterator[Finding]:
    if not 0 < len(order.waves) <= MOST_WAVES:
        message = N_("Give at least one wave, and at most %(most)s.")
        yield Finding("/waves", "bad_wave", message, {"most": MOST_WAVES})
    for place, size in enumerate(order.waves):
        if size < 1:
            message = N_("A wave has at least one portal.")
            yield Finding(below("/waves", place), "bad_wave", message)
    if not 0 <= order.stop_after <= 1:
        message = N_("The share of failures lies between 0 and 1.")
        yield Finding("/stopAfterFailures", "bad_share", message)
