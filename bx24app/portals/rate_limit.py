"""The rate limit: how fast all processes together ask one portal, so that it need not refuse.

Bitrix24 keeps a leaky bucket for each portal and source address: 50 requests at once and 2 a second
on ordinary plans, more on Enterprise ones, and answers 503 beyond (Bitrix24 docs, limits). The
same bucket is kept here as one row a portal, by the generic cell rate algorithm, in one statement
a request. Programs that find it full book a permit and wait in the order they came; people do not
wait for programs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bx24app.bitrix24.errors import Busy
from bx24app.bitrix24.operating_time import LONGEST, OperatingTime
from bx24app.portals.license import forget_license, learn_license
from bx24app.portals.rate_statements import (
    BLOCK_METHOD,
    BLOCKED_UNTIL,
    BOOK,
    CLAIM,
    DUE,
    FILL,
    FORGET,
    FORGET_BLOCKS,
)
from bx24app.store.database import Database
from bx24app.store.models import PortalRow

OPERATING_LIMIT = 400.0
"""Seconds of execution in ten minutes after which a method rests; it is blocked at 420 to 480."""
LONGEST_WAIT = 120.0
"""Seconds; nobody waits longer for a portal unless they say so."""
LONGEST_BLOCK = 660.0
"""Seconds; ten minutes later all execution time is forgotten (Bitrix24 docs, limits)."""
WHENEVER = 1e12
"""Later than any moment, in epoch seconds."""


@dataclass(frozen=True)
class Bucket:
    """How much a portal takes at once, and how many requests a second afterwards."""

    burst: int = 49
    """One below Bitrix24's 50, because requests sent in time may still arrive together."""
    drain: float = 2.0
    reserved: int = 1
    """Requests of the burst that are kept for people."""


ENTERPRISE = Bucket(burst=249, drain=5.0)
"""On Enterprise plans Bitrix24 takes 250 requests at once and 5 a second (docs, limits)."""


@dataclass(frozen=True)
class RateLimitState:
    """How full a bucket is: whole numbers, for programs."""

    limit: int
    """Requests that it takes at once."""
    remaining: int
    """Requests that it takes now."""
    reset: int
    """Seconds until it is empty again."""


class RateLimits:
    """The buckets of all portals."""

    def __init__(self, database: Database, bucket: Bucket | None = None) -> None:
        """Keep the rows in `database`; `bucket` is that of ordinary plans."""
        self._database = database
        self._bucket = bucket or Bucket()
        self.now = database.time
        """The clock of all buckets, in epoch seconds."""

    def state(self, member_id: str, *, enterprise: bool = False) -> RateLimitState:
        """How full the bucket of a portal is for a program, just now."""
        bucket = ENTERPRISE if enterprise else self._bucket
        interval, now = 1.0 / bucket.drain, self._database.time()
        room = bucket.burst - bucket.reserved
        with self._database.read() as session:
            row = session.execute(DUE, {"member_id": member_id}).first()
        ahead = now + 2 * bucket.burst * interval + LONGEST_WAIT
        due = row.due if row and now < row.due <= ahead else now
        # A program that comes now has to wait behind those that have booked a moment already.
        free = 0 if row and now < row.booked <= ahead else math.floor(room - (due - now) / interval)
        return RateLimitState(room, min(max(free, 0), room), math.ceil(due - now))

    def of(
        self,
        member_id: str,
        *,
        person: bool,
        patience: float,
        until: float | None = None,
        enterprise: bool = False,
    ) -> PortalRateLimit:
        """The rate limit towards one portal for somebody who waits at most `patience` seconds.

        `until` ends the waiting of all its calls together, see `now`; `enterprise` says
        that the portal's plan takes more than others, until it refuses that.
        """
        return PortalRateLimit(
            self._database, self._bucket, member_id, person, patience, until, enterprise
        )

    def learn_license(self, member_id: str, answer: Any) -> None:
        """Store what a portal answers when it is asked for its plan."""
        with self._database.write() as session:
            row = session.get(PortalRow, member_id, with_for_update=True)
            if row is not None:
                learn_license(row, answer)

    def remove(self, session: Session, member_id: str) -> None:
        """Remove what is kept about a portal, in the caller's transaction."""
        session.execute(FORGET, {"member_id": member_id})
        session.execute(FORGET_BLOCKS, {"member_id": member_id})


@dataclass
class PortalRateLimit:
    """The rate limit of one caller at one portal; see RateLimits.of."""

    database: Database
    cautious: Bucket
    member_id: str
    person: bool
    patience: float
    until: float | None = None
    enterprise: bool = False

    @property
    def bucket(self) -> Bucket:
        """What the portal is taken to have."""
        return ENTERPRISE if self.enterprise else self.cautious

    def permit(self, methods: Collection[str]) -> Permit:
        """A call of these methods that wants to go out; its patience begins now."""
        return Permit(self, methods, self.database.time())

    def note_operating(self, method: str, spent: OperatingTime, now: float | None = None) -> None:
        """Let a method rest until it has time again, when that is nearly used up."""
        if spent.used >= OPERATING_LIMIT:
            self.block_method(method, spent.reset_in, now)

    def block_method(self, method: str, seconds: float, now: float | None = None) -> None:
        """Let nobody call a method for so many seconds; all others go on."""
        until = (self.database.time() if now is None else now) + min(seconds, LONGEST)
        row = {"member_id": self.member_id, "method": method, "until": until}
        with self.database.write() as session:
            session.execute(BLOCK_METHOD, row)

    def note_busy(self) -> float:
        """Take the bucket for full, as the portal says that its own is.

        An Enterprise portal that is busy at its own rate is asked at the cautious one from now on.
        Gives the seconds until it takes another request.
        """
        slower, self.enterprise = self.enterprise, False
        full = (self.bucket.burst + 1) / self.bucket.drain
        # A larger bucket may be written down as full for longer than the cautious one ever is.
        longest = 0.0 if slower else LONGEST_WAIT
        row = {"member_id": self.member_id, "due": self.database.time() + full, "longest": longest}
        with self.database.write() as session:
            if slower:
                forget_license(session, self.member_id)
            session.execute(FILL, row)
        return 1.0 / self.bucket.drain


