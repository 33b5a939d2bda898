"""The tokens of one user on one portal, and where a client gets them from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class OAuthToken:
    """Access token, refresh token and expiry (UTC) of one user on one portal."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime

    @classmethod
    def expiring_in(cls, access_token: str, refresh_token: str, seconds: int) -> OAuthToken:
        """A token that ends `seconds` from now."""
        # By our clock: the server's `expires` is a moment of its own, which may differ.
        return cls(access_token, refresh_token, datetime.now(UTC) + timedelta(seconds=seconds))


class TokenSource(Protocol):
    """Whose token a client uses."""

    def token(self) -> OAuthToken:
        """The token to use now; raises when there is none."""

    def refreshed(self, stale: OAuthToken) -> OAuthToken:
        """A newer token than `stale`; it is refreshed once, however many callers ask."""
