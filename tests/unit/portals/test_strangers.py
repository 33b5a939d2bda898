"""Strangers: an address that sends what cannot be proven is soon not looked at any more."""

from __future__ import annotations

import time

import pytest

from bx24app.bitrix24.errors import NotProven
from bx24app.portals.strangers import Strangers, TooManyUnproven
from tests.support.app_harness import AppHarness


def call(strangers: Strangers, address: str, *, proven: bool = False) -> None:
    with strangers.call_from(address):
        if not proven:
            raise NotProven


def test_unproven_calls_are_counted_by_address() -> None:
    strangers = Strangers(burst=3, drain=20.0)
    for _ in range(4):
        with pytest.raises(NotProven):
            call(strangers, "192.0.2.1")
    with pytest.raises(TooManyUnproven) as caught:
        call(strangers, "192.0.2.1", proven=True)
    assert caught.value.retryable
    assert 0 < (caught.value.retry_after or 0) <= 0.05
    call(strangers, "192.0.2.2", proven=True)
    time.sleep(0.1)
    call(strangers, "192.0.2.1", proven=True)


def test_proven_calls_are_not_counted() -> None:
    strangers = Strangers(burst=1, drain=0.001)
    for _ in range(50):
        call(strangers, "192.0.2.1", proven=True)


def test_no_more_addresses_are_remembered_than_there_is_room_for() -> None:
    strangers = Strangers(burst=1, drain=0.001, most_addresses=10)
    for number in range(100):
        with pytest.raises(NotProven):
            call(strangers, f"192.0.2.{number}")
    assert len(strangers._due) == 10


@pytest.mark.parametrize("path", ["/", "/install", "/events"])
def test_junk_does_not_reach_the_authorization_server_for_ever(
    path: str, installed_app: AppHarness
) -> None:
    strangers = installed_app.container.strangers
    strangers._burst = 5
    form = {"auth[member_id]": "a" * 32, "auth[domain]": "x.example", "event": "ONAPPINSTALL"} | {
        "auth[access_token]": "junk" * 8, "auth[server_endpoint]": "http://localhost:8901/rest/",
        "AUTH_ID": "junk" * 8, "REFRESH_ID": "junk" * 8, "member_id": "a" * 32,
        "auth[application_token]": "c" * 32, "AUTH_EXPIRES": "3600",
    }  # fmt: skip
    query = {"DOMAIN": "x.example", "PROTOCOL": "1", "LANG": "en", "APP_SID": "b" * 32}
    statuses = [
        installed_app.browser.post(path, query_string=query, data=form).status_code
        for _ in range(20)
    ]
    asked = len(installed_app.control.journal("oauth/app.info"))

    assert statuses[:6] == [403] * 6
    assert statuses[-5:] == [503] * 5
    assert statuses.count(403) < 10
    assert asked < 20
    for portal in (installed_app.a, installed_app.b):  # from the same address, but not junk
        answer = installed_app.browser.post("/events", data={}, headers={"X-Forwarded-For": "x"})
        assert answer.status_code == 403, portal
