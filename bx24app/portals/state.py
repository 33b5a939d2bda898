"""The states of a portal: which reports there are, and what each of them changes.

Whoever learns something about a portal reports it here, and whoever shows its state reads the row
that is written here. One refusal never changes the state: it raises a suspicion with a date,
which the first success clears.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from bx24app.bitrix24.errors import (
    Bitrix24Error,
    PaymentRequired,
    PortalGone,
    SuspectedGone,
)
from bx24app.store.models import PortalRow


class Status(StrEnum):
    """The state of an installation, as the contract names it."""

    INSTALLING = "installing"
    """An administrator began to install; the portal has not said yet that this is finished."""
    ACTIVE = "active"
    BLOCKED = "blocked"
    """The trial or subscription has ended; a payment ends that."""
    UNINSTALLED = "uninstalled"
    """The authorization server, asked about a suspicion, says that we are not installed."""


class News(StrEnum):
    """A report about a portal."""

    INSTALLING = "installing"
    """A proven administrator installs."""
    PROVEN = "proven"
    """A proven launch, event or authorization; or a server that says, asked, that we are in."""
    SUCCESS = "success"
    """The portal carried out a call, or a token was refreshed."""
    UNPAID = "unpaid"
    """The portal or the authorization server wants the application to be paid for."""
    DOUBT = "doubt"
    """One answer says that we are not installed."""
    CONFIRMED = "confirmed"
    """The authorization server, asked about exactly this, says that we are not installed."""


NEWS: dict[type[Bitrix24Error], News] = {
    PaymentRequired: News.UNPAID,
    SuspectedGone: News.DOUBT,
    PortalGone: News.CONFIRMED,
}
"""What the errors that are about the whole portal report of it."""
TRANSITIONS: dict[News, dict[Status, Status]] = {
    News.INSTALLING: dict.fromkeys(Status, Status.INSTALLING),
    News.PROVEN: dict.fromkeys(Status, Status.ACTIVE),
    News.SUCCESS: {
        Status.INSTALLING: Status.INSTALLING,
        Status.ACTIVE: Status.ACTIVE,
        Status.BLOCKED: Status.ACTIVE,
        Status.UNINSTALLED: Status.ACTIVE,
    },
    News.UNPAID: dict.fromkeys(Status, Status.BLOCKED),
    News.DOUBT: {status: status for status in Status},
    News.CONFIRMED: dict.fromkeys(Status, Status.UNINSTALLED),
}
"""For each piece of news, what each state becomes."""


def note_news(row: PortalRow, news: News, reason: str = "") -> None:
    """Store a report in a portal's row; `reason` is the error code that raised a doubt.

    The caller holds the row in a transaction.
    """
    now = datetime.now(UTC)
    after = TRANSITIONS[news][Status(row.status)]
    # `status_at` is the date of the change, so the same news again does not move it.
    if row.status != after:
        row.status, row.status_at = after, now
    if news in (News.DOUBT, News.CONFIRMED):
        # A repeated doubt keeps the first date and reason: since then there is a suspicion.
        row.suspected_at = row.suspected_at or now
        row.suspected_reason = row.suspected_reason or reason.lower()[:64]
    # A bill that was not paid tells neither that we are installed nor that we are not.
    elif news is not News.UNPAID:
        row.suspected_at = row.suspected_reason = row.refused_at = None
        row.seen_at = now
    if news is News.CONFIRMED:
        row.refused_at = row.refused_at or now
