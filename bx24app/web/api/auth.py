"""Who calls the API: a key in `Authorization: Bearer`, and what it opens."""

from __future__ import annotations

from contextlib import ExitStack

from flask import g, request

from bx24app.api_keys import ApiKey
from bx24app.bitrix24.payloads import MEMBER_ID
from bx24app.errors import Error, NoSuchPortal
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.portals.registry import Portal
from bx24app.web.context import container


class Unauthenticated(Error):
    """No key came along, or none that works."""

    code = "unauthenticated"
    message = N_("Send a valid API key: Authorization: Bearer KEY.")


def caller() -> ApiKey:
    """The key of the present request; raises Unauthenticated."""
    if "key" not in g:
        g.key = _checked()
    return g.key


def portal(key: ApiKey, member_id: str) -> Portal:
    """The portal of the address; raises NotFound, also where the key does not open it."""
    if not MEMBER_ID.fullmatch(member_id) or not key.opens(member_id):
        raise NoSuchPortal
    return container().portals.find(member_id)


def installer(member_id: str) -> Actor:
    """Check the key and act on the portal of the address, with its installer's token.

    The call keeps one slot of the portal's bulkhead until it is answered; raises Busy where none is
    free.
    """
    actor = container().access.as_installer(portal(caller(), member_id))
    g.program_slot = ExitStack()
    g.program_slot.enter_context(container().program_bulkhead.slot(member_id))
    return actor


def leave(_: BaseException | None) -> None:
    """Give the slot of the present request back."""
    if "program_slot" in g:
        g.pop("program_slot").close()


def _checked() -> ApiKey:
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        raise Unauthenticated
    key = container().api_keys.check(sent.token)
    if key is None:
        raise Unauthenticated
    return key
