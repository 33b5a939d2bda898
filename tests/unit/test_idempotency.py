"""The first answers to calls that name themselves: kept for a day, for whoever asks again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import update

from bx24app.errors import Error
from bx24app.idempotency import (
    IdempotentRequest,
    KeyReused,
    StillRunning,
    StoredResponse,
    StoredResponses,
)
from bx24app.store.models import StoredResponseRow
from tests.support.app_harness import AppHarness

ANSWER = StoredResponse(201, {"ETag": '"abc"', "Location": "/flows/1"}, '{"name": "Größe 🛒"}')


@pytest.fixture
def replies(stored_home: AppHarness) -> StoredResponses:
    """The answers of an application, once for each kind of database."""
    return stored_home.container.stored_responses


@pytest.fixture
def asked(stored_home: AppHarness) -> IdempotentRequest:
    """A call of a program of portal A."""
    key = stored_home.container.api_keys.check(stored_home.program(stored_home.a).key)
    return IdempotentRequest(key.id, stored_home.a.member_id, "call-1", "0" * 64)


def let_pass(home: AppHarness, amount: timedelta) -> None:
    """Let time pass since the calls."""
    with home.container.database.write() as session:
        session.execute(update(StoredResponseRow).values(asked_at=datetime.now(UTC) - amount))


def test_the_first_one_does_the_work_and_the_next_gets_its_answer(
    replies: StoredResponses, asked: IdempotentRequest
) -> None:
    assert replies.begin(asked) is None
    replies.finish(asked, ANSWER)

    assert replies.begin(asked) == ANSWER
    assert replies.begin(asked) == ANSWER


def test_another_call_of_that_name_is_refused(
    replies: StoredResponses, asked: IdempotentRequest
) -> None:
    replies.begin(asked)

    with pytest.raises(KeyReused):
        replies.begin(replace(asked, digest="1" * 64))


@pytest.mark.parametrize("other", ["name", "member_id", "key_id"])
def test_other_calls_do_not_meet(
    other: str, replies: StoredResponses, asked: IdempotentRequest, stored_home: AppHarness
) -> None:
    replies.begin(asked)
    replies.finish(asked, ANSWER)
    operator = stored_home.container.api_keys.check(stored_home.program(None).key)
    values = {"name": "call-2", "member_id": stored_home.b.member_id, "key_id": operator.id}

    assert replies.begin(replace(asked, **{other: values[other]})) is None


def test_who_comes_while_the_first_is_at_work_shall_come_again(
    replies: StoredResponses, asked: IdempotentRequest
) -> None:
    replies.begin(asked)

    with pytest.raises(StillRunning) as caught:
        replies.begin(asked)
    assert (caught.value.retryable, caught.value.retry_after) == (True, 1)


def test_a_first_one_that_died_is_replaced(
    replies: StoredResponses, asked: IdempotentRequest, stored_home: AppHarness
) -> None:
    replies.begin(asked)
    let_pass(stored_home, timedelta(minutes=4))

    assert replies.begin(asked) is None
    with pytest.raises(StillRunning):
        replies.begin(asked)


def test_what_came_to_nothing_may_be_tried_again(
    replies: StoredResponses, asked: IdempotentRequest
) -> None:
    replies.begin(asked)
    replies.drop(asked)

    assert replies.begin(asked) is None


@pytest.mark.parametrize(("hours", "kept"), [(23, True), (25, False)])
def test_an_answer_is_kept_for_a_day(
    hours: int,
    kept: bool,
    replies: StoredResponses,
    asked: IdempotentRequest,
    stored_home: AppHarness,
) -> None:
    replies.begin(asked)
    replies.finish(asked, ANSWER)
    let_pass(stored_home, timedelta(hours=hours))

    assert replies.begin(asked) == (ANSWER if kept else None)


def test_of_many_at_once_one_does_the_work(
    replies: StoredResponses, asked: IdempotentRequest
) -> None:
    together = Barrier(8)

    def begin(_: int) -> str:
        together.wait()
        try:
            return "works" if replies.begin(asked) is None else "answered"
        except Error as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        came = sorted(pool.map(begin, range(8)))

    assert came == ["portal_busy"] * 7 + ["works"]


def test_a_portal_that_is_forgotten_takes_its_answers_along(
    replies: StoredResponses, asked: IdempotentRequest, stored_home: AppHarness
) -> None:
    replies.begin(asked)
    replies.finish(asked, ANSWER)

    stored_home.container.portals.forget(asked.member_id)

    with stored_home.container.database.read() as session:
        assert session.query(StoredResponseRow).count() == 0
