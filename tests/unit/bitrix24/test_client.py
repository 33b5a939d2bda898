"""Calls to a portal: what is repeated, what goes by batch, what is learned, what is never sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from bx24app.bitrix24.errors import AnswerLost, Unreachable
from tests.support.canned_portal import CannedPortal

OK = (200, {"result": "fine"})
BROKEN = requests.ConnectionError("reset by peer")
NEVER_THERE = requests.ConnectTimeout()


def sent(talk: CannedPortal, number: int = 0) -> Any:
    """The body of a request."""
    return json.loads(talk.portal.asked[number].body or "null")


def test_what_may_run_twice_is_repeated() -> None:
    talk = CannedPortal(BROKEN, (502, "<html>"), OK)
    assert talk.client.call("profile", safe=True) == "fine"


def test_a_write_whose_answer_was_lost_is_not_repeated() -> None:
    talk = CannedPortal(BROKEN, OK)
    with pytest.raises(AnswerLost):
        talk.client.call("tasks.flow.Flow.create")
    assert len(talk.portal.asked) == 1


def test_a_write_that_cannot_have_run_is_repeated() -> None:
    talk = CannedPortal(NEVER_THERE, OK)
    assert talk.client.call("tasks.flow.Flow.create") == "fine"


def test_a_portal_that_stays_away_is_given_up() -> None:
    talk = CannedPortal(NEVER_THERE, NEVER_THERE, NEVER_THERE, OK)
    with pytest.raises(Unreachable):
        talk.client.call("profile", safe=True)
    assert len(talk.portal.asked) == 3


def test_a_deleted_portal_is_not_asked_again() -> None:
    talk = CannedPortal((404, "<html>"), OK)
    with pytest.raises(Unreachable):
        talk.client.call("profile", safe=True)
    assert len(talk.portal.asked) == 1


@pytest.mark.promise("a renamed portal gets the same POST again")
def test_a_renamed_portal_gets_the_same_post_again() -> None:
    talk = CannedPortal((302, "", {"Location": "https://renamed.example/rest/x"}), OK, OK)
    talk.client.call("tasks.flow.Flow.create", {"flowData": {"name": "A"}})
    talk.client.call("profile")
    assert talk.moves == ["https://renamed.example/rest/x"]
    assert [request.url for request in talk.portal.asked] == [
        "https://portal.example/rest/tasks.flow.Flow.create",
        "https://renamed.example/rest/tasks.flow.Flow.create",
        "https://renamed.example/rest/profile",
    ]
    assert [request.method for request in talk.portal.asked] == ["POST"] * 3
    assert sent(talk, 0) == sent(talk, 1) == {"flowData": {"name": "A"}, "auth": "token-1"}


def test_tokens_travel_in_header_and_body_and_nowhere_else() -> None:
    talk = CannedPortal(OK)
    talk.client.call("profile")
    request = talk.portal.asked[0]
    assert request.headers["Authorization"] == "Bearer token-1"
    assert sent(talk) == {"auth": "token-1"}
    assert "token-1" not in f"{request.url}{talk.exchanges}"


def test_a_batch_writes_values_as_php_reads_them() -> None:
    talk = CannedPortal((200, {"result": {"result": {"a": True}}}))
    talk.client.batch({"a": ("m", {"flowData": {"on": True, "off": False, "list": [["user", 3]]}})})
    assert sent(talk)["cmd"] == {
        "a": "m?flowData%5Bon%5D=1&flowData%5Boff%5D=0"
        "&flowData%5Blist%5D%5B0%5D%5B0%5D=user&flowData%5Blist%5D%5B0%5D%5B1%5D=3"
    }


@pytest.mark.parametrize(
    ("value", "carried"),
    [
        ({"a": 1, "b": "text", "c": True}, True),
        ({"a": None}, False),
        ({"a": []}, False),
        ({"a": {"b": [["user", None]]}}, False),
        ({"a": 1.5}, False),
        ({"a": "$result[x]"}, False),
    ],
)
def test_what_a_batch_cannot_carry_is_known(value: dict[str, Any], carried: bool) -> None:
    assert CannedPortal().client.carries(value) is carried


@pytest.mark.promise("switches go as 1 and 0, null never goes by batch")
def test_null_never_gets_into_a_batch() -> None:
    with pytest.raises(ValueError, match="null"):
        CannedPortal(OK).client.batch({"a": ("m", {"flowId": None})})


def test_a_hundred_calls_are_two_requests() -> None:
    answers = [
        (200, {"result": {"result": {f"c{number}": number for number in part}}})
        for part in (range(50), range(50, 100))
    ]
    talk = CannedPortal(*answers)
    calls = {f"c{number}": ("m", {"n": number}) for number in range(100)}
    assert talk.client.batch(calls, safe=True) == {f"c{number}": number for number in range(100)}
    assert len(talk.portal.asked) == 2


def test_an_empty_batch_result_is_a_list_in_php() -> None:
    failed = {"a": {"error": "0", "error_description": "No"}}
    talk = CannedPortal((200, {"result": {"result": [], "result_error": failed}}))
    assert talk.client.batch({"a": ("m", {})})["a"].portal_description == "No"


@pytest.mark.promise("it learns from 503")
def test_a_client_learns_how_much_time_methods_have_used() -> None:
    def spent(seconds: float) -> dict[str, float]:
        return {"operating": seconds, "operating_reset_at": 1_800_000_060, "finish": 1_800_000_000}

    inner = {"result": {"a": 1}, "result_time": {"a": spent(300.0)}}
    talk = CannedPortal(
        (200, {"result": 1, "time": spent(12.5)}),
        (200, {"result": inner, "time": spent(200.0)}),
        (200, {"result": 1, "time": {"operating": "much"}}),
    )
    talk.client.call("profile")
    talk.client.batch({"a": ("user.get", {})})
    talk.client.call("profile")
    assert talk.rate_limit.learned == [
        ("profile", 12.5, 60),
        ("batch", 200.0, 60),  # where a batch is billed as a method of its own
        ("user.get", 300.0, 60),  # where its calls are billed one by one
    ]
    assert talk.rate_limit.permits[1] == {"batch", "user.get"}


@pytest.mark.parametrize(
    ("reset_after", "rest"),
    [(24 * 3600, 600.0), (1e11, 600.0), (601, 600.0), (599, 599.0), (-60, 60.0), (0, 60.0)],
)
def test_a_success_blocks_its_method_for_ten_minutes_at_most(
    reset_after: float, rest: float
) -> None:
    now = 1_700_000_000
    time = {"operating": 450.0, "operating_reset_at": now + reset_after, "finish": now}
    inner = {"result": {"a": 1}, "result_time": {"a": time}}
    talk = CannedPortal((200, {"result": 1, "time": time}), (200, {"result": inner}))
    talk.client.call("profile")
    talk.client.batch({"a": ("user.get", {})})
    assert talk.rate_limit.learned == [("profile", 450.0, rest), ("user.get", 450.0, rest)]
