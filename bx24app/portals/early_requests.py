"""What a launch needs first of its portal, asked for while the launch itself is being verified.

Both go out at the same time, so a person waits once. The request goes only to the portal's stored
address, which the authorization server has proven earlier. What it brings is used, and noted down,
once the launch is proven; otherwise it is as if nobody had asked.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from bx24app.bitrix24.client import Client, Exchange
from bx24app.bitrix24.errors import Busy, SuspectedGone, Unreachable
from bx24app.bitrix24.oauth import TokenInfo
from bx24app.bitrix24.payloads import Launch
from bx24app.bitrix24.urls import origin_of
from bx24app.portals.access import PortalAccess
from bx24app.portals.portal import Portal
from bx24app.portals.state import Status

PAUSE = 60.0
"""Seconds without early requests to a portal, after a launch there that was not proven."""
MOST_PAUSED = 10_000
"""Portals that are remembered for it."""

Work = Callable[[Client], None]


class EarlyRequest:
    """A request that is under way, or over."""

    def __init__(self, access: PortalAccess, portal: Portal) -> None:
        """It goes to the address of `portal` as it is stored."""
        self._access = access
        self._portal = portal
        self._exchanges: list[Exchange] = []
        self._over: Future[None] = Future()

    def send(self, access_token: str, work: Work) -> None:
        """Do the work with a token that nobody has vouched for; whatever it raises is kept."""
        record = self._exchanges.append
        try:
            work(self._access.as_claimant(self._portal, access_token, record))
        except Exception as error:
            self._over.set_exception(error)
        else:
            self._over.set_result(None)

    def counts(self, portal: Portal, info: TokenInfo) -> bool:
        """Wait for its end, and note it down, now that the launch is proven.

        False where somebody else might succeed: it was refused, or the portal has another address
        by now. True also where the portal is silent or busy, which is what it would be again.
        """
        failure = self._over.exception()
        listener = self._access.listener(portal, info.user_id)
        for exchange in self._exchanges:
            listener(exchange)
        # The client has repeated it as often as sense makes, and the person has waited for that.
        silent = isinstance(failure, Unreachable | Busy) and failure.retryable
        # Whether the portal has let us go is found out by the page's own question.
        in_vain = silent and not isinstance(failure, SuspectedGone)
        stayed = origin_of(info.endpoint) == origin_of(self._portal.endpoint)
        return stayed and (failure is None or in_vain)


class EarlyRequests:
    """Begins early requests, a bounded number at once in a process."""

    def __init__(self, access: PortalAccess, most: int) -> None:
        """At most `most` are under way; 0 for none at all."""
        self._access = access
        self._free = threading.BoundedSemaphore(most) if most else None
        # Threads begin with the first use, so workers may be forked before that.
        self._threads = ThreadPoolExecutor(most or 1, thread_name_prefix="early request")
        self._paused: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, portal: Portal | None, launch: Launch, work: Work) -> EarlyRequest | None:
        """Let `work` ask a portal that a launch claims to come from; None where it has to wait.

        Anybody can post a launch. One that is not proven therefore ends early requests to its
        portal for a minute: strangers cannot use up its rate.
        """
        known = portal is not None and portal.status is Status.ACTIVE
        if not known or portal is None or launch.domain != portal.domain or self._free is None:
            return None
        if self._is_paused(portal.member_id) or not self._free.acquire(blocking=False):
            return None
        early = EarlyRequest(self._access, portal)
        self._threads.submit(self._run, self._free, early, launch.access_token, work)
        return early

    def pause(self, member_id: str) -> None:
        """A launch was not proven: begin none for that portal for a while."""
        with self._lock:
            self._paused[member_id] = time.monotonic() + PAUSE
            self._paused.move_to_end(member_id)
            while len(self._paused) > MOST_PAUSED:
                self._paused.popitem(last=False)

    def _is_paused(self, member_id: str) -> bool:
        with self._lock:
            return time.monotonic() < self._paused.get(member_id, 0.0)

    @staticmethod
    def _run(
        free: threading.BoundedSemaphore, early: EarlyRequest, access_token: str, work: Work
    ) -> None:
        try:
            early.send(access_token, work)
        finally:
            free.release()
