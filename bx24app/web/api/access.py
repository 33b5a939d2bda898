"""Who calls the API: a key in `Authorization: Bearer`, and what it opens."""

from __future__ import annotations

from contextlib import ExitStack

from flask import g, request

from bx24app.bitrix24.incoming import MEMBER_ID
from bx24app.errors import Error, mark
from bx24app.keys import Key
from bx24app.portals import Actor, Portal
from bx24app.web.rooms import house


class Unauthenticated(Error):
    """No key came along, or none that works."""

    code = "unauthenticated"
    message = mark("Send a valid API key: Authorization: Bearer KEY.")


def caller() -> Key:
    """The key of the present request; raises Unauthenticated."""
    if "key" not in g:
        g.key = _checked()
    return g.key


def portal(key: Key, member_id: str) -> Portal:
    """The portal of the address; raises Error `not_found`, also where the key does not open it."""
    if not MEMBER_ID.fullmatch(member_id) or not key.opens(member_id):
        raise Error("not_found", mark("There is no such portal."))
    return house().portals.find(member_id)


def installer(member_id: str) -> Actor:
    """Check the key and act on the portal of the address, with its installer's grant.

    The call keeps one of the portal's places until it is answered; raises Busy where all are taken.
    """
    actor = house().portals.as_installer(portal(caller(), member_id).member_id)
    g.places = ExitStack()
    g.places.enter_context(house().places.one(member_id))
    return actor


def leave(_: BaseException | None) -> None:
    """Give the place of the present request back."""
    if "places" in g:
        g.pop("places").close()


def _checked() -> Key:
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        raise Unauthenticated
    key = house().keys.check(sent.token)
    if key is None:
        raise Unauthenticated
    return key
