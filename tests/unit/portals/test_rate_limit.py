"""The rate limit, with time that only the test moves: whoever comes, the bucket never overflows."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bx24app.bitrix24.errors import Busy
from bx24app.bitrix24.operating_time import OperatingTime
from bx24app.portals.rate_limit import Bucket, Permit, RateLimits
from bx24app.store.database import Database
from bx24app.store.models import RateLimitRow
from tests.emulator import limits

START = 1_800_000_000.0
PORTALS = count(1)
FLOOD = 150


@dataclass(frozen=True)
class Caller:
    """Somebody who comes at a moment (seconds from the start) and waits so long at most."""

    comes: float
    person: bool = False
    patience: float = 1000.0


@dataclass(frozen=True)
class Sent:
    """A call that went out."""

    caller: Caller
    at: float


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The memory that all processes share."""
    database = Database(database_url)
    yield database
    database.close()


def run(database: Database, bucket: Bucket, callers: list[Caller]) -> list[Sent]:
    """Let them come and go, in simulated time; those that are told to give up are left out."""
    rate_limits, member_id = RateLimits(database, bucket), f"portal{next(PORTALS)}"
    agenda: list[tuple[float, int, Caller, Permit | None]] = [
        (caller.comes, number, caller, None) for number, caller in enumerate(callers)
    ]
    heapq.heapify(agenda)
    sent: list[Sent] = []
    while agenda:
        at, number, caller, permit = heapq.heappop(agenda)
        if permit is None:
            rate_limit = rate_limits.of(member_id, person=caller.person, patience=caller.patience)
            permit = Permit(rate_limit, ["profile"], START + at)
        try:
            step = permit.step(START + at)
        except Busy:
            continue
        if step.go:
            sent.append(Sent(caller, step.at - START))
        else:
            assert step.at > START + at, "nobody asks again without waiting"
            heapq.heappush(agenda, (step.at - START, number, caller, permit))
    return sorted(sent, key=lambda one: one.at)


def judged(bucket: Bucket, sent: list[Sent]) -> int:
    """How many of the calls Bitrix24 would have refused, with a bucket of exactly that size."""
    judge = limits.Bucket(bucket.burst + 0.001, bucket.drain)
    return sum(not judge.admits(START + one.at) for one in sent)


CALLERS = st.lists(
    st.builds(
        Caller,
        comes=st.floats(0, 30),
        person=st.booleans(),
        patience=st.sampled_from([0.0, 3.0, 15.0, 90.0]),
    ),
    max_size=60,
)
BUCKETS = st.builds(
    Bucket, burst=st.integers(2, 20), drain=st.floats(0.5, 10), reserved=st.integers(0, 1)
)


@pytest.mark.promise("no call ever meets a full bucket, whoever comes when")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bucket=BUCKETS, callers=CALLERS)
@example(bucket=Bucket(), callers=[Caller(0.0)] * FLOOD)
def test_no_call_ever_meets_a_full_bucket(
    database: Database, bucket: Bucket, callers: list[Caller]
) -> None:
    sent = run(database, bucket, callers)
    assert judged(bucket, sent) == 0
    assert all(one.at - one.caller.comes <= one.caller.patience + 0.001 for one in sent)


@pytest.mark.promise("150 calls at 50")
def test_a_flood_of_a_program_takes_the_ideal_time_and_goes_in_order(database: Database) -> None:
    sent = run(database, Bucket(), [Caller(number / 1000) for number in range(FLOOD)])
    assert [one.caller.comes for one in sent] == sorted(one.caller.comes for one in sent)
    assert len(sent) == FLOOD
    assert sent[-1].at <= 52  # 50 at once and 2 a second would be 50 seconds


@pytest.mark.promise("people's clicks go before programs")
def test_a_person_does_not_stand_behind_a_flood(database: Database) -> None:
    flood = [Caller(0.0) for _ in range(FLOOD)]
    clicks = [Caller(moment, person=True, patience=15) for moment in (5, 20, 20, 20, 40)]
    sent = run(database, Bucket(), flood + clicks)
    waits = [one.at - one.caller.comes for one in sent if one.caller.person]
    assert len(waits) == len(clicks)
    assert max(waits) <= 1.5  # three clicks at the same moment: half a second each
    assert len(sent) == FLOOD + len(clicks)
    assert judged(Bucket(), sent) == 0


