"""Tokens and one-time codes of the authorization server, and how long they live."""

import secrets
from dataclasses import dataclass, field
from math import inf

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 180 * 24 * 3600
CODE_SECONDS = 30


@dataclass
class Grant:
    """An access token with its refresh token: one person, one portal, one application."""

    access_token: str
    refresh_token: str
    client_id: str
    member_id: str
    user_id: int
    scope: tuple[str, ...]
    expires: float
    refresh_expires: float
    revoked: bool = False


@dataclass
class Code:
    """A one-time code of the authorize page."""

    value: str
    client_id: str
    member_id: str
    user_id: int
    expires: float


MINTED: set[str] = set()
"""Every token, code and secret made in this process, for whoever looks where they turn up."""


def token(expires: float) -> str:
    """Make a token of 70 hex digits that begins with its expiry, little-endian, as real ones do."""
    return minted(int(expires).to_bytes(4, "little").hex() + secrets.token_hex(31))


def minted(value: str) -> str:
    """Remember a secret and give it back."""
    MINTED.add(value)
    return value


@dataclass
class AuthServer:
    """All grants. In strict mode a refresh token dies when it is used; in lenient mode it stays."""

    strict: bool = True
    access_seconds: float = ACCESS_SECONDS
    by_access: dict[str, Grant] = field(default_factory=dict)
    by_refresh: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    webhooks: dict[str, Grant] = field(default_factory=dict)
    renewals: int = 0

    def secret(self) -> str:
        """Make a value of 32 hex digits, such as an application token."""
        return minted(secrets.token_hex(16))

    def mint(
        self, now: float, client_id: str, member_id: str, user_id: int, scope: tuple[str, ...]
    ) -> Grant:
        """Issue a new pair of tokens."""
        expires, refresh_expires = now + self.access_seconds, now + REFRESH_SECONDS
        grant = Grant(
            token(expires), token(refresh_expires), client_id, member_id, user_id, scope,
            expires, refresh_expires,
        )  # fmt: skip
        self.by_access[grant.access_token] = grant
        self.by_refresh[grant.refresh_token] = grant
        return grant

    def renew(self, now: float, old: Grant) -> Grant:
        """Issue the pair that follows `old`; the old access token lives on until it expires."""
        if self.strict:
            self.by_refresh.pop(old.refresh_token, None)
        self.renewals += 1
        return self.mint(now, old.client_id, old.member_id, old.user_id, old.scope)

    def code(self, now: float, client_id: str, member_id: str, user_id: int) -> Code:
        """Issue a one-time code that lives 30 seconds."""
        value = minted(secrets.token_hex(16))
        code = Code(value, client_id, member_id, user_id, now + CODE_SECONDS)
        self.codes[value] = code
        return code

    def webhook(self, member_id: str, user_id: int, scope: tuple[str, ...]) -> str:
        """Issue an inbound webhook, which belongs to no application; gives its `user/key`."""
        key = f"{user_id}/{secrets.token_hex(8)}"
        self.webhooks[key] = Grant(key, "", "", member_id, user_id, scope, inf, inf)
        return key

    def of_portal(self, member_id: str) -> list[Grant]:
        """Give every grant of a portal."""
        return [grant for grant in self.by_access.values() if grant.member_id == member_id]
