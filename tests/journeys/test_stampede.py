"""A stampede: many calls at the same moment find an expired token, in several processes."""

from __future__ import annotations

import pytest

from tests.support.service import running

CALLS = 64
ROUNDS = ["strict"] * 10 + ["lenient"] * 3
"""A used refresh token dies, or lives on: Bitrix24 does not say which."""


@pytest.mark.promise("one refresh however many ask")
@pytest.mark.slow
def test_one_refresh_however_many_ask(database_url: str) -> None:
    with running(database_url, workers=4, threads=16, bucket="10000:1000") as service:
        for count, rotation in enumerate(ROUNDS, 1):
            service.control.rotation(rotation == "strict")
            service.control.expire_tokens()
            service.control.delay("oauth/token", 0.15)
            answers = service.at_once(CALLS, "GET", f"{service.flows}/exists?name=Any")
            assert [answer.status_code for answer in answers] == [200] * CALLS
            assert service.world.auth.renewals == count