def test_who_cannot_be_served_in_time_is_told_at_once_when_to_come(database: Database) -> None:
    rate_limits = RateLimits(database)
    permits = [
        Permit(rate_limits.of("busy", person=False, patience=10), ["profile"], START)
        for _ in range(100)
    ]
    steps, refusals = [], []
    for permit in permits:
        try:
            steps.append(permit.step(START))
        except Busy as busy:
            refusals.append(busy.retry_after)
    assert len(steps) == 48 + 20  # the burst, and two a second for ten seconds
    assert set(refusals) == {10.5}


def test_portals_do_not_wait_for_one_another(database: Database) -> None:
    rate_limits = RateLimits(database)
    for _ in range(48):
        assert (
            Permit(rate_limits.of("one", person=False, patience=0), ["profile"], START)
            .step(START)
            .go
        )
    with pytest.raises(Busy):
        Permit(rate_limits.of("one", person=False, patience=0), ["profile"], START).step(START)
    assert (
        Permit(rate_limits.of("two", person=False, patience=0), ["profile"], START).step(START).go
    )


def test_a_method_rests_alone(database: Database) -> None:
    rate_limit = RateLimits(database).of("one", person=False, patience=90)
    rate_limit.note_operating("tasks.flow.Flow.get", OperatingTime(399.0, 60), START)
    assert Permit(rate_limit, ["tasks.flow.Flow.get"], START).step(START).go
    rate_limit.note_operating("tasks.flow.Flow.get", OperatingTime(401.0, 60), START)
    step = Permit(rate_limit, ["batch", "profile", "tasks.flow.Flow.get"], START).step(START)
    assert (step.go, step.at) == (False, START + 60)
    assert Permit(rate_limit, ["batch", "profile"], START).step(START).go
    assert Permit(rate_limit, ["tasks.flow.Flow.get"], START + 60).step(START + 60).go
    hurried = RateLimits(database).of("one", person=True, patience=15)
    with pytest.raises(Busy) as busy:
        Permit(hurried, ["tasks.flow.Flow.get"], START).step(START)
    assert busy.value.retry_after == 60


def test_a_portal_that_is_forgotten_begins_afresh(database: Database) -> None:
    rate_limits = RateLimits(database)
    rate_limit = rate_limits.of("one", person=False, patience=0)
    rate_limit.block_method("profile", START + 60)
    with database.write() as session:
        rate_limits.remove(session, "one")
    assert Permit(rate_limit, ["profile"], START).step(START).go


@pytest.mark.parametrize("person", [True, False])
@pytest.mark.parametrize("back", [3600.0, 86_400.0])
@pytest.mark.parametrize("stored", ["due", "booked", "both", "method"])
def test_a_clock_that_went_back_makes_nobody_wait(
    stored: str, back: float, person: bool, database: Database
) -> None:
    member_id = f"portal{next(PORTALS)}"
    limit = RateLimits(database, Bucket()).of(member_id, person=person, patience=15.0)
    assert Permit(limit, ["profile"], START).step(START).go
    with database.write() as session:
        values = {"member_id": member_id, "ahead": START + back}
        named = {name: back for name in ("due", "booked") if stored in (name, "both")}
        for row in session.query(RateLimitRow).filter_by(member_id=member_id):
            row.due, row.booked = row.due + named.get("due", 0), row.booked + named.get("booked", 0)
            row.booked += START if "booked" in named else 0
        if stored == "method":
            session.execute(
                text("INSERT INTO method_blocks VALUES (:member_id, 'profile', :ahead)"), values
            )

    for number in range(5):
        step = Permit(limit, ["profile"], START).step(START)
        assert (step.go, step.at - START < 1) == (True, True), number
    with database.read() as session:
        row = session.execute(
            text("SELECT due, booked FROM rate_limits WHERE member_id = :member_id"), values
        ).one()
    assert max(row.due, row.booked) < START + 200


def test_a_portal_that_says_it_is_busy_after_the_clock_went_back(database: Database) -> None:
    member_id = f"portal{next(PORTALS)}"
    limit = RateLimits(database, Bucket()).of(member_id, person=False, patience=60.0)
    with database.write() as session:
        session.execute(
            text("INSERT INTO rate_limits VALUES (:member_id, :due, :due)"),
            {"member_id": member_id, "due": time.time() + 3600},
        )
    permit = limit.permit(["profile"])
    permit.wait()
    permit.throttled()
    permit.wait()
