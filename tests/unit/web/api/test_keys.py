"""What a key may do: read only, for a time, and for one portal."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST


def program(app: AppHarness, *, operator: bool = False, **how: object) -> Api:
    """A program of portal A with a key made so."""
    member_id = None if operator else app.a.member_id
    key = app.container.api_keys.create(member_id, "test", **how)
    return Api(app.app.test_client(), key, app.a)


@pytest.fixture(params=[False, True], ids=["portal", "operator"])
def reader(request: pytest.FixtureRequest, installed_app: AppHarness) -> Api:
    """A program whose key may only read: of the portal, and of the operator."""
    return program(installed_app, operator=request.param, read_only=True)


def test_a_read_only_key_reads(reader: Api) -> None:
    for below in ("", 101, "exists?name=x"):
        assert reader.get(below).status_code == 200
    assert reader.call("HEAD", reader.flows).status_code == 200
    assert reader.call("GET", "/api/v1/portals").status_code == 200


def test_a_read_only_key_changes_nothing(reader: Api, installed_app: AppHarness) -> None:
    before = copy.deepcopy(installed_app.a.flows)
    sent = installed_app.transport.sent

    answers = [
        reader.post(LEAST),
        reader.put(LEAST),
        reader.patch(101, {"name": "New"}),
        reader.delete(101),
        reader.put({"active": False}, "101/active"),
        reader.put({"pinned": True}, "101/pinned"),
        reader.post({}),
    ]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {
        (403, "read_only_key")
    }
    assert all("X-RateLimit-Limit" in answer.headers for answer in answers)
    assert installed_app.a.flows == before
    assert installed_app.transport.sent == sent


def test_a_read_only_key_does_not_tell_of_other_portals(installed_app: AppHarness) -> None:
    reader = program(installed_app, read_only=True)

    answer = reader.call("POST", f"/api/v1/portals/{installed_app.b.member_id}/flows", json=LEAST)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_an_expired_key_is_no_key(installed_app: AppHarness) -> None:
    expired = program(installed_app, expires_at=datetime.now(UTC) - timedelta(seconds=1))

    answer = expired.get(101)

    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
