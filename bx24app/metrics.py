"""Numbers for Prometheus, counted in the database so that every process reports the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bx24app.bitrix24.errors import ERRORS_BY_CODE
from bx24app.portals.journal import NO_ANSWER, OTHER, error_label
from bx24app.portals.state import Status
from bx24app.store.blueprint_models import PLAN_STATUSES, PlanRow
from bx24app.store.counters import (
    PORTAL_ERRORS,
    REFRESHES,
    WAIT_SECONDS,
    WAITS,
    Counts,
    counted,
)
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
        with self._database.read() as session:
            metrics = [
                *_portals(session),
                *_exchanges(session),
                _plans(session),
                _rollouts(session),
                *_counters(counted(session)),
            ]
        yield from metrics


def _portals(session: Session) -> Iterator[Metric]:
    portals = GaugeMetricFamily("bx24app_portals", "Portals by status.", labels=["status"])
    by_status = select(PortalRow.status, func.count()).group_by(PortalRow.status)
    counts = {row[0]: row[1] for row in session.execute(by_status)}
    # Zeros too: a series that appears only with its first portal spoils alerts.
    for status in Status:
        portals.add_metric([status], counts.get(status, 0))
    suspected = select(func.count()).where(PortalRow.suspected_at.is_not(None))
    lost = select(func.count()).where(OAuthTokenRow.lost_at.is_not(None))
    seen = session.scalar(select(func.min(PortalRow.seen_at)))
    age = (datetime.now(UTC) - seen).total_seconds() if seen else 0.0
    yield portals
    yield GaugeMetricFamily(
        "bx24app_portals_suspected",
        "Portals that said that we are not installed.",
        session.scalar(suspected) or 0,
    )
    yield GaugeMetricFamily(
        "bx24app_tokens_lost", "Tokens that cannot be refreshed.", session.scalar(lost) or 0
    )
    yield GaugeMetricFamily(
        "bx24app_oldest_unverified_seconds",
        "How long the portal that was silent the longest was not heard of.",
        max(age, 0.0),
    )


def _exchanges(session: Session) -> Iterator[Metric]:
    recent = GaugeMetricFamily(
        "bx24app_exchanges",
        "REST exchanges of the last five minutes by error code.",
        labels=["error"],
    )
    # A window, not a counter: the journal forgets old exchanges, and a counter must not fall.
    since = ExchangeRow.at > datetime.now(UTC) - WINDOW
    by_error = select(ExchangeRow.error, func.count()).where(since).group_by(ExchangeRow.error)
    # What the code of a portal is decides the portal, so it is no label as it is.
    counts: defaultdict[str, int] = defaultdict(int)
    for error, number in session.execute(by_error):
        counts["" if error is None else error_label(error)] += number
    for label, number in counts.items():
        recent.add_metric([label], number)
    mean = select(func.avg(ExchangeRow.milliseconds)).where(since)
    yield recent
    yield GaugeMetricFamily(
        "bx24app_exchange_milliseconds",
        "Mean time of these exchanges.",
        float(session.scalar(mean) or 0),
    )


def _counters(counts: Counts) -> Iterator[Metric]:
    refreshes = CounterMetricFamily(
        "bx24app_token_refreshes", "Refreshes of tokens by outcome.", labels=["outcome"]
    )
    for outcome in ("refreshed", "refused", "unanswered"):
        refreshes.add_metric([outcome], counts.get((REFRESHES, outcome), 0))
    errors = CounterMetricFamily(
        "bx24app_portal_errors", "Refusals and silences of portals by code.", labels=["code"]
    )
    for code in (*ERRORS_BY_CODE, OTHER, NO_ANSWER):
        errors.add_metric([code], counts.get((PORTAL_ERRORS, code), 0))
    yield refreshes
    yield errors
    yield CounterMetricFamily(
        "bx24app_rate_limit_waits",
        "Requests that had to wait for a portal's rate limit.",
        counts.get((WAITS, ""), 0),
    )
    yield CounterMetricFamily(
        "bx24app_rate_limit_wait_seconds",
        "How long they waited.",
        counts.get((WAIT_SECONDS, ""), 0),
    )


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
