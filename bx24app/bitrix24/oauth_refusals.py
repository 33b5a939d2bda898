"""What it means when an authorization server refuses a token, or refuses to tell about one."""

from __future__ import annotations

from typing import Any

from bx24app.bitrix24.errors import (
    Bitrix24Error,
    Busy,
    NotProven,
    PaymentRequired,
    PortalGone,
    Refused,
    TokenExpired,
    Unreachable,
    UserBlocked,
    error_for,
)

ABOUT_US = frozenset(
    {"invalid_request", "unsupported_grant_type", "unsupported_response_type", "invalid_scope"}
)
"""Refusals of a token endpoint that RFC 6749 names and that a repetition does not change."""


def refresh_refusal(error: Any, description: Any) -> Bitrix24Error:
    """What a token endpoint's refusal means; an unknown one says nothing about the token."""
    known = error_for(error, description)
    # A code we do not know must not end an authorization, so the refresh is tried again later.
    if type(known) is Refused and known.portal_error.lower() not in ABOUT_US:
        return Unreachable(known.portal_error, known.portal_description)
    return known


def verification_refusal(error: Bitrix24Error) -> Bitrix24Error:
    """What a server's refusal to tell about a token means."""
    # Not an answer about the token: neither proven nor refused.
    if isinstance(error, Busy | Unreachable):
        return Unreachable(error.portal_error, "authorization server")
    if isinstance(error, PaymentRequired | UserBlocked):
        return error
    if isinstance(error, PortalGone):
        return NotProven("not_installed", error.portal_error)
    # `invalid_token` maps to TokenExpired too, but says that the token is unknown.
    expired = isinstance(error, TokenExpired) and error.portal_error.lower() == "expired_token"
    return NotProven("expired_token" if expired else "unknown_token", error.portal_error)
