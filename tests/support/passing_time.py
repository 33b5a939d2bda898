"""Time that passes in a test without waiting: in the portals and in what the application noted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from bx24app.store.models import MethodBlockRow, OAuthTokenRow, PortalRow, RateLimitRow
from tests.support.app_harness import AppHarness
from tests.support.container_harness import ContainerHarness
from tests.support.endpoint_harness import EndpointHarness

MOMENTS = {
    OAuthTokenRow: (
        "expires_at",
        "obtained_at",
        "lease_until",
        "asked_at",
        "retry_at",
        "lost_at",
        "doubted_at",
    ),
    PortalRow: (
        "installed_at",
        "status_at",
        "seen_at",
        "suspected_at",
        "refused_at",
        "questioned_at",
        "license_at",
    ),
}


def let_pass(harness: AppHarness | EndpointHarness | ContainerHarness, **amount: float) -> None:
    """Let days, hours, minutes or seconds pass."""
    passed = timedelta(**amount)
    harness.control.turn_clock(passed.total_seconds())
    with harness.container.database.write() as session:
        for kind, names in MOMENTS.items():
            for row in session.scalars(select(kind)):
                for name in names:
                    moment = getattr(row, name)
                    setattr(row, name, moment - passed if moment else None)


def let_rest(harness: AppHarness | EndpointHarness | ContainerHarness, member_id: str) -> None:
    """Let a portal rest for so long that all of it may be asked again."""
    with harness.container.database.write() as session:
        for kind in (RateLimitRow, MethodBlockRow):
            session.execute(delete(kind).where(kind.member_id == member_id))
