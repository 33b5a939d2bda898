"""What is sent to start a rollout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bx24app.blueprints.nodes import Node, node_of
from bx24app.blueprints.plan import UNSAFE
from bx24app.blueprints.reading import read_document
from bx24app.rollouts.rollout import STOP_AFTER, WAVES, Order
from bx24app.web.api.bodies import read_body
from bx24app.web.api.plan_bodies import DEEPEST, InvalidBody, members, read_mapping

MEMBERS = {
    "document", "portals", "variables", "mapping", "waves", "stopAfterFailures", "accept",
}  # fmt: skip


def read_rollout_body() -> tuple[Node, Order, Any]:
    """The document, what is wanted with it, and the body for `Idempotency-Key`.

    Raises InvalidDocument, DocumentTooLarge, InvalidBody, or what `read_body` raises.
    """
    whole = members(read_body(deepest=DEEPEST), MEMBERS)
    # A member that is null is one that was left out.
    given = {name: value for name, value in whole.items() if value is not None}
    for name in ("document", "portals"):
        if name not in given:
            raise InvalidBody(name=name)
    document = given["document"]
    node = read_document(document) if isinstance(document, str) else node_of(document)
    return node, _order(given), whole


def _order(given: Mapping[str, Any]) -> Order:
    portals = given["portals"]
    if portals != "all" and not _all(portals, str):
        raise InvalidBody(name="portals")
    waves, share = given.get("waves", WAVES), given.get("stopAfterFailures", STOP_AFTER)
    if "waves" in given and not _all(waves, int):
        raise InvalidBody(name="waves")
    if isinstance(share, bool) or not isinstance(share, int | float):
        raise InvalidBody(name="stopAfterFailures")
    accept = given.get("accept", [])
    if not _all(accept, str) or not set(accept) <= set(UNSAFE):
        raise InvalidBody(name="accept")
    mappings = _by_portal("mapping", given)
    return Order(
        None if portals == "all" else portals,
        _by_portal("variables", given),
        {member_id: read_mapping(one) for member_id, one in mappings.items()},
        waves,
        share,
        frozenset(accept),
    )


def _all(values: Any, kind: type) -> bool:
    """Whether something is a list of values of that kind; `true` is a number to Python only."""
    return isinstance(values, list) and all(
        isinstance(one, kind) and not isinstance(one, bool) for one in values
    )


def _by_portal(name: str, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = given.get(name, {})
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise InvalidBody(name=name)
    return found
