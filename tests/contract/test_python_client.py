"""The official Python client, unchanged, judges tokens, launches and events."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from b24pysdk import BitrixToken, BitrixWebhook
from b24pysdk.credentials import OAuthEventData, OAuthPlacementData
from b24pysdk.errors import BitrixAPIInvalidCredentials
from b24pysdk.errors.oauth import BitrixOAuthInvalidGrant

from tests.contract.python_client import PORTALS, RENAMED, application, token
from tests.emulator.control import Control
from tests.emulator.launch import launch_form
from tests.emulator.state import Notice, World

AUTHORIZE = f"https://{PORTALS[0]}/oauth/authorize/"


def me(token: BitrixToken) -> str:
    """Ask the portal who the token speaks for."""
    return token.get_client().profile().result["ID"]


@pytest.mark.promise("Bitrix24's own Python client")
@pytest.mark.parametrize("strict", [True, False])
def test_an_expired_token_is_refreshed_and_the_call_repeated(
    control: Control, alice: BitrixToken, strict: bool
) -> None:
    control.rotation(strict=strict)
    for renewals in (1, 2):
        before = (alice.auth_token, alice.refresh_token)
        control.expire_tokens()
        assert me(alice) == "1"
        assert (control.counters()["renewals"], alice.has_expired) == (renewals, False)
        assert not {alice.auth_token, alice.refresh_token} & set(before)
    assert me(alice) == "1"
    assert control.counters()["renewals"] == 2


def test_a_token_that_looks_old_is_refreshed_before_the_call(
    control: Control, alice: BitrixToken
) -> None:
    alice.expires = datetime.now(UTC) - timedelta(seconds=1)
    assert me(alice) == "1"
    assert control.counters()["renewals"] == 1
    assert [entry.error for entry in control.world.journal] == [None, None]


def test_a_refresh_says_whose_it_is(alice: BitrixToken, world: World) -> None:
    renewed = alice.refresh_oauth_token()
    assert renewed.member_id == world.portal(PORTALS[0]).member_id
    assert (renewed.portal_domain, renewed.user_id) == (PORTALS[0], 1)
    assert renewed.scope == ["task", "user_brief", "department", "sonet_group"]
    alice.oauth_token = renewed.oauth_token
    assert renewed.validate_against_app_info(alice.get_app_info().result)


def test_a_code_of_the_authorize_page_is_worth_tokens_once(world: World) -> None:
    asked = {"client_id": world.app.client_id, "state": "s1", "as": "3"}
    answer = requests.get(AUTHORIZE, asked, timeout=5, allow_redirects=False)
    code = dict(part.split("=") for part in answer.headers["Location"].split("?")[1].split("&"))
    got = application(world).get_oauth_token(code["code"])
    assert (got.user_id, got.portal_domain, code["state"]) == (3, PORTALS[0], "s1")
    with pytest.raises(BitrixOAuthInvalidGrant):
        application(world).get_oauth_token(code["code"])


def test_the_portal_and_the_authorization_server_know_the_application(
    alice: BitrixToken, world: World
) -> None:
    info = alice.get_client().app.info().result
    assert (info["CODE"], info["INSTALLED"], info["STATUS"]) == (world.app.code, True, "F")
    known = alice.get_app_info().result
    assert (known.client_id, known.user_id) == (world.app.client_id, 1)
    assert (known.install.domain, known.install.installed) == (PORTALS[0], True)
    assert known.install.client_endpoint == f"https://{PORTALS[0]}/rest/"


@pytest.mark.parametrize("host", PORTALS)
@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("options", [{"URI": "/tasks/"}, {}])
def test_a_launch_is_understood_and_believed(
    world: World, host: str, legacy: bool, options: dict[str, object]
) -> None:
    query, form = launch_form(world, world.portal(host), 2, options=options, legacy=legacy)
    launch = OAuthPlacementData.from_dict({**query, **form})
    assert launch.validate_against_app_info(launch.get_app_info(application(world)))
    assert launch.placement_options == (options or [])
    assert me(BitrixToken.from_oauth_placement_data(launch, application(world))) == "2"


@pytest.mark.parametrize("user_id", [1, None])
def test_an_event_is_understood_and_believed(control: Control, user_id: int | None) -> None:
    heard: list[Notice] = []
    control.world.sender = heard.append
    bound = token(control.world).get_client().event.bind("ONAPPUPDATE", "https://app.example/e")
    assert bound.result is True
    control.send_event("ONAPPUPDATE", {"VERSION": "2"}, user_id=user_id)
    event = OAuthEventData.from_dict(heard[0].form)
    assert (event.event, event.data, event.is_system) == (
        "ONAPPUPDATE", {"VERSION": "2"}, user_id is None
    )  # fmt: skip
    assert event.auth.application_token == control.portal().application_token
    if user_id:
        assert event.validate_against_app_info(event.get_app_info(application(control.world)))


def test_a_renamed_portal_is_followed(control: Control, alice: BitrixToken) -> None:
    control.rename(RENAMED)
    assert me(alice) == "1"
    assert alice.domain == RENAMED


def test_a_webhook_speaks_without_an_application(world: World) -> None:
    address = world.webhook(world.portal(PORTALS[0]), 3).rstrip("/")
    key = "/".join(address.split("/")[-2:])
    assert me(BitrixWebhook(domain=PORTALS[0], webhook_token=key)) == "3"
    with pytest.raises(BitrixAPIInvalidCredentials):
        me(BitrixWebhook(domain=PORTALS[0], webhook_token=f"{key}0"))
