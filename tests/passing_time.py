"""Time that passes in a test without waiting: in the portals and in what the application noted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bx24app.store.models import GrantRow
from tests.home import Home
from tests.neighbourhood import Neighbourhood

MOMENTS = ("expires_at", "obtained_at", "lease_until", "asked_at", "retry_at", "lost_at")


def let_pass(home: Home | Neighbourhood, **amount: float) -> None:
    """Let days, hours, minutes or seconds pass."""
    passed = timedelta(**amount)
    home.control.turn_clock(passed.total_seconds())
    with home.house.database.write() as session:
        for row in session.scalars(select(GrantRow)):
            for name in MOMENTS:
                moment = getattr(row, name)
                setattr(row, name, moment - passed if moment else None)
