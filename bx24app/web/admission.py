"""Admission of requests: the portal's bulkhead, and the limit on unproven callers."""

from __future__ import annotations

import ipaddress
from contextlib import AbstractContextManager, ExitStack

from flask import Flask, g, request

from bx24app.web.context import container


def take_slot(member_id: str, *, person: bool) -> None:
    """Hold a slot of the portal's bulkhead until the present request is answered.

    Raises Busy where none is free; a request that has a slot keeps the one it has.
    """
    if "bulkhead_slot" not in g:
        # A stack, because the slot outlives this function. It is kept only once it is taken, so
        # the teardown of a refused request has nothing to release.
        slot = ExitStack()
        slot.enter_context(container().portal_bulkhead.slot(member_id, person=person))
        g.bulkhead_slot = slot


def call_from_stranger() -> AbstractContextManager[None]:
    """Let the present request be verified; raises TooManyUnproven. See Strangers."""
    return container().strangers.call_from(remote_address())


def remote_address() -> str:
    """Where the present request comes from, as far as that can be known.

    A reverse proxy has a private address and appends the address that it saw itself to
    `X-Forwarded-For`. Entries before that, or from any other peer, are only claimed.
    """
    peer = request.remote_addr or ""
    # The last entry only: a client can write whatever it likes before it.
    last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return last if last and _is_neighbour(peer) else peer


def register(app: Flask) -> None:
    """Release the slot of each request when it is answered."""
    app.teardown_request(_leave)


def _leave(_: BaseException | None) -> None:
    # Runs after exceptions too, so that no slot is lost.
    if "bulkhead_slot" in g:
        g.pop("bulkhead_slot").close()


def _is_neighbour(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:  # a Unix socket has none
        return True
