"""How each flow distributed its tasks when it was last seen, and what was changed in Bitrix24.

Bitrix24 turns a flow whose team is gone to manual distribution by itself and replaces moderators
who left, tells it once, and records it nowhere (Bitrix24 source, Flow/Migration/Strategy). So what
was seen last is kept here. Who changed it, Bitrix24 itself or somebody there, it does not tell.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select

from bx24app.flows.change import FlowChange
from bx24app.store.database import Database, upsert
from bx24app.store.models import SeenTeamRow

MANUAL = "manually"
LEAVES_ITS_TEAM = ("queue", "himself")
"""The kinds that Bitrix24 switches to manual by itself."""

log = logging.getLogger("bx24app.flows")


class Former(NamedTuple):
    """How a flow worked before it was changed; the team is empty where it was never seen."""

    kind: str
    team: tuple[tuple[str, str], ...]

    def what_changed(self, flow: Mapping[str, Any]) -> str:
        """`switched` to manual by Bitrix24, another `kind` of distribution, or the `team`."""
        kind = flow["distributionType"]
        if kind == self.kind:
            return "team"
        return "switched" if kind == MANUAL and self.kind in LEAVES_ITS_TEAM else "kind"


class Seen(NamedTuple):
    """What is kept of a flow."""

    kind: str
    team: str
    """JSON pairs; empty where only the kind was seen."""
    former_kind: str = ""
    former_team: str = ""

    @property
    def former(self) -> Former | None:
        """How it worked before, if it was changed."""
        if not self.former_kind:
            return None
        pairs = json.loads(self.former_team or "[]")
        return Former(self.former_kind, tuple((str(kind), str(id)) for kind, id in pairs))


class SeenTeams:
    """What was seen, by portal. Only watches: failures are logged and never raised."""

    def __init__(self, database: Database) -> None:
        """Keep it in `database`."""
        self._database = database

    def look(
        self, member_id: str, flows: Iterable[Mapping[str, Any]], began: datetime
    ) -> dict[int, Former]:
        """Note flows that were read since `began`; gives those that were changed in Bitrix24."""
        try:
            kept = self._kept(member_id)
            news, switched = {}, {}
            for flow in flows:
                number = int(flow["id"])
                before, at = kept.get(number, (None, None))
                # Written here since the reading began: what was read may be older than that.
                now = before if before and at and at >= began else _seen(before, flow)
                if now != before:
                    news[number] = now
                if now.former:
                    switched[number] = now.former
            self._put(member_id, news, began)
        except Exception:
            log.exception("what was seen of flows is lost", extra={"portal": member_id})
            return {}
        return switched

    def written(self, member_id: str, change: FlowChange) -> None:
        """Note a write of our own: whoever changes kind or team here has decided about them."""
        try:
            if change.after is None:
                with self._database.write() as session:
                    session.execute(
                        delete(SeenTeamRow).where(
                            SeenTeamRow.member_id == member_id,
                            SeenTeamRow.flow_id == change.flow_id,
                        )
                    )
            elif {"distributionType", "responsibleList"} & set(change.changed):
                self.accept(member_id, change.after)
        except Exception:
            log.exception("what was seen of flows is lost", extra={"portal": member_id})

    def accept(self, member_id: str, flow: Mapping[str, Any]) -> None:
        """Take a flow as it is now for how it is wanted; raises DatabaseAway."""
        self._put(member_id, {int(flow["id"]): _seen(None, flow)}, datetime.now(UTC))

    def former(self, member_id: str, flow_id: int) -> Former | None:
        """How a flow worked before it was changed; None where it was not. Raises DatabaseAway."""
        seen, _ = self._kept(member_id, flow_id).get(flow_id, (None, None))
        return seen.former if seen else None

    def _kept(self, member_id: str, flow_id: int | None = None) -> dict[int, tuple[Seen, datetime]]:
        columns = select(
            SeenTeamRow.flow_id,
            SeenTeamRow.kind,
            SeenTeamRow.team,
            SeenTeamRow.former_kind,
            SeenTeamRow.former_team,
            SeenTeamRow.at,
        ).where(SeenTeamRow.member_id == member_id)
        if flow_id is not None:
            columns = columns.where(SeenTeamRow.flow_id == flow_id)
        with self._database.read() as session:
            return {row[0]: (Seen(*row[1:5]), row[5]) for row in session.execute(columns)}

    def _put(self, member_id: str, seen: Mapping[int, Seen], at: datetime) -> None:
        if not seen:
            return
        rows = [
            {"member_id": member_id, "flow_id": number, "at": at, **state._asdict()}
            for number, state in seen.items()
        ]
        with self._database.write() as session:
            upsert(session, SeenTeamRow, rows)


def _seen(before: Seen | None, flow: Mapping[str, Any]) -> Seen:
    """What is to be kept of a flow as it was read, whole or as a row of a list."""
    kind = str(flow["distributionType"])
    # Rows of a list have no people.
    team = json.dumps(flow["responsibleList"]) if "responsibleList" in flow else ""
    if before is None:
        return Seen(kind, team)
    if kind == before.kind and (not team or not before.team or _same(team, before.team)):
        return before._replace(team=team or before.team)
    # Of several changes the first one counts: before it all was as somebody here has seen it.
    former_kind = before.former_kind or before.kind
    former_team = before.former_team if before.former_kind else before.team
    if former_kind == kind and team and _same(team, former_team):
        return Seen(kind, team)
    return Seen(kind, team, former_kind, former_team)


def _same(one: str, other: str) -> bool:
    """Whether two teams are the same people; Bitrix24 gives them in an order of its own."""
    return sorted(json.loads(one or "[]")) == sorted(json.loads(other or "[]"))