@dataclass(frozen=True)
class Step:
    """What a call does next: go out at a moment (epoch seconds), or ask again then."""

    go: bool
    at: float


class Permit:
    """One call on its way out.

    People take a permit ahead of time and push whoever waits. A program takes only what is free
    now; where nothing is, it books the next moment and comes back then.
    """

    def __init__(self, rate_limit: PortalRateLimit, methods: Collection[str], now: float) -> None:
        """See PortalRateLimit.permit; `now` is when the waiting begins, in epoch seconds."""
        self._rate_limit = rate_limit
        self._deadline = now + rate_limit.patience
        self._measure()
        if rate_limit.until is not None:
            self._deadline = min(self._deadline, max(now, rate_limit.until))
        self._refusals, self._booked, self._time = 0, False, rate_limit.database.time
        self._who = {"member_id": rate_limit.member_id, "methods": f",{','.join(methods)},"}

    def _measure(self) -> None:
        """Compute with the bucket that the portal is taken to have now."""
        rate_limit, bucket = self._rate_limit, self._rate_limit.bucket
        self._interval = 1.0 / bucket.drain
        room = bucket.burst if rate_limit.person else bucket.burst - bucket.reserved
        self._tolerance = room * self._interval
        self._ahead = 2 * bucket.burst * self._interval + max(rate_limit.patience, LONGEST_WAIT)

    def wait(self) -> float:
        """Take the permit after so many seconds; raises Busy, without one, beyond the patience."""
        gone, waited, end = False, 0.0, time.monotonic() + self._rate_limit.patience
        while not gone:
            if time.monotonic() > end + LONGEST_WAIT:  # the clock was turned meanwhile
                raise Busy(retry_after=1.0)
            step = self.step(self._time())
            gone, pause = step.go, step.at - self._time()
            if pause > 0:
                time.sleep(pause)
                waited += pause
        return waited

    def step(self, now: float) -> Step:
        """Try to take the permit at this moment; raises Busy beyond the patience."""
        due = self._claim(now)
        if due is not None:
            return Step(True, max(now, due - self._tolerance))
        at = self._next_try(now)
        if at > self._deadline:
            raise Busy(retry_after=max(1.0, at - now))
        return Step(False, at)

    def throttled(self) -> None:
        """The portal's own bucket is full: everybody waits for it, and we longer each time.

        Raises Busy when that is beyond the patience.
        """
        # Other applications at our address share the portal's bucket, so ours may have shown room.
        pause = self._rate_limit.note_busy() * 2**self._refusals
        self._measure()
        self._refusals, self._booked = self._refusals + 1, False
        if self._time() + pause > self._deadline:
            raise Busy(retry_after=max(1.0, pause))
        time.sleep(pause)

    def _claim(self, now: float) -> float | None:
        """Take a permit that comes soon enough; None where there is none, or a method rests."""
        person = self._rate_limit.person
        # A program takes only what is free now, or it would overtake those that have booked.
        latest = (self._deadline if person else now) + self._tolerance - self._interval
        # People ignore bookings, and so does a program that comes back for its own.
        claim = {
            "now": now,
            "interval": self._interval,
            "push": self._interval if person else 0.0,
            "latest": latest,
            "booked": WHENEVER if person or self._booked else now,
        } | self._bounds(now)
        due: float | None = self._rate_limit.database.first(CLAIM, self._who | claim)
        return due

    def _next_try(self, now: float) -> float:
        """When to come back, in epoch seconds."""
        with self._rate_limit.database.read() as session:
            asked = self._who | {"now": now} | self._bounds(now)
            held = session.execute(BLOCKED_UNTIL, asked).scalar()
        # A booking while the method is blocked would hold up the calls of other methods.
        if held:
            return float(held)
        if self._booked:
            return now + self._interval
        return self._book(now) or self._free_at(now)

    def _bounds(self, now: float) -> dict[str, float]:
        """What lies further ahead was stored before our clock went back, and counts as absent."""
        return {"ahead": now + self._ahead, "longest_block": now + LONGEST_BLOCK}

    def _book(self, now: float) -> float | None:
        """A moment of one's own; None where none is left before the patience ends."""
        if self._rate_limit.person:
            return None
        wanted = {
            "member_id": self._rate_limit.member_id,
            "tolerance": self._tolerance,
            "interval": self._interval,
            "latest": self._deadline - self._interval,
            "ahead": now + self._ahead,
        }
        at: float | None = self._rate_limit.database.first(BOOK, wanted)
        self._booked = at is not None
        return at

    def _free_at(self, now: float) -> float:
        with self._rate_limit.database.read() as session:
            row = session.execute(DUE, {"member_id": self._rate_limit.member_id}).first()
        ahead = now + self._ahead
        known = [row.due - self._tolerance, row.booked] if row else []
        free = [moment for moment in known if moment <= ahead]
        return max([now, *free]) + self._interval if row else now
