"""Opening takes one wait: the portal is asked while the launch is being verified."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from bx24app.config import Config
from bx24app.container import Timing
from tests.emulator.adapter import WsgiAdapter
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import SETTINGS, UNLIMITED
from tests.support.built_app import build_app
from tests.support.endpoint_harness import EndpointHarness, words_of
from tests.support.many_flows import add_flows

TIMING = Timing(person_patience=0.05, retry_pause=0.0, look_pauses=(0.0,))
PATIENCE = 20
"""Seconds for two requests to meet on a busy machine."""


class Meeting(WsgiAdapter):
    """The way out: notes what was asked, and can let two requests wait for each other."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.asked: list[str] = []
        self.both: threading.Barrier | None = None
        self.apart = False

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Carry it out, once the other one of a pair has come."""
        parts = urlsplit(str(request.url))
        self.asked.append(f"{parts.netloc} {parts.path.rpartition('/')[2] or 'token'}")
        if self.both is not None:
            try:
                self.both.wait(PATIENCE)
            except threading.BrokenBarrierError:
                self.apart = True
            self.both = None
        return super().send(request, *args, **more)


@pytest.fixture
def app(sqlite_url: str) -> Iterator[EndpointHarness]:
    """The application, installed on portal A, with requests that go out together."""
    world = World.default()
    way_out = Meeting(create_emulator(world))
    config = Config(**SETTINGS | {"database_url": sqlite_url})
    harness = EndpointHarness(
        world, build_app(config, transport=way_out, bucket=UNLIMITED, timing=TIMING), way_out
    )
    harness.control.install(harness.a.host)
    assert harness.frame("/install", harness.a).status_code == 200
    harness.control.finish(harness.a.host)
    way_out.asked.clear()
    yield harness
    harness.container.journal.close()
    harness.container.database.close()


def asked(app: EndpointHarness) -> list[str]:
    """What was asked of whom since the last look."""
    way_out: Any = app.transport
    found = list(way_out.asked)
    way_out.asked.clear()
    return found


def early(app: EndpointHarness) -> str:
    """The first request to portal A, as it is noted."""
    return f"{app.a.host} batch"


def opened(app: EndpointHarness, **changes: str) -> TestResponse:
    """Somebody posts a launch of portal A."""
    return app.frame("/", app.a, form=changes)


def test_a_person_waits_once(app: EndpointHarness) -> None:
    assert opened(app).status_code == 200
    asked(app)
    way_out: Any = app.transport
    # Neither of the two goes on before the other one has been sent.
    way_out.both = threading.Barrier(2)
    page = opened(app)
    assert not way_out.apart
    assert "IT help desk" in words_of(page)
    # Names are known from the last time, so nothing else is asked.
    assert sorted(asked(app)) == sorted([early(app), f"{app.world.auth_host} app.info"])


def test_names_that_are_not_known_yet_take_a_second_request(app: EndpointHarness) -> None:
    assert "Alice Carter" in words_of(opened(app))
    assert asked(app).count(early(app)) == 2
    app.a.flows[101].owner_id = 9
    assert "#9" not in words_of(opened(app))
    assert asked(app).count(early(app)) == 2


def test_a_long_list_is_complete(app: EndpointHarness) -> None:
    add_flows(app.a, 120)
    for _ in range(2):
        assert "of 120" in words_of(opened(app))


@pytest.mark.threat("a made-up, expired or revoked token")
def test_a_launch_that_is_not_proven_shows_and_keeps_nothing(app: EndpointHarness) -> None:
    opened(app)
    asked(app)
    exchanges = count(app)
    answer = opened(app, AUTH_ID="0" * 70)
    assert answer.status_code == 403
    assert "IT help desk" not in answer.text
    assert "X-Session" not in answer.headers
    assert count(app) == exchanges
    assert set(asked(app)) <= {early(app), f"{app.world.auth_host} app.info"}


@pytest.mark.threat("a made-up, expired or revoked token")
def test_strangers_cannot_use_up_the_rate_of_a_portal(app: EndpointHarness) -> None:
    opened(app)
    asked(app)
    for _ in range(10):
        opened(app, AUTH_ID="0" * 70)
    assert asked(app).count(early(app)) == 1
    # People wait as they did before, for a minute.
    assert "IT help desk" in words_of(opened(app))


def test_another_portals_token_never_goes_to_its_address(app: EndpointHarness) -> None:
    opened(app)
    asked(app)
    answer = app.frame("/", app.a, query={"DOMAIN": app.b.host})
    assert answer.status_code == 403
    assert [one for one in asked(app) if app.b.host in one] == []


def test_an_unknown_portal_is_asked_nothing_before_it_is_proven(app: EndpointHarness) -> None:
    answer = app.frame("/", app.b, form={"AUTH_ID": "0" * 70})
    assert answer.status_code == 403
    assert [one for one in asked(app) if app.b.host in one] == []


def test_a_portal_that_has_moved_is_found(app: EndpointHarness) -> None:
    opened(app)
    app.control.rename("moved.example:8900", app.a.host)
    for _ in range(2):
        assert "IT help desk" in words_of(opened(app))
    assert app.container.portals.find(app.a.member_id).domain == "moved.example:8900"


def test_what_fails_early_is_asked_again(app: EndpointHarness) -> None:
    opened(app)
    app.control.fail("batch", times=1)
    assert "IT help desk" in words_of(opened(app))


def test_a_silent_portal_is_not_asked_all_over_again(app: EndpointHarness) -> None:
    opened(app)
    session = {"X-Session": opened(app).headers["X-Session"]}
    asked(app)
    app.control.lose("batch", times=100)
    assert app.browser.get("/flows", headers=session).status_code == 200
    usual = asked(app).count(early(app))
    # The list is the kept one, with its age, as it is where the page itself asks.
    page = opened(app)
    assert "IT help desk" in words_of(page)
    assert "Bitrix24 doesn't answer. Try again" in words_of(page)
    assert asked(app).count(early(app)) == usual


def test_a_portal_that_lets_us_go_is_still_asked_about(app: EndpointHarness) -> None:
    opened(app)
    asked(app)
    app.control.fail("batch", error="APPLICATION_NOT_FOUND", status=403, times=100)
    opened(app)
    # Once for the launch, and once because of what the portal says.
    assert asked(app).count(f"{app.world.auth_host} app.info") == 2


def test_a_silent_portal_of_which_no_list_is_kept_is_told_of(app: EndpointHarness) -> None:
    app.control.lose("batch", times=100)
    page = opened(app)
    assert page.status_code == 502
    assert "IT help desk" not in page.text
    app.control.heal()
    assert "IT help desk" in words_of(opened(app))


def test_what_was_asked_early_is_in_the_journal(app: EndpointHarness) -> None:
    opened(app)
    before = count(app)
    opened(app)
    assert count(app) == before + 1


def count(app: EndpointHarness) -> int:
    """How many exchanges with portal A are journalled."""
    app.container.journal.flush()
    return len(list(app.container.journal.read(app.a.member_id)))
