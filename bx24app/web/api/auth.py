"""Who calls the API: a key in `Authorization: Bearer`, and the portals it is valid for."""

from __future__ import annotations

from typing import cast

from flask import g, request

from bx24app.api_keys import ApiKey
from bx24app.bitrix24.payloads import MEMBER_ID
from bx24app.errors import Error, NoSuchPortal, NotFound
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.portals.author import Author
from bx24app.portals.portal import Portal
from bx24app.web.admission import take_slot
from bx24app.web.api.parameters import LARGEST_ID, refuse_repeated_parameters
from bx24app.web.api.rate import preferred_wait
from bx24app.web.context import container


class Unauthenticated(Error):
    """No key came along, or none that works any more."""

    code = "unauthenticated"
    message = N_("Send a valid API key: Authorization: Bearer KEY.")


class ReadOnlyKey(Error):
    """The key may read only, and this call writes."""

    code = "read_only_key"
    changed_nothing = True
    message = N_("Use a key with read and write access.")


class OperatorOnly(Error):
    """The key belongs to one portal, and this call is about all of them."""

    code = "not_permitted"
    message = N_("This call needs a key of the operator.")


def authorize() -> None:
    """Before each call: find out whose key it sends, and whether that may do this here.

    Raises Unauthenticated, then NoSuchPortal, then ReadOnlyKey, then BadParameter.
    """
    g.key = _checked()
    member_id = (request.view_args or {}).get("member_id")
    if member_id is not None:
        g.portal = _portal(g.key, member_id)
    # After the portal, so that a foreign one is 404 for a read-only key too.
    if g.key.read_only and request.method not in ("GET", "HEAD"):
        raise ReadOnlyKey
    refuse_repeated_parameters()


def require_operator() -> None:
    """Before a call about all portals, after `authorize`; raises OperatorOnly."""
    if caller().member_id is not None:
        raise OperatorOnly


def caller() -> ApiKey:
    """The key of the present request."""
    return cast(ApiKey, g.key)


def author(through: str = "api") -> Author:
    """Who the present request's key stands for, in the history of flows."""
    key = caller()
    kind = "operator" if key.member_id is None else "key"
    return Author(kind, str(key.id), key.label, through)


def portal() -> Portal:
    """The portal in the address of the present request."""
    return cast(Portal, g.portal)


def installer() -> Actor:
    """Act on the portal of the address, with its installer's token.

    The call holds a slot of the portal's bulkhead until it is answered; raises Busy where none is
    free, and NotFound where the address names a flow with a number that none can have.
    """
    # Bitrix24's ids have 32 bits; a larger one need not be asked for.
    if (request.view_args or {}).get("id", 0) > LARGEST_ID:
        raise NotFound(message=N_("No flow has such a number."))
    # `error_response` uses it to find out whether the installer has lost their rights.
    actor = g.installer = container().access.as_installer(
        portal(), preferred_wait(), author=author()
    )
    take_slot(portal().member_id, person=False)
    return actor


def _portal(key: ApiKey, member_id: str) -> Portal:
    # One answer for unknown and foreign portals: a key must not tell where we are installed.
    if not MEMBER_ID.fullmatch(member_id) or not key.opens(member_id):
        raise NoSuchPortal
    return container().portals.find(member_id)


def _checked() -> ApiKey:
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        raise Unauthenticated
    # Unknown, revoked and expired keys get one answer, so that guessing teaches nothing.
    key = container().api_keys.check(sent.token)
    if key is None:
        raise Unauthenticated
    return key
