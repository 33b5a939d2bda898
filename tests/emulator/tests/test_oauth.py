"""The authorization server: renewals, introspection, and everything it refuses."""

from collections.abc import Callable

import pytest
import requests

from tests.emulator.conftest import Ask, Meet
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.grants import Grant
from tests.emulator.person import Person
from tests.emulator.state import World

TOKEN = "http://localhost:8901/oauth/token/"
APP_INFO = "http://localhost:8901/rest/app.info"


def renew(ask: Ask, grant: Grant, **changes: object) -> requests.Response:
    """Ask for a renewal."""
    given = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
    return ask(**given | changes)


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_renewing(ask: Ask, alice: Person, verb: str, world: World) -> None:
    answer = renew(ask, alice.grant, verb=verb)
    assert answer.status_code == 200
    body = answer.json()
    fresh = world.auth.by_access[body["access_token"]]
    assert body == {
        "access_token": fresh.access_token,
        "client_endpoint": "http://localhost:8900/rest/",
        "domain": "localhost:8901",
        "expires": int(fresh.expires),
        "expires_in": 3600,
        "member_id": alice.portal.member_id,
        "refresh_token": fresh.refresh_token,
        "scope": "task,user_brief,department,sonet_group",
        "server_endpoint": "http://localhost:8901/rest/",
        "status": "F",
        "user_id": 1,
    }
    assert fresh.refresh_token != alice.grant.refresh_token
    assert alice.result("profile")["ID"] == "1"
    assert Control(world).counters()["renewals"] == 1


