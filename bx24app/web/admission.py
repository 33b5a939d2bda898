"""Admission: who finds a place while others wait, and whose calls are looked at."""

from __future__ import annotations

import ipaddress
from contextlib import AbstractContextManager, ExitStack

from flask import Flask, g, request

from bx24app.web.context import container


def take_place(member_id: str, *, person: bool) -> None:
    """Keep a place for the present request, which asks a portal, until it is answered.

    Raises Busy where there is none; asking again is free.
    """
    if "place" not in g:
        place = ExitStack()
        place.enter_context(container().portal_bulkhead.slot(member_id, person=person))
        g.place = place


def call_from_stranger() -> AbstractContextManager[None]:
    """Let the present request be verified; raises TooManyUnproven. See Strangers."""
    return container().strangers.call_from(remote_address())


def remote_address() -> str:
    """Where the present request comes from, as far as that can be known.

    A reverse proxy is a neighbour of ours, and appends the address that it saw itself to
    `X-Forwarded-For`. What stands before that, or comes from anywhere else, is only claimed.
    """
    peer = request.remote_addr or ""
    last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return last if last and _is_neighbour(peer) else peer


def register(app: Flask) -> None:
    """Give the place of each request back when it is answered."""
    app.teardown_request(_leave)


def _leave(_: BaseException | None) -> None:
    if "place" in g:
        g.pop("place").close()


def _is_neighbour(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:  # a Unix socket has none
        return True
