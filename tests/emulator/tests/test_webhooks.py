"""Inbound webhooks: a person's calls without an application, and what they may remove."""

import pytest
import requests

from tests.emulator.conftest import Meet
from tests.emulator.entities import Portal
from tests.emulator.state import World

Answer = tuple[int, dict[str, object]]


def ask(http: requests.Session, webhook: str, method: str, params: object = None) -> Answer:
    """Call a method of a webhook; gives status and body."""
    answer = http.post(webhook + method, json=params or {}, timeout=5)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("method", ["profile", "profile.json", "profile/"])
def test_a_webhook_speaks_for_its_person(
    http: requests.Session, world: World, a: Portal, method: str
) -> None:
    status, body = ask(http, world.webhook(a, 3), method)
    assert (status, body["result"]["NAME"]) == (200, "Vera")
    assert (world.journal[-1].method, world.journal[-1].token_in) == ("profile", "path")


def test_a_webhook_is_of_one_portal(
    http: requests.Session, world: World, a: Portal, b: Portal
) -> None:
    elsewhere = world.webhook(b).replace(b.host, a.host)
    unknown = world.endpoint(a) + "1/nobody-made-this/"
    for webhook in (elsewhere, unknown):
        status, body = ask(http, webhook, "profile")
        assert (status, body["error"]) == (401, "INVALID_CREDENTIALS")


def test_a_webhook_is_no_application_and_no_token(
    http: requests.Session, world: World, a: Portal
) -> None:
    webhook = world.webhook(a)
    assert ask(http, webhook, "app.info")[1]["error"] == "ACCESS_DENIED"
    key = webhook.removeprefix(world.endpoint(a)).rstrip("/")
    assert ask(http, world.endpoint(a), "profile", {"auth": key})[1]["error"] == "invalid_token"


@pytest.mark.parametrize(
    ("user_id", "group_id", "text"),
    [
        (1, 0, "Wrong group ID"),
        (1, 999, "Socialnetwork group not found"),
        (3, 14, "Socialnetwork group not found"),
        (3, 12, "User has no permissions to delete group"),
        (1, 10, "Cannot delete workgroup/project because it has a dependent flow."),
    ],
)
def test_a_project_that_stays(
    meet: Meet, a: Portal, user_id: int, group_id: int, text: str
) -> None:
    refused = meet(a, user_id).error("sonet_group.delete", {"GROUP_ID": group_id})
    assert refused == (400, "", text)


def test_a_project_goes_with_its_owner_or_an_administrator(meet: Meet, a: Portal) -> None:
    assert meet(a, 20).result("sonet_group.delete", {"GROUP_ID": 14}) is True
    assert meet(a, 1).result("sonet_group.delete", {"GROUP_ID": "12"}) is True
    assert {12, 14}.isdisjoint(a.groups)
