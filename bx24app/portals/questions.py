"""How often the authorization server is asked whether we are still installed on a portal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bx24app.store.database import Database
from bx24app.store.models import PortalRow

OF_STRANGERS = timedelta(minutes=10)
"""At least so long between two questions about one portal that strangers can cause."""
OF_THE_PORTAL = timedelta(minutes=1)
"""At least so long between two questions about one portal that its own refusals cause."""


class Questions:
    """Counts the questions about each portal, for all processes together."""

    def __init__(self, database: Database) -> None:
        """Keep the moment of the last question in the portal's row in `database`."""
        self._database = database

    def may_stranger_ask(self, member_id: str) -> bool:
        """Whether a stranger may cause a question about this portal just now; then it counts.

        Only where its application token was never learned; elsewhere events can be proven.
        """
        return self._count(member_id, OF_STRANGERS, proven_events=False)

    def may_ask(self, member_id: str) -> bool:
        """Whether a refusal of the portal may cause a question just now; then it counts."""
        return self._count(member_id, OF_THE_PORTAL, proven_events=True)

    def _count(self, member_id: str, pause: timedelta, *, proven_events: bool) -> bool:
        now = datetime.now(UTC)
        with self._database.write() as session:
            row = session.get(PortalRow, member_id, with_for_update=True)
            if row is None or (row.application_token is not None and not proven_events):
                return False
            # A date in the future was stored before our clock went back, and counts as absent.
            if row.questioned_at and now - pause < row.questioned_at <= now:
                return False
            row.questioned_at = now
            return True
