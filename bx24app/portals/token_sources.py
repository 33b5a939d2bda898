"""Sources of a client's token: the store, or the launch that is being handled."""

from __future__ import annotations

from collections.abc import Callable

from bx24app.bitrix24.errors import NotProven
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.portals.token_rows import is_fresh
from bx24app.portals.token_store import TokenStore


class UserTokenSource:
    """The token of one user on one portal, as a client wants it for one piece of work."""

    def __init__(self, tokens: TokenStore, member_id: str, user_id: int) -> None:
        """Take the token of that user from `tokens`."""
        self._tokens, self._member_id, self._user_id = tokens, member_id, user_id
        self._known: OAuthToken | None = None
        self.on_change: Callable[[], None] = _ignore_change
        """Called where a token was refreshed, before it is used."""

    def token(self) -> OAuthToken:
        """The token to use now; looked up again only when it ends."""
        # One piece of work makes many calls; the database is read once in the token's hour.
        if self._known is None or not is_fresh(self._known):
            self._known = self._tokens.current(self._member_id, self._user_id, self.on_change)
        return self._known

    def refreshed(self, stale: OAuthToken) -> OAuthToken:
        """A newer one than `stale`."""
        self._known = self._tokens.refreshed(self._member_id, self._user_id, stale)
        # A refresh may have found that the portal moved: the client has to know before it repeats.
        self.on_change()
        return self._known


class VisitorTokenSource:
    """The tokens of somebody who is launching just now: a token that cannot be refreshed."""

    def __init__(self, token: OAuthToken) -> None:
        self._token = token

    def token(self) -> OAuthToken:
        return self._token

    def refreshed(self, stale: OAuthToken) -> OAuthToken:
        # The portal refuses a token that its authorization server has just vouched for.
        raise NotProven("refused_token")


def _ignore_change() -> None:
    """Do nothing."""
