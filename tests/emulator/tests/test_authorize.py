"""The authorize page of a portal, and the one-time codes it gives."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.emulator.conftest import Ask
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.state import World

AUTHORIZE = "http://localhost:8900/oauth/authorize/"


def authorize(http: requests.Session, **params: str) -> requests.Response:
    """Open the authorize page."""
    return http.get(AUTHORIZE, params=params, timeout=5, allow_redirects=False)


@pytest.mark.parametrize(
    ("chosen", "params", "user_id"), [(1, {}, 1), (3, {}, 3), (3, {"as": "2"}, 2)]
)
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_code_becomes_a_grant(
    ask: Ask,
    http: requests.Session,
    world: World,
    a: Portal,
    verb: str,
    chosen: int,
    params: dict[str, str],
    user_id: int,
) -> None:
    a.person = chosen
    answer = authorize(http, client_id=world.app.client_id, state="a b&c", **params)
    assert answer.status_code == 302
    url = urlsplit(answer.headers["Location"])
    assert url._replace(query="").geturl() == "http://127.0.0.1:8000/connect/callback"
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    code = query.pop("code")
    assert query == {
        "state": "a b&c",
        "domain": "localhost:8900",
        "member_id": a.member_id,
        "scope": "task,user_brief,department,sonet_group",
        "server_domain": "localhost:8901",
    }
    body = ask(verb, grant_type="authorization_code", code=code).json()
    assert (body["user_id"], body["member_id"]) == (user_id, a.member_id)
    assert ask(verb, grant_type="authorization_code", code=code).json()["error"] == "invalid_grant"


def test_a_code_lives_thirty_seconds(
    ask: Ask, http: requests.Session, world: World, control: Control
) -> None:
    for seconds, status in ((29, 200), (30, 400)):
        found = authorize(http, client_id=world.app.client_id).headers["Location"]
        code = parse_qs(urlsplit(found).query)["code"][0]
        control.turn_clock(seconds)
        assert ask(grant_type="authorization_code", code=code).status_code == status


@pytest.mark.parametrize(
    ("trouble", "params", "text"),
    [
        (lambda control: None, {"client_id": "app.1"}, "The application was not found."),
        (lambda control: None, {}, "The application was not found."),
        (lambda control: control.uninstall(), None, "The application is not installed."),
        (lambda control: control.deny(1), None, "You have no access to the application."),
        (lambda control: control.dismiss(1), None, "Log in to authorize the application."),
    ],
)
def test_errors_stay_on_the_portal(
    http: requests.Session,
    world: World,
    control: Control,
    trouble: Callable[[Control], object],
    params: dict[str, str] | None,
    text: str,
) -> None:
    trouble(control)
    answer = authorize(http, **params if params is not None else {"client_id": world.app.client_id})
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert text in answer.text
