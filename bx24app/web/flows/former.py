"""How a flow worked before it was changed in Bitrix24, in words."""

from __future__ import annotations

from flask_babel import gettext

from bx24app.flows.flow import Flow
from bx24app.flows.seen_teams import Former
from bx24app.portals.access import Actor
from bx24app.web.flows.picker import choice_of
from bx24app.web.flows.text import DISTRIBUTIONS, people


def former_words(me: Actor, former: Former | None, flow: Flow) -> dict[str, str] | None:
    """What parts/switched.html shows; None for a flow that was not changed there."""
    if former is None:
        return None
    kind = gettext(DISTRIBUTIONS.get(former.kind, former.kind))
    entries = me.directory.entries(former.team)
    team = people([choice_of(entry) for entry in entries.values()])
    return {
        "changed": former.what_changed(flow),
        "kind": former.kind,
        "before": f"{kind}: {team}" if team else kind,
    }
