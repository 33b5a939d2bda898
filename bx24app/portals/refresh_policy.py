"""What it means when the authorization server refuses to refresh, and when to ask it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bx24app.bitrix24.errors import (
    ERRORS_BY_CODE,
    AuthorizationLost,
    Bitrix24Error,
    Busy,
    KeysRefused,
    NotPermitted,
    Overloaded,
    PaymentRequired,
    PortalGone,
    SuspectedGone,
    Unreachable,
)

CLOCKS_DIFFER = timedelta(minutes=1)
"""By which the clocks of our machines may differ."""
LONGEST_PAUSE = timedelta(hours=6)
"""The longest pause before the authorization server is asked again."""
NO_ANSWER = (Unreachable, Busy, Overloaded)
"""Answers that say nothing about the token."""
INTERRUPTED = "interrupted_refresh"
"""Our reason where the answer to an earlier refresh never arrived, and with it the new token."""
FOREIGN = "foreign_token"
"""Our reason where the server gave a token of another portal."""
FINAL = frozenset({INTERRUPTED, FOREIGN})
"""Reasons that only a fresh token ends."""
OF_TOKEN = FINAL | {"invalid_grant", "expired_token"}
"""Reasons that are about the token itself; the server's own are final once it repeats them.

All others may pass: somebody pays, corrects the keys or permits the person, and an answer that we
are not installed may not be repeated.
"""
GONE = frozenset(code for code, kind in ERRORS_BY_CODE.items() if issubclass(kind, PortalGone))
"""Reasons that say, once confirmed, that the portal has not installed us."""
OWN_MESSAGE = (PaymentRequired, PortalGone, NotPermitted, KeysRefused)
"""Errors with a sentence of their own; all other reasons are a lost authorization."""


def error_for_reason(reason: str, *, gone: bool = False) -> Bitrix24Error:
    """The error that a remembered reason (an error code in small letters) stands for.

    That we are not installed is a suspicion, unless `gone` says that it was confirmed.
    """
    kind = ERRORS_BY_CODE.get(reason, AuthorizationLost)
    if reason in GONE and not gone:
        return SuspectedGone(reason)
    return (kind if issubclass(kind, OWN_MESSAGE) else AuthorizationLost)(reason)


def is_final(reason: str, before: str | None) -> bool:
    """Whether nobody is to be asked again for this reason, after the one `before` it."""
    # One refusal proves nothing: the same server has been seen to take the same token later.
    return reason in FINAL or (reason in OF_TOKEN and reason == before)


def after_silence(failures: int) -> timedelta:
    """The pause after so many attempts in a row that brought nothing: 2 seconds to 10 minutes."""
    return _growing(timedelta(seconds=2), failures, timedelta(minutes=10))


def after_refusal(failures: int) -> timedelta:
    """The pause after a refusal that may pass: 1 minute to 6 hours."""
    return _growing(timedelta(minutes=1), failures, timedelta(hours=6))


def _growing(first: timedelta, failures: int, longest: timedelta) -> timedelta:
    # The exponent is bounded, because a timedelta overflows.
    return min(first * int(2 ** min(failures, 20)), longest)


def is_ahead(moment: datetime | None, bound: timedelta) -> bool:
    """Whether a stored moment is still to come.

    What lies further ahead than `bound`, the most that anybody stores, was stored before our clock
    went back, and counts as absent.
    """
    now = datetime.now(UTC)
    # Another machine, whose clock is ahead of ours, may have stored the moment.
    return moment is not None and now < moment <= now + bound + CLOCKS_DIFFER
