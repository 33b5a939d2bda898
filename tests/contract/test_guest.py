"""A guest leaves a portal as it found it, keeps its webhook to itself, and works on a real one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.contract.guest import LeftBehind, NotServed, visiting
from tests.contract.portals import VARIABLE, to_be_judged
from tests.emulator.adapter import WsgiAdapter
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator

ROOT = Path(__file__).resolve().parents[2]
JUDGING = [
    f"tests/contract/test_{name}.py" for name in ("refusals", "flow_rules", "projects_of_flows")
]
BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}  # starts sooner


@pytest.fixture
def stood() -> World:
    """The default world, of this test alone."""
    return World.default()


@pytest.fixture
def portal(stood: World) -> Portal:
    """The English portal in it."""
    return stood.portal(stood.portal_hosts[0])


@pytest.fixture
def session(stood: World) -> Iterator[requests.Session]:
    """A session that reaches the world without sockets."""
    with requests.Session() as session:
        session.mount("http://", WsgiAdapter(create_emulator(stood)))
        yield session


@contextmanager
def nothing_stays(portal: Portal) -> Iterator[None]:
    """See that the portal has the same flows, projects and pins afterwards."""
    before = set(portal.flows), set(portal.groups), set(portal.pins)
    yield
    assert (set(portal.flows), set(portal.groups), set(portal.pins)) == before


def fail_in_the_middle(session: requests.Session, webhook: str) -> None:
    """Make flows with and without projects, and one that fails late; then break off."""
    with visiting(session, webhook) as guest:
        guest.toggle("pin", guest.create("pinned", groupId=...)["id"])
        guest.create("late")
        assert guest.flow("create", **guest.fields("late", groupId=...)).status == 400
        assert len(guest.projects(guest.mark)) == 3
        raise ZeroDivisionError


@pytest.mark.promise("the same assertions judge the emulated portals and")
def test_a_guest_that_fails_leaves_nothing(
    session: requests.Session, stood: World, portal: Portal
) -> None:
    with nothing_stays(portal), pytest.raises(ZeroDivisionError):
        fail_in_the_middle(session, stood.webhook(portal))


def test_what_cannot_be_deleted_is_named(
    session: requests.Session, stood: World, portal: Portal
) -> None:
    Control(stood).fail("sonet_group.delete", "ERROR_CORE")
    with pytest.raises(LeftBehind, match="'project 15'"), visiting(session, stood.webhook(portal)):
        pass
    assert set(portal.groups) == {10, 11, 12, 13, 14, 15}


@pytest.mark.parametrize(
    ("user_id", "scope", "complaint"),
    [
        (3, ("task", "sonet_group"), "must be an administrator's"),
        (1, ("task",), "lacks sonet_group"),
        (1, ("sonet_group",), "lacks task"),
    ],
)
def test_a_webhook_that_may_too_little_is_told_so(
    session: requests.Session, stood: World, portal: Portal, user_id: int,
    scope: tuple[str, ...], complaint: str,
) -> None:  # fmt: skip
    key = stood.auth.webhook(portal.member_id, user_id, scope)
    with (
        nothing_stays(portal),
        pytest.raises(NotServed, match=complaint),
        visiting(session, stood.endpoint(portal) + key),
    ):
        pytest.fail("the guest was let in")


def test_trouble_does_not_tell_the_webhook(session: requests.Session, stood: World) -> None:
    webhook = stood.webhook(stood.portal(stood.portal_hosts[0]))
    key = webhook.rstrip("/").rpartition("/")[2]
    for trouble in (Control(stood).cut, Control(stood).html):
        trouble()
        with pytest.raises(NotServed) as told, visiting(session, webhook):
            pytest.fail("the guest was let in")
        assert key not in str(told.getrepr(style="long"))


def test_a_real_portal_is_judged_only_where_it_is_named() -> None:
    assert to_be_judged({}) == to_be_judged({VARIABLE: ""}) == ["new", "older"]
    assert to_be_judged({VARIABLE: "https://portal.example/rest/1/k/"})[2:] == ["portal"]


@pytest.mark.promise("the same assertions judge the emulated portals and")
def test_the_way_to_a_real_portal_is_walked(stood: World, portal: Portal) -> None:
    with serve(stood, create_emulator(stood)), nothing_stays(portal):
        webhook = stood.webhook(portal)
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
             "--confcutdir", "tests/contract", "-k", "[portal", *JUDGING],
            cwd=ROOT, env={**os.environ, **BARE, VARIABLE: webhook},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert "skipped" not in ran.stdout
    assert webhook.rstrip("/").rpartition("/")[2] not in ran.stdout + ran.stderr
    asked = {entry.method for entry in stood.journal}
    assert {f"tasks.flow.Flow.{name}" for name in ("update", "pin", "isExists", "list")} <= asked
