"""What the token endpoint may answer, and what is made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bx24app.bitrix24.errors import AnswerLost
from bx24app.bitrix24.http import HttpClient
from bx24app.bitrix24.oauth import AuthorizationServer
from tests.support.canned_portal import Answers

SERVER = "https://oauth.bitrix.info"
PAIR = {
    "access_token": "an-access-token",
    "refresh_token": "a-refresh-token",
    "expires_in": 3600,
    "member_id": "a" * 32,
    "user_id": 7,
    "client_endpoint": "https://portal.example/rest/",
}


def refreshed(answer: Any) -> Any:
    """What is made of an answer with status 200."""
    wire = HttpClient(Answers((200, answer, {"Content-Type": "application/json"})))
    return AuthorizationServer("an-app", "its-secret", (SERVER,), wire).refresh(
        SERVER, "the-old-one"
    )


@pytest.mark.parametrize(
    ("said", "user_id", "seconds"),
    [
        ({}, 7, 3600),
        ({"user_id": "7", "expires_in": "1800"}, 7, 1800),
        ({"user_id": None, "expires_in": None}, 0, 3600),
        ({"user_id": "x", "expires_in": []}, 0, 3600),
        ({"user_id": [7]}, 0, 3600),
    ],
)
def test_a_pair_is_taken_whatever_else_is_said(
    said: dict[str, Any], user_id: int, seconds: int
) -> None:
    issued = refreshed(PAIR | said)

    assert (issued.token.access_token, issued.user_id) == ("an-access-token", user_id)
    left = issued.token.expires_at - datetime.now(UTC)
    assert abs(left - timedelta(seconds=seconds)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        "",
        "<html>",
        None,
        {"access_token": ""},
        PAIR | {"expires_in": "soon"},
        PAIR | {"access_token": "a" * 5_000_000},
        PAIR | {"access_token": ["a"]},
        PAIR | {"access_token": "a b"},
        PAIR | {"refresh_token": "r" * 5000},
        PAIR | {"member_id": None},
        {"access_token": "a-token-of-nobody"},
    ],
)
def test_what_is_no_pair_is_a_lost_answer(answer: Any) -> None:
    with pytest.raises(AnswerLost):
        refreshed(answer)
