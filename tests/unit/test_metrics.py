"""The numbers for Prometheus: there from the start, and the same whichever process is asked."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from bx24app.bitrix24.client import Exchange
from bx24app.container import Container
from bx24app.store.models import OAuthTokenRow, PortalRow
from tests.support.app_harness import Api, AppHarness
from tests.support.endpoint_harness import EndpointHarness

LABELLED = re.compile(r"^(bx24app_\w+)(?:\{\w+=\"(\w*)\"\})? (\S+)$", re.MULTILINE)


def numbers(container: Container) -> dict[tuple[str, str], float]:
    container.journal.flush()
    text = container.metrics.text().decode()
    return {(name, label): float(value) for name, label, value in LABELLED.findall(text)}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("bx24app_portals", {"installing", "active", "blocked", "uninstalled"}),
        ("bx24app_token_refreshes_total", {"refreshed", "refused", "unanswered"}),
        ("bx24app_rate_limit_waits_total", {""}),
        ("bx24app_rate_limit_wait_seconds_total", {""}),
        ("bx24app_oldest_unverified_seconds", {""}),
    ],
)
def test_everything_is_there_from_the_start(
    endpoints: EndpointHarness, name: str, labels: set[str]
) -> None:
    told = numbers(endpoints.container)
    assert {label: told[found, label] for found, label in told if found == name} == dict.fromkeys(
        labels, 0.0
    )


def test_a_refresh_is_counted_by_its_outcome(stored_app: AppHarness) -> None:
    portal, api = stored_app.a, stored_app.program(stored_app.a)
    with stored_app.container.database.write() as session:
        session.execute(update(OAuthTokenRow).values(expires_at=OAuthTokenRow.obtained_at))
    assert api.get().status_code == 200
    refreshed = numbers(stored_app.container)
    assert refreshed["bx24app_token_refreshes_total", "refreshed"] == 1
    with stored_app.container.database.write() as session:
        session.execute(update(OAuthTokenRow).values(expires_at=OAuthTokenRow.obtained_at))
    stored_app.control.revoke(portal.host)
    assert api.get().status_code == 409
    assert numbers(stored_app.container)["bx24app_token_refreshes_total", "refused"] >= 1


def test_errors_of_portals_have_a_fixed_set_of_codes(installed_app: AppHarness, api: Api) -> None:
    journal, member_id = installed_app.container.journal, installed_app.a.member_id
    before = numbers(installed_app.container)
    for error in ("QUERY_LIMIT_EXCEEDED", "made up by a portal", ""):
        journal.record(member_id, Exchange("m", {}, 200, error, {}, 0.1))
    told = numbers(installed_app.container)
    assert {key[1] for key in told} == {key[1] for key in before}
    for label in ("query_limit_exceeded", "other", "no_answer"):
        key = ("bx24app_portal_errors_total", label)
        assert told[key] == before[key] + 1


def test_waits_are_counted_with_their_seconds(installed_app: AppHarness) -> None:
    journal, member_id = installed_app.container.journal, installed_app.a.member_id
    for waited in (0.0, 0.5, 1.0):
        journal.record(member_id, Exchange("m", {}, 200, None, {}, 0.1, waited))
    told = numbers(installed_app.container)
    assert told["bx24app_rate_limit_waits_total", ""] == 2
    assert told["bx24app_rate_limit_wait_seconds_total", ""] == 1.5


def test_the_age_of_the_portal_that_is_silent_the_longest(installed_app: AppHarness) -> None:
    with installed_app.container.database.write() as session:
        row = session.get(PortalRow, installed_app.b.member_id)
        assert row is not None
        row.seen_at = row.seen_at.replace(year=row.seen_at.year - 1)
    age = numbers(installed_app.container)["bx24app_oldest_unverified_seconds", ""]
    assert 364 * 86400 < age < 367 * 86400
