"""Every call that writes, twice at the same moment, in four processes on PostgreSQL: no fault."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from tests.support.app_harness import AppHarness
from tests.support.databases import Postgresql
from tests.support.pairs_at_once import COVERS, PAIRS, Call, launched
from tests.support.service import Service, running

pytestmark = pytest.mark.slow

ROUNDS = 3
"""Each pair of calls is tried so often: a race is not lost each time."""
ONLY_READ = {
    "POST /flows/name", "POST /flows/sentences", "POST /flows/draft", "POST /pick/template",
    "POST /operator/sign-out",
}  # fmt: skip
"""What is posted only because it is long or private; nothing is stored or sent on."""
READ_AND_WRITE = {"GET /connect", "GET /connect/callback"}
"""What a browser gets, and something is stored."""
GETS = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def service(postgresql: Postgresql) -> Iterator[Service]:
    """Four processes, installed on portal A, without a rate limit in their way."""
    with running(postgresql.migrated(), workers=4, threads=8, bucket="10000:1000") as service:
        yield service


def addresses(app: Flask) -> set[str]:
    """What the application answers and stores something for."""
    rules = {
        f"{verb} {rule.rule}" for rule in app.url_map.iter_rules() for verb in rule.methods or ()
    }
    writing = {rule for rule in rules if rule.partition(" ")[0] not in GETS}
    return (writing | READ_AND_WRITE) - ONLY_READ


def address_of(app: Flask, request: requests.PreparedRequest) -> str:
    """The address that a request went to, as the application knows it."""
    found = app.url_map.bind("").match(
        urlsplit(str(request.url)).path, str(request.method), return_rule=True
    )
    return f"{request.method} {found[0].rule}"


def test_no_address_that_writes_is_left_out(shared_app: AppHarness) -> None:
    # A new address needs a pair in tests/support/pairs_at_once.py.
    assert set(COVERS) == addresses(shared_app.app)
    assert set(COVERS.values()) <= set(PAIRS)


@pytest.mark.parametrize("name", PAIRS)
def test_no_answer_is_a_fault_of_ours(name: str, service: Service, shared_app: AppHarness) -> None:
    for number in range(ROUNDS):
        # A goodbye of the last pair has taken the portal's key along.
        if launched(service)().status_code != 200 or service.send("GET").status_code == 401:
            service.install()
        pair = PAIRS[name](service, number)
        barrier = Barrier(4)

        def one(call: Call, barrier: Barrier = barrier) -> requests.Response:
            barrier.wait()
            return call()

        # Each of the two is sent twice, so that it meets itself as well as the other one.
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(one, (*pair, *pair)))

        faults = [answer.text[:300] for answer in answers if answer.status_code == 500]
        assert not faults
        sent = {address_of(shared_app.app, answer.request) for answer in answers}
        assert {address for address, pair in COVERS.items() if pair == name} <= sent
        assert any(answer.status_code < 400 for answer in answers), [a.text[:200] for a in answers]
