"""The session: a signed, short-lived value that the page sends in a header, never a cookie."""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass

from flask import g, request
from itsdangerous import BadSignature

from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.portals.installation import Opened
from bx24app.portals.portal import Portal
from bx24app.web.admission import take_slot
from bx24app.web.context import container
from bx24app.web.signing import CLOCKS_DIFFER, signer

HEADER = "X-Session"
LASTS = 30 * 60
"""Seconds; renewed by use, and a new launch can always start another."""
LONGEST = 10 * 60 * 60
"""Seconds after its launch at which a session ends, however much it is used."""


class SessionEnded(Error):
    """No valid session value came along."""

    code = "session_ended"
    message = N_("Open the application again from the menu of your Bitrix24.")


@dataclass(frozen=True)
class Session:
    """One person on one portal, for one installation of it."""

    member_id: str
    user_id: int
    language: str
    installed_at: str
    launched_at: int
    """Epoch seconds; using the session does not change it."""


def begin(opened: Opened, language: str) -> str:
    """Start the session of a person whose launch was verified; gives the value for the page."""
    portal = opened.portal
    installed_at, now = portal.installed_at.isoformat(), int(time.time())
    _enter(Session(portal.member_id, opened.user_id, language, installed_at, now), portal)
    return value()


def value() -> str:
    """The present session, signed anew."""
    # A list, without names, because the value travels with every request and answer.
    return signer("session").dumps(list(astuple(g.session)))


def current() -> Session:
    """The session of the present request; raises SessionEnded.

    A session ends with the installation it was made for, also if the portal is installed again.
    """
    if "session" not in g:
        session = _read(request.headers.get(HEADER, ""), LASTS)
        # The database decides: the portal may have left since the value was signed.
        portal = container().portals.known(session.member_id)
        # A new installation may have been made by others, with other rights.
        if portal is None or portal.installed_at.isoformat() != session.installed_at:
            raise SessionEnded
        if not -CLOCKS_DIFFER <= time.time() - session.launched_at <= LONGEST:
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
        # Only the age is ignored; the signature is checked.
        return _read(request.headers.get(HEADER, ""), None).language
    except SessionEnded:
        return otherwise


def actor() -> Actor:
    """The person of the present request with the means to act on their portal.

    The request holds a slot of the portal's bulkhead until it is answered; raises Busy where none
    is free.
    """
    session = current()
    # The slot comes first, before anything can be sent to the portal.
    take_slot(session.member_id, person=True)
    return container().access.as_person(portal(), session.user_id)


def _enter(session: Session, portal: Portal) -> None:
    """Make this the session of the present request, whose answer the portal may then frame."""
    g.session, g.portal, g.frame_origin = session, portal, portal.origin


def _read(text: str, lasts: int | None) -> Session:
    try:
        return Session(*signer("session").loads(text, max_age=lasts))
    # TypeError: signed by a version of ours whose sessions had other fields.
    except (BadSignature, TypeError):
        raise SessionEnded from None
