"""The operator follows rollouts in a browser, outside of every portal."""

from __future__ import annotations

import re
import time

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.app_harness import AppHarness
from tests.support.endpoint_harness import words_of
from tests.support.rollout_harness import Operator, document, more_portals

COOKIE = "operator"


@pytest.fixture
def visitor(installed_app: AppHarness) -> FlaskClient:
    """A browser that keeps cookies, nobody signed in."""
    return installed_app.app.test_client()


def signed_in(app: AppHarness, client: FlaskClient, **more: object) -> TestResponse:
    """Sign in with a new key of the operator."""
    key = app.container.api_keys.create(None, "Olga", **more)  # type: ignore[arg-type]
    return client.post("/operator", data={"key": key})


def ended(client: FlaskClient, number: int) -> TestResponse:
    """The page of a rollout that nobody works on any more."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        page = client.get(f"/operator/rollouts/{number}")
        if "http-equiv" not in page.text:
            return page
        time.sleep(0.05)
    raise AssertionError("the rollout has not ended")


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/operator/rollouts"),
        ("GET", "/operator/rollouts/1"),
        ("POST", "/operator/rollouts/1/cancel"),
        ("POST", "/operator/rollouts/1/retry"),
    ],
)
def test_nobody_gets_in_without_a_key(visitor: FlaskClient, verb: str, path: str) -> None:
    visitor.set_cookie(COOKIE, "MQ.forged.signature", path="/operator")
    answer = visitor.open(path, method=verb)
    assert answer.status_code == 303
    assert answer.location.endswith("/operator")


@pytest.mark.parametrize("kind", ["none", "unknown", "portal", "read only", "revoked"])
def test_only_an_operators_key_that_may_write_opens(
    kind: str, visitor: FlaskClient, installed_app: AppHarness
) -> None:
    keys = installed_app.container.api_keys
    key = {
        "none": lambda: "",
        "unknown": lambda: "bx24_" + "a" * 40,
        "portal": lambda: keys.create(installed_app.a.member_id, "portal"),
        "read only": lambda: keys.create(None, "reader", read_only=True),
        "revoked": lambda: keys.create(None, "gone"),
    }[kind]()
    if kind == "revoked":
        keys.revoke(keys.all()[-1].id)
    answer = visitor.post("/operator", data={"key": key})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert "no key of the operator" in words_of(answer)
    assert not key or key not in answer.text


def test_the_cookie_is_for_these_pages_alone(
    visitor: FlaskClient, installed_app: AppHarness
) -> None:
    answer = signed_in(installed_app, visitor)
    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/operator", "Max-Age=28800"):
        assert part in cookie
    assert "bx24_" not in cookie


def test_a_key_that_is_revoked_ends_the_visit(
    visitor: FlaskClient, installed_app: AppHarness
) -> None:
    signed_in(installed_app, visitor)
    assert visitor.get("/operator/rollouts").status_code == 200
    keys = installed_app.container.api_keys
    keys.revoke(keys.all()[-1].id)
    assert visitor.get("/operator/rollouts").status_code == 303


def test_who_signs_out_is_out(visitor: FlaskClient, installed_app: AppHarness) -> None:
    signed_in(installed_app, visitor)
    visitor.post("/operator/sign-out")
    assert visitor.get("/operator/rollouts").status_code == 303


def test_a_rollout_is_followed_and_what_failed_tried_again(
    visitor: FlaskClient, installed_app: AppHarness
) -> None:
    more_portals(installed_app, 2)
    assert "There are no rollouts yet" in words_of(_list(visitor, installed_app))
    wanted = document()
    wanted["flows"]["desk-0"]["responsibleList"] = [{"user": "Only Here"}]
    portal = installed_app.a
    person = portal.users[2]
    person.name, person.last_name = "Only", "Here"
    number = Operator(installed_app).begun("all", wanted, stopAfterFailures=1)["id"]

    page = ended(visitor, number)
    words = words_of(page)
    assert "Partly done" in words
    assert re.search(r"1 done, \d+ failed, 0 waiting", words)
    assert "Not found on this portal" in words
    assert portal.host in words
    assert f"Rollout {number}" in words_of(visitor.get("/operator/rollouts"))

    for one in installed_app.world.portals.values():
        one.users[2].name, one.users[2].last_name = "Only", "Here"
    visitor.post(f"/operator/rollouts/{number}/retry")
    page = ended(visitor, number)
    assert "Done" in words_of(page)
    assert "0 failed" in words_of(page)


def test_a_rollout_is_cancelled(visitor: FlaskClient, installed_app: AppHarness) -> None:
    signed_in(installed_app, visitor)
    number = Operator(installed_app).begun("all")["id"]
    assert visitor.post(f"/operator/rollouts/{number}/cancel").status_code == 303
    page = ended(visitor, number)
    assert any(word in words_of(page) for word in ("Cancelled", "Done"))


def test_a_rollout_that_is_not_there_is_told(
    visitor: FlaskClient, installed_app: AppHarness
) -> None:
    signed_in(installed_app, visitor)
    assert visitor.get("/operator/rollouts/99999").status_code == 404


def _list(visitor: FlaskClient, app: AppHarness) -> TestResponse:
    signed_in(app, visitor)
    return visitor.get("/operator/rollouts")
