"""What documents know of a portal: flows by their keys, and texts that somebody has explained."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bx24app.blueprints.matching import Link
from bx24app.errors import Error, NoSuchPortal
from bx24app.i18n import N_
from bx24app.store.blueprint_models import DocumentedFlowRow, ReferenceMappingRow
from bx24app.store.database import Database, upsert
from bx24app.store.models import PortalRow

LONGEST_KEY = 100


class KeyTaken(Error):
    """Documents know another flow by this key."""

    code = "key_taken"
    message = N_("Documents know another flow of this portal by this key.")


def hold_portal(session: Session, member_id: str, *, alone: bool = False) -> None:
    """Keep a portal from leaving until the transaction ends; raises NoSuchPortal if it has left.

    `alone` also makes whoever wants the same wait.
    """
    lock: Any = True if alone else {"read": True, "key_share": True}
    if session.get(PortalRow, member_id, with_for_update=lock) is None:
        raise NoSuchPortal


class PortalLinks:
    """Keys and mappings, by portal."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def all(self, member_id: str) -> list[Link]:
        """Every flow of a portal that documents know."""
        wanted = select(DocumentedFlowRow).where(DocumentedFlowRow.member_id == member_id)
        with self._database.read() as session:
            rows = session.scalars(wanted.order_by(DocumentedFlowRow.key)).all()
        return [Link(row.key, row.flow_id, row.owned) for row in rows]

    def link(self, member_id: str, key: str, flow_id: int, *, owned: bool) -> None:
        """Know a flow by a key from now on; who owned it does so still. Raises NoSuchPortal."""
        with self._database.write() as session:
            # Two at once would both find nothing to replace.
            hold_portal(session, member_id, alone=True)
            wanted = select(DocumentedFlowRow).where(
                DocumentedFlowRow.member_id == member_id,
                (DocumentedFlowRow.flow_id == flow_id) | (DocumentedFlowRow.key == key),
            )
            for row in session.scalars(wanted).all():
                owned = owned or (row.flow_id == flow_id and row.owned)
                session.delete(row)
            session.flush()
            session.add(
                DocumentedFlowRow(member_id=member_id, key=key, flow_id=flow_id, owned=owned)
            )

    def adopt(self, member_id: str, key: str, flow_id: int, exists: bool) -> None:
        """Own a flow under a key; raises KeyTaken where the key names another that `exists`."""
        other = next((link for link in self.all(member_id) if link.key == key), None)
        if other is not None and other.flow_id != flow_id and exists:
            raise KeyTaken
        self.link(member_id, key, flow_id, owned=True)

    def unlink(self, member_id: str, flow_id: int) -> None:
        """Forget a flow that was deleted."""
        with self._database.write() as session:
            session.execute(
                delete(DocumentedFlowRow).where(
                    DocumentedFlowRow.member_id == member_id,
                    DocumentedFlowRow.flow_id == flow_id,
                )
            )

    def mappings(self, member_id: str) -> dict[tuple[str, str], int]:
        """What texts mean on a portal, by kind and text in lower case."""
        wanted = select(ReferenceMappingRow).where(ReferenceMappingRow.member_id == member_id)
        with self._database.read() as session:
            rows = session.scalars(wanted).all()
        return {(row.kind, row.text): row.number for row in rows}

    def forget(self, member_id: str, kind: str, text: str) -> None:
        """Ask anew what a text means, when it is used again."""
        with self._database.write() as session:
            session.execute(
                delete(ReferenceMappingRow).where(
                    ReferenceMappingRow.member_id == member_id,
                    ReferenceMappingRow.kind == kind,
                    ReferenceMappingRow.text_digest == _digest(text.strip().casefold()),
                )
            )

    def remember(self, member_id: str, chosen: Mapping[tuple[str, str], int]) -> None:
        """Remember what was chosen, for every document of the portal; raises NoSuchPortal."""
        if not chosen:
            return
        rows = [
            {
                "member_id": member_id,
                "kind": kind,
                "text_digest": _digest(text),
                "text": text,
                "number": number,
            }
            for (kind, text), number in chosen.items()
        ]
        with self._database.write() as session:
            hold_portal(session, member_id, alone=True)
            upsert(session, ReferenceMappingRow, rows)


def _digest(text: str) -> str:
    # Part of the key, because a text may be longer than a database's index takes.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
