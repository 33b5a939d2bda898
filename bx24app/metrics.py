"""Numbers for Prometheus, counted in the database so that every process reports the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bx24app.portals.state import Status
from bx24app.store.blueprint_models import PLAN_STATUSES, PlanRow
from bx24app.store.database import Database
from bx24app.store.models import ExchangeRow, OAuthTokenRow, PortalRow
from bx24app.store.rollout_models import ROLLOUT_STATUSES, RolloutRow

WINDOW = timedelta(minutes=5)


class Metrics:
    """What an operator watches: portals, lost authorizations, and how the portals answer."""

    def __init__(self, database: Database) -> None:
        """Count in `database`."""
        self._database = database
        # A registry of its own: the global one would refuse a second application in a process.
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return bytes(generate_latest(self._registry))

    def describe(self) -> list[Metric]:
        """Describe nothing: the metrics are known only when they are counted."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Count everything anew, at each scrape."""
        portals = GaugeMetricFamily("bx24app_portals", "Portals by status.", labels=["status"])
        doubtful = GaugeMetricFamily(
            "bx24app_portals_suspected", "Portals that said that we are not installed."
        )
        lost = GaugeMetricFamily("bx24app_tokens_lost", "Tokens that cannot be refreshed.")
        recent = GaugeMetricFamily(
            "bx24app_exchanges",
            "REST exchanges of the last five minutes by error code.",
            labels=["error"],
        )
        slow = GaugeMetricFamily("bx24app_exchange_milliseconds", "Mean time of these exchanges.")
        # A window, not a counter: the journal forgets old exchanges, and a counter must not fall.
        since = datetime.now(UTC) - WINDOW
        with self._database.read() as session:
            by_status = select(PortalRow.status, func.count()).group_by(PortalRow.status)
            counts = {row[0]: row[1] for row in session.execute(by_status)}
            # Zeros too: a series that appears only with its first portal spoils alerts.
            for status in Status:
                portals.add_metric([status], counts.get(status, 0))
            suspected = select(func.count()).where(PortalRow.suspected_at.is_not(None))
            doubtful.add_metric([], session.scalar(suspected) or 0)
            lost.add_metric(
                [],
                session.scalar(select(func.count()).where(OAuthTokenRow.lost_at.is_not(None))) or 0,
            )
            for error, count in session.execute(
                select(ExchangeRow.error, func.count())
                .where(ExchangeRow.at > since)
                .group_by(ExchangeRow.error)
            ):
                recent.add_metric([error or ""], count)
            mean = select(func.avg(ExchangeRow.milliseconds)).where(ExchangeRow.at > since)
            slow.add_metric([], float(session.scalar(mean) or 0))
            work = (_plans(session), _rollouts(session))
        yield from (portals, doubtful, lost, recent, slow, *work)


def _plans(session: Session) -> Metric:
    plans = GaugeMetricFamily("bx24app_plans", "Plans of flows by status.", labels=["status"])
    by_status = select(PlanRow.status, func.count()).group_by(PlanRow.status)
    counts = {row[0]: row[1] for row in session.execute(by_status)}
    # A plan expires without anybody writing that down.
    late = and_(PlanRow.queued_at.is_(None), PlanRow.expires_at <= datetime.now(UTC))
    expired = session.scalar(select(func.count()).where(late)) or 0
    counts |= {"planned": counts.get("planned", 0) - expired, "expired": expired}
    for name in (*PLAN_STATUSES, "expired"):
        plans.add_metric([name], counts.get(name, 0))
    return plans


def _rollouts(session: Session) -> Metric:
    rollouts = GaugeMetricFamily("bx24app_rollouts", "Rollouts by status.", labels=["status"])
    by_status = select(RolloutRow.status, func.count()).group_by(RolloutRow.status)
    counts = {row[0]: row[1] for row in session.execute(by_status)}
    for name in ROLLOUT_STATUSES:
        rollouts.add_metric([name], counts.get(name, 0))
    return rollouts
