"""The rate bucket, the operating time, and planned trouble."""

import threading
import time

import pytest
import requests

from tests.emulator.control import Control
from tests.emulator.limits import Bucket
from tests.emulator.person import Person


@pytest.mark.parametrize(("threshold", "rate"), [(50, 2), (250, 5)])
def test_a_bucket_leaks(threshold: int, rate: int) -> None:
    bucket = Bucket(threshold, rate)
    assert [bucket.admits(1000) for _ in range(threshold + 1)] == [True] * threshold + [False]
    assert [bucket.admits(1001) for _ in range(rate + 1)] == [True] * rate + [False]
    assert bucket.refused == 2
    assert bucket.admits(1_000_000)


def test_too_many_requests(alice: Person, control: Control) -> None:
    control.bucket(3, 1, use_clock=True)
    statuses = [alice.ask("profile").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 503, 503]
    assert alice.error("profile") == (503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
    assert control.counters()["refused"] == 3
    control.turn_clock(2)
    assert [alice.ask("profile").status_code for _ in range(3)] == [200, 200, 503]
    control.bucket(None)
    assert alice.ask("profile").status_code == 200


def test_one_bucket_for_each_portal(alice: Person, control: Control, meet: object) -> None:
    control.bucket(0, 1)
    other = meet(control.portal("localhost:8902"))  # type: ignore[operator]
    assert (alice.ask("profile").status_code, other.ask("profile").status_code) == (503, 200)


def test_a_method_that_has_run_too_long(alice: Person, control: Control) -> None:
    control.operating(limit=480, cost=160)
    for used in (160, 320, 480):
        clock = alice.ask("profile").json()["time"]
        assert clock["operating"] == used
    assert alice.error("profile")[:2] == (429, "OPERATION_TIME_LIMIT")
    assert alice.ask("user.current").status_code == 200
    wait = clock["operating_reset_at"] - alice.world.clock.now()
    assert 0 < wait <= 600
    alice.grant.expires += 3600
    control.turn_clock(wait)
    assert alice.ask("profile").status_code == 200


@pytest.mark.parametrize("method", ["tasks.flow.Flow.activate", "*"])
def test_an_answer_that_is_lost(alice: Person, control: Control, method: str) -> None:
    control.lose(method)
    with pytest.raises(requests.ConnectionError):
        alice.ask("tasks.flow.Flow.activate", {"flowId": 102})
    assert alice.read(102)["active"] is True


def test_an_answer_to_a_batch_that_is_lost(alice: Person, control: Control) -> None:
    control.lose("tasks.flow.Flow.activate")
    with pytest.raises(requests.ConnectionError):
        alice.ask("batch", {"cmd": {"a": "tasks.flow.Flow.activate?flowId=102"}})
    assert alice.read(102)["active"] is True


def test_a_connection_that_breaks_before(alice: Person, control: Control) -> None:
    control.cut("tasks.flow.Flow.activate")
    with pytest.raises(requests.ConnectionError):
        alice.ask("tasks.flow.Flow.activate", {"flowId": 102})
    assert alice.read(102)["active"] is False


def test_an_answer_that_is_late(alice: Person, control: Control) -> None:
    control.delay("tasks.flow.Flow.activate", seconds=60)
    began = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        alice.ask("tasks.flow.Flow.activate", {"flowId": 102}, timeout=1)
    assert time.monotonic() - began < 10
    assert alice.read(102)["active"] is True


def test_others_are_served_while_one_waits(alice: Person, control: Control) -> None:
    control.delay("user.current", seconds=2.0)
    slow = threading.Thread(target=alice.ask, args=("user.current",))
    began = time.monotonic()
    slow.start()
    while not any(entry.method == "user.current" for entry in alice.world.journal):
        time.sleep(0.001)
    alice.ask("profile")
    assert time.monotonic() - began < 1.9
    slow.join()
    assert time.monotonic() - began >= 2.0


def test_trouble_comes_in_order_and_ends(alice: Person, control: Control) -> None:
    control.fail("profile", "QUERY_LIMIT_EXCEEDED", times=2)
    control.html("*", 504)
    control.fail("user.current", "expired_token", after=1)
    statuses = [alice.ask("profile").status_code for _ in range(4)]
    assert statuses == [503, 503, 504, 200]
    assert [alice.ask("user.current").status_code for _ in range(3)] == [200, 401, 200]


def test_trouble_on_one_portal_only(alice: Person, control: Control) -> None:
    control.fail("profile", host="localhost:8902")
    assert alice.ask("profile").status_code == 200
    control.heal()
    assert control.world.faults.planned == []


@pytest.mark.parametrize(
    ("deed", "raised"), [("lose", requests.ConnectionError), ("cut", requests.ConnectionError)]
)
def test_trouble_of_the_authorization_server(
    alice: Person, control: Control, deed: str, raised: type[Exception]
) -> None:
    getattr(control, deed)("oauth/token")
    app = alice.world.app
    form = {
        "grant_type": "refresh_token",
        "refresh_token": alice.grant.refresh_token,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    with pytest.raises(raised):
        alice.session.post("http://localhost:8901/oauth/token/", data=form, timeout=5)
    again = alice.session.post("http://localhost:8901/oauth/token/", data=form, timeout=5)
    # The renewal whose answer was lost has used the refresh token up.
    assert again.status_code == (400 if deed == "lose" else 200)
