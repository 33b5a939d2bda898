"""The flows that this application made or was shown, for portals that cannot list theirs."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy import delete, select

from bx24app.store.database import Database
from bx24app.store.models import KnownFlowRow

log = logging.getLogger("bx24app.flows")


class KnownFlows:
    """The numbers of known flows, by portal.

    `remember` and `forget` log their failures and never raise them: the work on the portal is
    done by then.
    """

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def ids(self, member_id: str) -> list[int]:
        """The flows that are known of a portal; raises DatabaseAway."""
        with self._database.read() as session:
            return list(
                session.scalars(
                    select(KnownFlowRow.flow_id)
                    .where(KnownFlowRow.member_id == member_id)
                    .order_by(KnownFlowRow.flow_id)
                )
            )

    def remember(self, member_id: str, flow_id: int) -> None:
        """Note a flow that was met."""
        try:
            with self._database.read() as session:
                # Nearly always the flow is known, and then no write transaction is needed.
                if session.get(KnownFlowRow, (member_id, flow_id)):
                    return
            with self._database.write() as session:
                # The database may have got the row since the look above, from another request.
                session.merge(
                    KnownFlowRow(
                        member_id=member_id,
                        flow_id=flow_id,
                        known_since=datetime.now(UTC),
                    )
                )
        except Exception:
            log.exception("a known flow could not be noted", extra={"portal": member_id})

    def forget(self, member_id: str, flow_id: int) -> None:
        """Note that a flow was deleted."""
        try:
            with self._database.write() as session:
                session.execute(
                    delete(KnownFlowRow).where(
                        KnownFlowRow.member_id == member_id, KnownFlowRow.flow_id == flow_id
                    )
                )
        except Exception:
            log.exception("a deleted flow could not be forgotten", extra={"portal": member_id})
