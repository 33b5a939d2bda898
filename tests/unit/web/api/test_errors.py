"""What a portal can answer instead of a result, and what a program then hears from the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST

ALWAYS = 10**6
CALLS: dict[str, Callable[[Api], TestResponse]] = {
    "list": lambda api: api.get(),
    "read": lambda api: api.get(101),
    "exists": lambda api: api.get("exists", query_string={"name": "IT help desk"}),
    "create": lambda api: api.post(LEAST),
    "put": lambda api: api.put(LEAST),
    "change": lambda api: api.patch(101, {"description": "New"}),
    "switch": lambda api: api.put({"active": False}, "101/active"),
    "pin": lambda api: api.put({"pinned": True}, "101/pinned"),
    "remove": lambda api: api.delete(101),
}
SYSTEM = [
    ("QUERY_LIMIT_EXCEEDED", 503, "portal_busy"),
    ("OPERATION_TIME_LIMIT", 503, "portal_busy"),
    ("expired_token", 409, "authorization_lost"),
    ("invalid_token", 409, "authorization_lost"),
    ("NO_AUTH_FOUND", 409, "authorization_lost"),
    ("authorization_error", 409, "authorization_lost"),
    ("APPLICATION_NOT_FOUND", 409, "portal_gone"),
    ("ERROR_OAUTH", 409, "portal_gone"),
    ("PORTAL_DELETED", 502, "portal_unreachable"),
    ("PAYMENT_REQUIRED", 402, "payment_required"),
    ("insufficient_scope", 403, "not_permitted"),
    ("user_access_error", 403, "not_permitted"),
    ("ACCESS_DENIED", 403, "not_permitted"),
    ("INVALID_CREDENTIALS", 403, "not_permitted"),
    ("ACCESS_ERROR", 403, "not_permitted"),
    ("ALLOWED_ONLY_INTRANET_USER", 403, "not_permitted"),
    ("WRONG_AUTH_TYPE", 403, "not_permitted"),
    ("METHOD_CONFIRM_WAITING", 403, "not_permitted"),
    ("METHOD_CONFIRM_DENIED", 403, "not_permitted"),
    ("CONNECTION_ERROR", 502, "portal_unreachable"),
    ("INTERNAL_SERVER_ERROR", 502, "portal_unreachable"),
    ("ERROR_UNEXPECTED_ANSWER", 502, "portal_unreachable"),
    ("OVERLOAD_LIMIT", 422, "portal_refused"),
    ("ERROR_METHOD_NOT_FOUND", 422, "portal_refused"),
    ("ERROR_MANIFEST_IS_NOT_AVAILABLE", 422, "portal_refused"),
    ("ERROR_BATCH_METHOD_NOT_ALLOWED", 422, "portal_refused"),
    ("ERROR_BATCH_LENGTH_EXCEEDED", 422, "portal_refused"),
    ("INVALID_REQUEST", 422, "portal_refused"),
    ("ERROR_ARGUMENT", 422, "portal_refused"),
    ("ERROR_CORE", 422, "portal_refused"),
    ("WRONG_ENCODING", 422, "portal_refused"),
    ("SOMETHING_NEW", 422, "portal_refused"),
]


@pytest.mark.promise("every system error has its meaning in the client and its answer at")
@pytest.mark.reference("System errors of every method")
@pytest.mark.parametrize(("error", "status", "code"), SYSTEM)
def test_a_system_error_has_its_answer_in_every_call(
    error: str, status: int, code: str, api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail("*", error, ALWAYS)

    for name, call in CALLS.items():
        answer = call(api)
        assert (name, answer.status_code, answer.json["code"]) == (name, status, code)
        assert answer.content_type == "application/problem+json"
        assert answer.json["detail"]
        if code == "portal_refused":
            assert answer.json["portal"]["error"] == error
    assert len(installed_app.a.flows) == 4


@pytest.mark.reference("System errors of every method")
@pytest.mark.parametrize(
    ("error", "seconds"), [("QUERY_LIMIT_EXCEEDED", (1, 5)), ("OPERATION_TIME_LIMIT", (50, 61))]
)
def test_a_busy_portal_says_when_to_come_back(
    error: str, seconds: tuple[int, int], api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail("*", error, ALWAYS)

    answer = api.post(LEAST)

    assert seconds[0] <= int(answer.headers["Retry-After"]) <= seconds[1]
    assert answer.json["mayHaveHappened"] is False


@pytest.mark.reference("System errors of every method")
@pytest.mark.parametrize("error", ["QUERY_LIMIT_EXCEEDED", "expired_token", "CONNECTION_ERROR"])
@pytest.mark.parametrize("name", CALLS)
def test_what_passes_is_waited_for(
    name: str, error: str, api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail("*", error)

    assert CALLS[name](api).status_code in (200, 201, 204)


@pytest.mark.reference("an answer that is no JSON, or none at all")
@pytest.mark.parametrize("name", ["list", "read", "exists"])
@pytest.mark.parametrize("trouble", ["html", "cut", "lose"])
def test_a_question_is_asked_again(
    name: str, trouble: str, api: Api, installed_app: AppHarness
) -> None:
    getattr(installed_app.control, trouble)("*", times=2)

    assert CALLS[name](api).status_code == 200


def what_stands(installed_app: AppHarness) -> object:
    """What the nine calls could have changed."""
    flows = {
        flow.name: (flow.description, flow.active, flow.planned_completion_time)
        for flow in installed_app.a.flows.values()
    }
    return flows, set(installed_app.a.pins)


@pytest.mark.reference("System errors of every method")
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("create", "Flow.create"),
        ("put", "Flow.create"),
        ("change", "Flow.update"),
        ("switch", "Flow.activate"),
        ("pin", "Flow.pin"),
        ("remove", "Flow.delete"),
    ],
)
@pytest.mark.parametrize("trouble", ["lose", "cut", "html"])
def test_after_a_lost_answer_the_portal_holds_what_the_program_was_told(
    name: str, method: str, trouble: str, api: Api, installed_app: AppHarness
) -> None:
    before = what_stands(installed_app)
    getattr(installed_app.control, trouble)(f"tasks.flow.{method}")

    answer = CALLS[name](api)

    if answer.status_code >= 500:
        assert (answer.json["code"], answer.json["mayHaveHappened"]) == ("portal_unreachable", True)
        assert what_stands(installed_app) == before
    else:
        assert answer.status_code in (200, 201, 204)
        assert what_stands(installed_app) != before
    assert len(installed_app.a.flows) in (3, 4, 5)


@pytest.mark.reference("an answer that is no JSON, or none at all")
@pytest.mark.parametrize("status", [404, 502, 504, 200])
def test_a_portal_that_answers_no_json_is_unreachable(
    status: int, api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.html("*", status, ALWAYS)

    for name in ("read", "create", "change"):
        answer = CALLS[name](api)
        assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert installed_app.writes() == []


def test_a_question_without_answer_has_done_nothing(api: Api, installed_app: AppHarness) -> None:
    installed_app.control.cut("*", ALWAYS)

    assert CALLS["read"](api).json["mayHaveHappened"] is False


def test_an_uninstalled_portal_is_gone_with_its_keys(installed_app: AppHarness) -> None:
    program, operator = installed_app.program(installed_app.a), installed_app.program(None)

    installed_app.control.uninstall(installed_app.a.host)

    assert CALLS["read"](program).status_code == 401
    assert CALLS["read"](operator).status_code == 404
    listed = operator.call("GET", "/api/v1/portals").json["items"]
    assert [portal["memberId"] for portal in listed] == [installed_app.b.member_id]


def test_a_lost_authorization_is_shown_and_can_be_restored(
    api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.revoke(installed_app.a.host)
    lost = CALLS["read"](api)
    portal = api.flows.removesuffix("/flows")
    shown = api.call("GET", portal).json

    installed_app.launch(installed_app.a)

    assert (lost.status_code, lost.json["code"]) == (409, "authorization_lost")
    assert lost.json["connect"] == "/connect"
    assert (shown["authorization"], bool(shown["authorizationReason"])) == ("lost", True)
    assert CALLS["read"](api).status_code == 200
    assert api.call("GET", portal).json["authorization"] == "ok"
