"""What it means when the authorization server does not renew, and how long to leave it in peace."""

from __future__ import annotations

from datetime import timedelta

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
    Unreachable,
)

NO_ANSWER = (Unreachable, Busy, Overloaded)
"""Answers that say nothing about the token."""
INTERRUPTED = "interrupted_refresh"
"""Our reason where the answer to an earlier renewal never arrived, and with it the new pair."""
FOREIGN = "foreign_token"
"""Our reason where the server gave a pair of another portal."""
FINAL = frozenset(
    {
        "invalid_grant",
        "expired_token",
        "not_installed",
        "application_not_found",
        "error_oauth",
        "portal_deleted",
        INTERRUPTED,
        FOREIGN,
    }
)
"""Reasons that only a fresh pair ends; all others may pass: somebody pays, corrects the keys."""
OWN_MESSAGE = (PaymentRequired, PortalGone, NotPermitted, KeysRefused)
"""Errors with a sentence of their own; all other reasons are a lost authorization."""


def error_for_reason(reason: str) -> Bitrix24Error:
    """The error that a remembered reason (a http code in small letters) stands for."""
    kind = ERRORS_BY_CODE.get(reason, AuthorizationLost)
    return (kind if issubclass(kind, OWN_MESSAGE) else AuthorizationLost)(reason)


def after_silence(failures: int) -> timedelta:
    """The pause after so many attempts in a row that brought nothing: 2 seconds to 10 minutes."""
    return _growing(timedelta(seconds=2), failures, timedelta(minutes=10))


def after_refusal(failures: int) -> timedelta:
    """The pause after a refusal that may pass: 1 minute to 6 hours."""
    return _growing(timedelta(minutes=1), failures, timedelta(hours=6))


def _growing(first: timedelta, failures: int, longest: timedelta) -> timedelta:
    return min(first * int(2 ** min(failures, 20)), longest)
