"""Who is here: a signed, short-lived value carried by the page in a header, never a cookie."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from flask import current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.portals.installation import Opened
from bx24app.portals.registry import Portal
from bx24app.web.context import container

HEADER = "X-Session"
LASTS = 30 * 60
"""Seconds; renewed by use, and a new launch can always start another."""


class SessionEnded(Error):
    """No valid session value came along."""

    code = "session_ended"
    message = N_("Your session ended. Open the application again from the menu of your Bitrix24.")


@dataclass(frozen=True)
class Session:
    """One person on one portal, for one installation of it."""

    member_id: str
    user_id: int
    language: str
    installed_at: str


def begin(opened: Opened, language: str) -> str:
    """Start the session of somebody who was just let in; gives the value for the page."""
    portal = opened.portal
    _enter(
        Session(portal.member_id, opened.user_id, language, portal.installed_at.isoformat()), portal
    )
    return value()


def value() -> str:
    """The present session, signed anew."""
    return _signer().dumps(list(astuple(g.session)))


def current() -> Session:
    """The session of the present request; raises SessionEnded.

    A session ends with the installation it was made for, also if the portal is installed again.
    """
    if "session" not in g:
        session = _read(request.headers.get(HEADER, ""), LASTS)
        portal = container().portals.known(session.member_id)
        if portal is None or portal.installed_at.isoformat() != session.installed_at:
            raise SessionEnded
        _enter(session, portal)
    return g.session


def portal() -> Portal:
    """The portal of the present session; raises SessionEnded."""
    current()
    return g.portal


def language(otherwise: str) -> str:
    """The language of the page that asks, even if its half hour is over."""
    try:
        return _read(request.headers.get(HEADER, ""), None).language
    except SessionEnded:
        return otherwise


def actor() -> Actor:
    """The person of the present request with the means to act on their portal."""
    session = current()
    return container().access.as_person(portal(), session.user_id)


def _enter(session: Session, portal: Portal) -> None:
    """Make this the session of the present request, whose answer the portal may then frame."""
    g.session, g.portal, g.frame_origin = session, portal, portal.origin


def _read(text: str, lasts: int | None) -> Session:
    try:
        return Session(*_signer().loads(text, max_age=lasts))
    except (BadSignature, TypeError):
        raise SessionEnded from None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="session")
