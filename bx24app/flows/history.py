"""The history of a portal's flows: what we changed, and what was changed in Bitrix24 itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bx24app.errors import NotFound
from bx24app.flows.change import FlowChange
from bx24app.flows.fields import BY_NAME
from bx24app.flows.flow import Flow
from bx24app.flows.spec import LISTS, settings
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.portals.author import ELSEWHERE, Author
from bx24app.store.blueprint_models import HistoryRow
from bx24app.store.database import Database, insert_if_absent
from bx24app.store.models import KnownFlowRow

State = dict[str, Any]
"""What can be set of a flow, and whether it is on; values as in JSON."""

log = logging.getLogger("bx24app.history")


class NoSuchLine(NotFound):
    """The history of the portal has no such line."""

    message = N_("The history has no such line.")


@dataclass(frozen=True)
class Line:
    """One change of a flow."""

    id: int
    at: datetime
    author: Author
    flow_id: int
    name: str
    action: str
    before: State | None
    after: State | None

    @property
    def fields(self) -> list[dict[str, Any]]:
        """What differs: each field with its value before and after, null where there was none."""
        return field_changes(self.before, self.after)


def field_changes(before: State | None, after: State | None) -> list[dict[str, Any]]:
    """The fields that differ between two states; all of them where one is missing."""
    names = [name for name in (*BY_NAME, "active") if name in (before or after or {})]
    was, now = before or {}, after or {}
    return [
        {"field": name, "before": was.get(name), "after": now.get(name)}
        for name in names
        if before is None or after is None or _comparable(was, name) != _comparable(now, name)
    ]


def state_of(flow: Mapping[str, Any]) -> State:
    """What can be set of a flow, and whether it is on, as it is stored."""
    known = settings(flow) | {"active": bool(flow.get("active"))}
    # Pairs become lists, as they come back from JSON.
    stored: State = json.loads(json.dumps(known, default=str))
    return stored


class FlowHistory:
    """All changes of flows, by portal; noting one never fails a write that was carried out."""

    def __init__(self, database: Database) -> None:
        """Keep lines in `database`."""
        self._database = database

    def record(self, actor: Actor, change: FlowChange) -> None:
        """Note a change that the actor made; an empty one, or one noted before, leaves no line."""
        before = None if change.before is None else state_of(change.before)
        after = None if change.after is None else state_of(change.after)
        member_id, flow_id = actor.portal.member_id, change.flow_id
        try:
            with self._database.write() as session:
                row = session.get(KnownFlowRow, (member_id, flow_id))
                # After a crash the same change is met once more: it is known already then.
                known = row is not None and row.seen is not None and after is not None
                repeated = known and _stored(row) == after and before != after
                if before != after and not repeated:
                    _add(session, member_id, actor.author, flow_id, before, after)
                if row is not None and after is not None:
                    row.seen = json.dumps(after)
        except Exception:
            log.exception("a change could not be noted", extra={"portal": member_id})

    def notice(self, member_id: str, flows: Iterable[Flow]) -> None:
        """Note what was changed in Bitrix24 since the flows were last read or written, once."""
        states = {int(flow["id"]): state_of(flow) for flow in flows if flow.get("name")}
        try:
            with self._database.read() as session:
                rows = _known(session, member_id, states)
                news = [id for id, state in states.items() if _stored(rows.get(id)) != state]
            # Nearly always nothing has changed, and then nothing has to be written.
            if news:
                with self._database.write() as session:
                    self._note(session, member_id, {id: states[id] for id in news})
        except Exception:
            log.exception("changes could not be noted", extra={"portal": member_id})

    def page(
        self, member_id: str, before: int | None, limit: int, flow_id: int | None = None
    ) -> list[Line]:
        """So many lines, the newest first, of those older than the line `before`.

        Of all flows, or of one.
        """
        wanted = select(HistoryRow).where(HistoryRow.member_id == member_id)
        if flow_id is not None:
            wanted = wanted.where(HistoryRow.flow_id == flow_id)
        if before is not None:
            wanted = wanted.where(HistoryRow.id < before)
        with self._database.read() as session:
            rows = session.scalars(wanted.order_by(HistoryRow.id.desc()).limit(limit)).all()
        return [_line(row) for row in rows]

    def line(self, member_id: str, number: int) -> Line:
        """One line; raises NoSuchLine."""
        with self._database.read() as session:
            row = session.get(HistoryRow, number)
        if row is None or row.member_id != member_id:
            raise NoSuchLine
        return _line(row)

    def _note(self, session: Session, member_id: str, states: Mapping[int, State]) -> None:
        rows = _known(session, member_id, states)
        # Two first looks at a flow may come together, and only a row that exists can be locked.
        for flow_id in sorted(states.keys() - rows.keys()):
            empty = {"member_id": member_id, "flow_id": flow_id, "known_since": datetime.now(UTC)}
            insert_if_absent(session, KnownFlowRow, empty)
        rows = _known(session, member_id, states, lock=True)
        for flow_id, after in states.items():
            row = rows[flow_id]
            before = _stored(row)
            # Looked at again in this transaction: another request may have noted it meanwhile.
            if before is not None and field_changes(before, after):
                _add(session, member_id, ELSEWHERE, flow_id, before, after)
            row.seen = json.dumps(after)


def _known(
    session: Session, member_id: str, ids: Iterable[int], *, lock: bool = False
) -> dict[int, KnownFlowRow]:
    wanted = select(KnownFlowRow).where(
        KnownFlowRow.member_id == member_id, KnownFlowRow.flow_id.in_(list(ids))
    )
    if lock:
        # In one order for everybody, and as somebody else may have left them meanwhile.
        wanted = wanted.order_by(KnownFlowRow.flow_id).with_for_update()
        wanted = wanted.execution_options(populate_existing=True)
    return {row.flow_id: row for row in session.scalars(wanted)}


def _stored(row: KnownFlowRow | None) -> State | None:
    if row is None or row.seen is None:
        return None
    state: State = json.loads(row.seen)
    return state


def _add(
    session: Session,
    member_id: str,
    author: Author,
    flow_id: int,
    before: State | None,
    after: State | None,
) -> None:
    session.add(
        HistoryRow(
            member_id=member_id,
            at=datetime.now(UTC),
            who_kind=author.kind,
            who_id=author.id,
            who_name=author.name[:255],
            through=author.through,
            flow_id=flow_id,
            name=_safe((after or before or {}).get("name", "")),
            action=_action(before, after),
            before=None if before is None else json.dumps(before),
            after=None if after is None else json.dumps(after),
        )
    )


def _action(before: State | None, after: State | None) -> str:
    if before is None or after is None:
        return "create" if before is None else "delete"
    if [one["field"] for one in field_changes(before, after)] == ["active"]:
        return "activate" if after["active"] else "deactivate"
    return "update"


def _line(row: HistoryRow) -> Line:
    return Line(
        id=row.id,
        at=row.at,
        author=Author(row.who_kind, row.who_id, row.who_name, row.through),
        flow_id=row.flow_id,
        name=row.name,
        action=row.action,
        before=None if row.before is None else json.loads(row.before),
        after=None if row.after is None else json.loads(row.after),
    )


def _comparable(state: State, name: str) -> Any:
    # The portal gives people in an order of its own.
    value = state.get(name)
    return sorted(value) if name in LISTS and value else value


def _safe(text: str) -> str:
    """A text as a database takes it: half of a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")
