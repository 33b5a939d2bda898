"""Who is here: a signed, short-lived value carried by the page in a header, never a cookie."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from bx24app.errors import Error, mark
from bx24app.installation import Opened
from bx24app.portals import Actor
from bx24app.web.rooms import house

HEADER = "X-Session"
LASTS = 30 * 60
"""Seconds; renewed by use, and a new launch can always start another."""


class SessionEnded(Error):
    """No valid session value came along."""

    code = "session_ended"
    message = mark("Your session ended. Open the application again from the menu of your Bitrix24.")


@dataclass(frozen=True)
class Session:
    """One person on one portal, for one installation of it."""

    member_id: str
    user_id: int
    language: str
    installed_at: int

    @classmethod
    def of(cls, opened: Opened, language: str) -> Session:
        """The session of somebody who was just let in."""
        installed_at = int(opened.portal.installed_at.timestamp())
        return cls(opened.portal.member_id, opened.user_id, language, installed_at)


def begin(session: Session) -> str:
    """Make this the session of the present request; gives the value for the page."""
    g.session = session
    return value()


def value() -> str:
    """The present session, signed anew."""
    session = g.session
    return _signer().dumps(
        [session.member_id, session.user_id, session.language, session.installed_at]
    )


def current() -> Session:
    """The session of the present request; raises SessionEnded.

    A session ends with the installation it was made for, also if the portal is installed again.
    """
    if "session" not in g:
        session = _read(request.headers.get(HEADER, ""))
        portal = house().portals.known(session.member_id)
        if portal is None or int(portal.installed_at.timestamp()) != session.installed_at:
            raise SessionEnded
        g.session = session
    return g.session


def actor() -> Actor:
    """The person of the present request with the means to act on their portal."""
    session = current()
    return house().portals.as_person(session.member_id, session.user_id)


def _read(text: str) -> Session:
    try:
        return Session(*_signer().loads(text, max_age=LASTS))
    except (BadSignature, TypeError):
        raise SessionEnded from None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="session")
