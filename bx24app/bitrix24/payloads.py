"""What Bitrix24 POSTs to us, parsed and checked for its form; nothing of it is proven yet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bx24app.errors import Error
from bx24app.i18n import N_

Values = Mapping[str, Sequence[str]]
"""Parameters with all their values, as a query string or a form brings them."""

HOST = re.compile(r"(?!-)[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?")
MEMBER_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
TOKEN = re.compile(r"[\x21-\x7e]{1,2048}")
LANGUAGE = re.compile(r"[A-Za-z_-]{1,8}")
WORD = re.compile(r"[0-9A-Za-z_.-]{0,64}")
SERVER = re.compile(r"https?://[\x21-\x7e]{1,250}")


class Malformed(Error):
    """A parameter is missing, doubled or not of its form."""

    code = "malformed"
    message = N_("The request is incomplete or damaged: %(name)s.")
    reason = "malformed_parameter"


class Missing(Malformed):
    """A parameter that the call cannot do without is not there."""

    reason = "missing_parameter"


@dataclass(frozen=True)
class Launch:
    """Bitrix24 opening us in its frame: an unsigned browser POST with a person's tokens.

    (Bitrix24 docs, settings/oauth/simple-way and widgets/widget_data.)
    """

    domain: str
    member_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    language: str
    server_endpoint: str
    application_token: str = field(repr=False)

    @classmethod
    def parse(cls, query: Values, form: Values) -> Launch:
        """Take a launch apart; raises Malformed with the name of the first parameter at fault."""
        return cls(
            # Bitrix24 puts DOMAIN and LANG into the query string, ids and tokens into the form.
            domain=_take(query, "DOMAIN", HOST).lower(),
            member_id=_take(form, "member_id", MEMBER_ID),
            access_token=_take(form, "AUTH_ID", TOKEN),
            refresh_token=_take(form, "REFRESH_ID", TOKEN, ""),
            expires_in=_seconds(form, "AUTH_EXPIRES"),
            language=_language(query),
            # Older self-hosted portals send neither of these two.
            server_endpoint=_take(form, "SERVER_ENDPOINT", SERVER, ""),
            application_token=_take(form, "APPLICATION_TOKEN", TOKEN, ""),
        )


@dataclass(frozen=True)
class Event:
    """A server-to-server callback: a form POST with PHP's brackets (docs, events/index)."""

    name: str
    member_id: str
    application_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    server_endpoint: str
    sent_at: datetime | None
    """By the portal's clock (UTC); None where it does not say."""

    @classmethod
    def parse(cls, form: Values) -> Event:
        """Take an event apart; raises Malformed with the name of the first parameter at fault."""
        return cls(
            name=_take(form, "event", WORD).upper(),
            member_id=_take(form, "auth[member_id]", MEMBER_ID),
            application_token=_take(form, "auth[application_token]", TOKEN, ""),
            access_token=_take(form, "auth[access_token]", TOKEN, ""),
            refresh_token=_take(form, "auth[refresh_token]", TOKEN, ""),
            expires_in=_seconds(form, "auth[expires_in]"),
            server_endpoint=_take(form, "auth[server_endpoint]", SERVER, ""),
            sent_at=_moment(_take(form, "ts", WORD, "")),
        )


def _take(values: Values, name: str, form: re.Pattern[str], default: str | None = None) -> str:
    found = values.get(name, [])
    # Of two values, PHP, a proxy and we might each take another one.
    if len(found) > 1:
        raise Malformed(name=name)
    if not found or (not found[0] and default is not None):
        if default is None:
            raise Missing(name=name)
        return default
    if not form.fullmatch(found[0]):
        raise Malformed(name=name)
    return found[0]


def _seconds(values: Values, name: str) -> int:
    """How long a token lives; an hour, unless something sensible is said."""
    # Bounded, so that an invented lifetime does not keep a dead token from being refreshed.
    text = _take(values, name, WORD, "3600")
    return min(int(text), 86_400) if re.fullmatch(r"[0-9]{1,9}", text) else 3600


def _moment(text: str) -> datetime | None:
    """A time in epoch seconds; None for anything else, as times are only hints."""
    return datetime.fromtimestamp(int(text), UTC) if re.fullmatch(r"[0-9]{1,10}", text) else None


def _language(query: Values) -> str:
    """The language that a launch names; whatever else it says there cannot refuse it."""
    # A bad language is not worth an error page, which would need a language itself.
    said = next(iter(query.get("LANG", [])), "")
    return said.lower() if LANGUAGE.fullmatch(said) else "en"
