"""Stored responses: kept for a day for whoever asks the same again under the same key."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from bx24app.errors import Error
from bx24app.idempotency import (
    LEASE,
    Begun,
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
def stored(stored_app: AppHarness) -> StoredResponses:
    """The answers of an application, once for each kind of database."""
    return stored_app.container.stored_responses


@pytest.fixture
def asked(stored_app: AppHarness) -> IdempotentRequest:
    """A request of a program of portal A."""
    key = stored_app.container.api_keys.check(stored_app.program(stored_app.a).key)
    return IdempotentRequest(key.id, stored_app.a.member_id, "call-1", "0" * 64)


def rows(app: AppHarness) -> list[StoredResponseRow]:
    with app.container.database.read() as session:
        return list(session.scalars(select(StoredResponseRow).order_by(StoredResponseRow.name)))


def change(app: AppHarness, **values: object) -> None:
    """Change what is stored of all requests."""
    with app.container.database.write() as session:
        session.execute(update(StoredResponseRow).values(**values))


def begin(stored: StoredResponses, asked: IdempotentRequest) -> Begun:
    found = stored.begin(asked)
    assert isinstance(found, Begun)
    return found


def test_the_first_one_does_the_work_and_the_next_gets_its_answer(
    stored: StoredResponses, asked: IdempotentRequest
) -> None:
    begun = begin(stored, asked)
    assert not begun.look
    stored.finish(begun, ANSWER)

    assert stored.begin(asked) == ANSWER
    assert stored.begin(asked) == ANSWER


def test_another_request_under_that_key_is_refused(
    stored: StoredResponses, asked: IdempotentRequest
) -> None:
    stored.begin(asked)

    with pytest.raises(KeyReused):
        stored.begin(replace(asked, digest="1" * 64))


@pytest.mark.parametrize("other", ["name", "member_id", "key_id"])
def test_other_requests_do_not_meet(
    other: str, stored: StoredResponses, asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    stored.finish(begin(stored, asked), ANSWER)
    operator = stored_app.container.api_keys.check(stored_app.program(None).key)
    values = {"name": "call-2", "member_id": stored_app.b.member_id, "key_id": operator.id}

    assert not begin(stored, replace(asked, **{other: values[other]})).look


def test_who_comes_while_the_first_is_at_work_shall_come_again(
    stored: StoredResponses, asked: IdempotentRequest
) -> None:
    stored.begin(asked)

    with pytest.raises(StillRunning) as caught:
        stored.begin(asked)
    assert (caught.value.retryable, caught.value.retry_after) == (True, 1)


def test_who_replaces_a_dead_one_has_to_look_first(
    stored: StoredResponses, asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    begin(stored, asked)
    change(stored_app, lease_until=datetime.now(UTC) - timedelta(seconds=1))

    assert begin(stored, asked).look
    with pytest.raises(StillRunning):
        stored.begin(asked)


def test_nobody_but_the_owner_finishes_a_row(
    stored: StoredResponses, asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    first = begin(stored, asked)
    change(stored_app, lease_until=datetime.now(UTC) - timedelta(seconds=1))
    second = begin(stored, asked)

    stored.finish(first, ANSWER)
    stored.release(first, uncertain=False)
    with pytest.raises(StillRunning):
        stored.begin(asked)
    stored.finish(second, replace(ANSWER, status=200))

    assert stored.begin(asked) == replace(ANSWER, status=200)


def test_a_request_that_takes_long_keeps_its_row(
    asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    stored = StoredResponses(stored_app.container.database, lease=timedelta(seconds=0.6))
    begun = begin(stored, asked)
    with stored.carrying_out(begun):
        time.sleep(1.5)
        with pytest.raises(StillRunning):
            stored.begin(asked)
    time.sleep(1.0)

    assert begin(stored, asked).look


def test_what_came_to_nothing_may_be_tried_again_by_the_same_request(
    stored: StoredResponses, asked: IdempotentRequest
) -> None:
    stored.release(begin(stored, asked), uncertain=False)

    with pytest.raises(KeyReused):
        stored.begin(replace(asked, digest="1" * 64))
    assert not begin(stored, asked).look


def test_what_may_have_happened_stays_uncertain_until_it_is_answered(
    stored: StoredResponses, asked: IdempotentRequest
) -> None:
    stored.release(begin(stored, asked), uncertain=True)
    second = begin(stored, asked)
    assert second.look
    stored.release(second, uncertain=False)  # it could not even look

    third = begin(stored, asked)
    assert third.look
    stored.finish(third, ANSWER)
    assert stored.begin(asked) == ANSWER


@pytest.mark.parametrize(("hours", "kept"), [(23, True), (25, False)])
def test_an_answer_is_kept_for_a_day(
    hours: int,
    kept: bool,
    stored: StoredResponses,
    asked: IdempotentRequest,
    stored_app: AppHarness,
) -> None:
    stored.finish(begin(stored, asked), ANSWER)
    change(stored_app, asked_at=datetime.now(UTC) - timedelta(hours=hours))
    stored.prune()

    assert len(rows(stored_app)) == kept
    assert (stored.begin(asked) == ANSWER) is kept


def test_a_row_whose_owner_died_goes_too(
    stored: StoredResponses, asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    begin(stored, asked)
    long_ago = datetime.now(UTC) - timedelta(hours=25)
    change(stored_app, asked_at=long_ago, lease_until=long_ago)

    stored.prune()

    assert rows(stored_app) == []


def test_old_answers_go_in_pieces(
    stored: StoredResponses, asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    with stored_app.container.database.write() as session:
        for number in range(1100):
            session.add(
                StoredResponseRow(
                    key_id=asked.key_id, member_id=asked.member_id, name=f"old-{number}",
                    request_digest="0" * 64, uncertain=False, status=201, body="",
                    asked_at=datetime.now(UTC) - timedelta(hours=25),
                )
            )  # fmt: skip
    stored.finish(begin(stored, asked), ANSWER)

    stored.prune()

    assert [row.name for row in rows(stored_app)] == ["call-1"]


def test_a_key_has_a_bound_of_rows(asked: IdempotentRequest, stored_app: AppHarness) -> None:
    stored = StoredResponses(stored_app.container.database, most_rows=3)
    for number in range(5):
        stored.finish(begin(stored, replace(asked, name=f"call-{number}")), ANSWER)

    assert [row.name for row in rows(stored_app)] == ["call-2", "call-3", "call-4"]


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_went_back_holds_nobody_up(
    back: timedelta, stored: StoredResponses, asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    begin(stored, asked)  # by a process that died
    change(stored_app, lease_until=datetime.now(UTC) + back, asked_at=datetime.now(UTC) + back)

    with pytest.raises(StillRunning):  # its owner might live
        stored.begin(asked)
    stored.prune()

    (row,) = rows(stored_app)
    assert row.lease_until <= datetime.now(UTC) + LEASE
    assert row.asked_at <= datetime.now(UTC)


def test_of_many_at_once_one_does_the_work(
    stored: StoredResponses, asked: IdempotentRequest
) -> None:
    together = Barrier(8)

    def come(_: int) -> str:
        together.wait()
        try:
            return "works" if isinstance(stored.begin(asked), Begun) else "answered"
        except Error as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        came = sorted(pool.map(come, range(8)))

    assert came == ["portal_busy"] * 7 + ["works"]


def test_of_many_who_replace_a_dead_one_one_does_the_work(
    stored: StoredResponses, asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    begin(stored, asked)
    change(stored_app, lease_until=datetime.now(UTC) - timedelta(seconds=1))

    test_of_many_at_once_one_does_the_work(stored, asked)


def test_a_portal_that_is_forgotten_takes_its_answers_along(
    stored: StoredResponses, asked: IdempotentRequest, stored_app: AppHarness
) -> None:
    stored.finish(begin(stored, asked), ANSWER)

    stored_app.container.portals.forget(asked.member_id)

    assert rows(stored_app) == []