@pytest.mark.parametrize(("strict", "second"), [(True, 400), (False, 200)])
def test_using_a_refresh_token_twice(
    ask: Ask, alice: Person, control: Control, strict: bool, second: int
) -> None:
    control.rotation(strict=strict)
    assert renew(ask, alice.grant).status_code == 200
    assert renew(ask, alice.grant).status_code == second


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": None}, 400, "invalid_request"),
        ({"client_secret": None}, 400, "invalid_request"),
        ({"client_id": "app.00000000000000.00000000"}, 200, "wrong_client"),
        ({"client_secret": "wrong"}, 400, "invalid_client"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"refresh_token": None}, 400, "invalid_request"),
        ({"refresh_token": "0" * 70}, 400, "invalid_grant"),
        (
            {
                "client_id": "app.60a1b2c3d4e5f6.87654321",
                "client_secret": "emulated-other-secret-9876543210",
            },
            400,
            "invalid_grant",
        ),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "0" * 32}, 400, "invalid_grant"),
    ],
)
def test_refused(
    ask: Ask, alice: Person, changes: dict[str, object], status: int, error: str
) -> None:
    answer = renew(ask, alice.grant, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert renew(ask, alice.grant).status_code == 200


@pytest.mark.parametrize(
    ("trouble", "status", "error"),
    [
        (lambda control: control.turn_clock(181 * 24 * 3600), 400, "invalid_grant"),
        (lambda control: control.revoke(), 400, "invalid_grant"),
        (lambda control: control.uninstall(), 401, "NOT_INSTALLED"),
        (lambda control: (control.uninstall(), control.reinstall()), 400, "invalid_grant"),
        (lambda control: control.payment(expired=True), 401, "PAYMENT_REQUIRED"),
        (lambda control: control.deny(1), 403, "user_access_error"),
        (lambda control: control.dismiss(1), 403, "user_access_error"),
        (lambda control: control.fail("oauth/token", "expired_token"), 401, "expired_token"),
        (lambda control: control.fail("oauth/token", "wrong_client"), 200, "wrong_client"),
        (lambda control: control.fail("oauth/token", "invalid_scope"), 403, "invalid_scope"),
    ],
)
def test_a_grant_that_cannot_be_renewed(
    ask: Ask,
    alice: Person,
    control: Control,
    trouble: Callable[[Control], object],
    status: int,
    error: str,
) -> None:
    trouble(control)
    answer = renew(ask, alice.grant)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("also_in_the_form", [True, False])
def test_basic_is_refused(
    world: World, alice: Person, http: requests.Session, also_in_the_form: bool
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": alice.grant.refresh_token}
    keys = {"client_id": world.app.client_id, "client_secret": world.app.client_secret}
    form |= keys if also_in_the_form else {}
    answer = http.post(TOKEN, data=form, auth=tuple(keys.values()), timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_parameters_in_the_body_of_a_get_are_refused(
    world: World, alice: Person, http: requests.Session
) -> None:
    query = {"grant_type": "refresh_token", "refresh_token": alice.grant.refresh_token}
    keys = {"client_id": world.app.client_id, "client_secret": world.app.client_secret}
    for params, data in ((query, keys), (query | keys, {"x": "y"})):
        answer = http.get(TOKEN, params=params, data=data, timeout=5)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_json_body_is_not_read(world: World, alice: Person, http: requests.Session) -> None:
    given = {
        "grant_type": "refresh_token",
        "refresh_token": alice.grant.refresh_token,
        "client_id": world.app.client_id,
        "client_secret": world.app.client_secret,
    }
    answer = http.post(TOKEN, json=given, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_the_journal_keeps_no_secret(ask: Ask, alice: Person, world: World) -> None:
    renew(ask, alice.grant)
    entry = world.journal[-1]
    assert (entry.method, entry.member_id, entry.user_id) == (
        "oauth/token",
        alice.portal.member_id,
        1,
    )
    assert world.app.client_secret not in repr(entry)
    assert alice.grant.refresh_token not in repr(entry)


@pytest.mark.parametrize("path", ["", "/", ".json"])
@pytest.mark.parametrize("way", ["header", "query", "body"])
def test_introspection(alice: Person, path: str, way: str) -> None:
    token = alice.grant.access_token
    request = {
        "header": {"method": "GET", "headers": {"Authorization": f"Bearer {token}"}},
        "query": {"method": "GET", "params": {"auth": token}},
        "body": {"method": "POST", "data": {"auth": token}},
    }[way]
    answer = alice.session.request(url=APP_INFO + path, timeout=5, **request)  # type: ignore[arg-type]
    result = answer.json()["result"]
    assert result.pop("expires").endswith("+00:00")
    assert result == {
        "client_id": "app.5f2d0c9a1b2c34.12345678",
        "scope": "task,user_brief,department,sonet_group",
        "install": {
            "installed": True,
            "version": "1",
            "status": "F",
            "scope": "task,user_brief,department,sonet_group",
            "domain": "localhost:8900",
            "uri": "http://localhost:8900",
            "client_endpoint": "http://localhost:8900/rest/",
            "member_id": alice.portal.member_id,
            "member_type": "company",
        },
        "user_id": "1",
    }


@pytest.mark.parametrize(
    ("token", "trouble", "status", "error"),
    [
        ("", None, 401, "NO_AUTH_FOUND"),
        ("0" * 70, None, 400, "invalid_client"),
        (None, lambda control: control.turn_clock(3600), 401, "expired_token"),
        (None, lambda control: control.uninstall(), 400, "invalid_client"),
        (None, lambda control: control.payment(expired=True), 401, "PAYMENT_REQUIRED"),
        (
            None,
            lambda control: control.fail("oauth/app.info", "INTERNAL_SERVER_ERROR"),
            500,
            "INTERNAL_SERVER_ERROR",
        ),
    ],
)
def test_introspection_refuses(
    alice: Person,
    control: Control,
    token: str | None,
    trouble: Callable[[Control], object] | None,
    status: int,
    error: str,
) -> None:
    if trouble:
        trouble(control)
    token = alice.grant.access_token if token is None else token
    answer = alice.session.post(APP_INFO, data={"auth": token}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_the_token_of_another_application_says_so(
    world: World, a: Portal, control: Control, http: requests.Session
) -> None:
    other = world.install_pair(a, 1, client_id="app.60a1b2c3d4e5f6.87654321")
    answer = http.post(APP_INFO, data={"auth": other.access_token}, timeout=5).json()
    assert answer["result"]["client_id"] == "app.60a1b2c3d4e5f6.87654321"


def test_an_unfinished_installation_says_so(
    world: World, a: Portal, http: requests.Session, meet: Meet
) -> None:
    Control(world).install()
    token = world.install_pair(a, 1).access_token
    answer = http.post(APP_INFO, data={"auth": token}, timeout=5).json()
    assert answer["result"]["install"]["installed"] is False


@pytest.mark.parametrize("path", ["/", "/oauth/authorize/", "/rest/profile"])
def test_the_authorization_server_is_no_portal(http: requests.Session, path: str) -> None:
    assert http.get(f"http://localhost:8901{path}", timeout=5).status_code == 404


def test_a_portal_gives_no_tokens(http: requests.Session) -> None:
    assert http.post("http://localhost:8900/oauth/token/", timeout=5).status_code == 404
