"""Listens to the exchanges with a portal: journals them, and notices what they tell about it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from bx24app.bitrix24.client import Exchange
from bx24app.bitrix24.errors import ERRORS_BY_CODE, PaymentRequired, PortalGone
from bx24app.portals.journal import Journal
from bx24app.portals.portal import Portal
from bx24app.portals.registry import PortalRegistry
from bx24app.portals.state import News, Status

HEARD = timedelta(hours=1)
"""The time between two updates of a portal's `seen_at` while its calls succeed."""
NOT_ADMINISTRATOR = "not_administrator"
"""Our reason where the installer is no administrator of the portal any more."""

log = logging.getLogger("bx24app.access")


class Listener:
    """Journals the exchanges of one client, and notices what they tell about the portal."""

    def __init__(
        self, registry: PortalRegistry, journal: Journal, portal: Portal, user_id: int
    ) -> None:
        """`portal` is as it was read for this work."""
        self._registry = registry
        self._journal = journal
        self._portal = portal
        self._user_id = user_id
        self._in_doubt = portal.suspected_at is not None or portal.status in (
            Status.BLOCKED,
            Status.UNINSTALLED,
        )
        self._heard_at = portal.seen_at

    def __call__(self, exchange: Exchange) -> None:
        """Record one exchange; a failure here is logged and never changes the call's result."""
        self._journal.record(self._portal.member_id, exchange)
        try:
            self._heed(exchange)
        except Exception:
            # The call itself is over: a database error here must not replace its result.
            log.exception("news of a portal is lost", extra={"portal": self._portal.member_id})

    def _heed(self, exchange: Exchange) -> None:
        kind = ERRORS_BY_CODE.get((exchange.error or "").lower())
        # A proxy's error page carries no error code, so the status has to be right as well.
        if exchange.error is None and exchange.status == 200:
            self._succeeded()
        elif kind is not None and issubclass(kind, PaymentRequired | PortalGone):
            news = News.UNPAID if issubclass(kind, PaymentRequired) else News.DOUBT
            self._in_doubt = True
            self._registry.note(self._portal, news, exchange.error or "")

    def _succeeded(self) -> None:
        """Clear a suspicion with the first success; otherwise note a success once an hour."""
        now = datetime.now(UTC)
        if self._in_doubt or now - self._heard_at > HEARD:
            self._registry.note(self._portal, News.SUCCESS)
            self._in_doubt, self._heard_at = False, now
        reason = self._portal.authorization_reason
        # A successful call shows that the user is not blocked, but not that they are an
        # administrator.
        if self._user_id == self._portal.installer_id and reason not in ("", NOT_ADMINISTRATOR):
            self._registry.trust(self._portal, self._user_id)
