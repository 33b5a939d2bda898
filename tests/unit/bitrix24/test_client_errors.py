"""What a portal can answer instead of a result, and what the client makes of each."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from bx24app.bitrix24 import errors
from bx24app.bitrix24.errors import (
    AccessDenied,
    AnswerLost,
    AuthorizationLost,
    Bitrix24Error,
    Busy,
    KeysRefused,
    NotPermitted,
    OutOfTime,
    Overloaded,
    PaymentRequired,
    PortalClosed,
    PortalGone,
    Refused,
    Unreachable,
    UserBlocked,
)
from tests.emulator.faults import SYSTEM_ERRORS
from tests.support.canned_portal import CannedPortal

OK = (200, {"result": "fine"})
TEMPORARY = {"QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT", "expired_token", "invalid_token"}
MEANINGS: dict[str, type[Bitrix24Error]] = {
    "OVERLOAD_LIMIT": Overloaded,
    "NO_AUTH_FOUND": AuthorizationLost,
    "authorization_error": AuthorizationLost,
    "invalid_grant": AuthorizationLost,
    "APPLICATION_NOT_FOUND": PortalGone,
    "ERROR_OAUTH": PortalGone,
    "NOT_INSTALLED": PortalGone,
    "PORTAL_DELETED": PortalClosed,
    "PAYMENT_REQUIRED": PaymentRequired,
    "invalid_client": KeysRefused,
    "wrong_client": KeysRefused,
    "unauthorized_client": KeysRefused,
    "user_access_error": UserBlocked,
    "insufficient_scope": NotPermitted,
    "invalid_scope": NotPermitted,
    "ACCESS_DENIED": AccessDenied,
    "INVALID_CREDENTIALS": NotPermitted,
    "ACCESS_ERROR": NotPermitted,
    "ALLOWED_ONLY_INTRANET_USER": NotPermitted,
    "WRONG_AUTH_TYPE": NotPermitted,
    "METHOD_CONFIRM_WAITING": NotPermitted,
    "METHOD_CONFIRM_DENIED": NotPermitted,
    "CONNECTION_ERROR": Unreachable,
    "INTERNAL_SERVER_ERROR": AnswerLost,
    "ERROR_UNEXPECTED_ANSWER": AnswerLost,
    "ERROR_METHOD_NOT_FOUND": Refused,
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": Refused,
    "ERROR_BATCH_METHOD_NOT_ALLOWED": Refused,
    "ERROR_BATCH_LENGTH_EXCEEDED": Refused,
    "INVALID_REQUEST": Refused,
    "ERROR_ARGUMENT": Refused,
    "ERROR_CORE": Refused,
    "100": Refused,
    "0": Refused,
    "WRONG_ENCODING": Refused,
    "invalid_request": Refused,
    "unsupported_grant_type": Refused,
}
ODDITIES: dict[str, tuple[tuple[Any, ...], type[Bitrix24Error]]] = {
    "a code that is a number": ((400, {"error": 0, "error_description": "Nein"}), Refused),
    "a code that is empty": ((400, {"error": ""}), Refused),
    "a code in other letters": ((401, {"error": "Payment_Required"}), PaymentRequired),
    "an error with a good status": ((200, {"error": "ACCESS_DENIED"}), AccessDenied),
    "an error of REST 3": ((400, {"error": {"code": "X_1", "message": "No"}}), Refused),
    "an unknown error of a server": ((500, {"error": "SOMETHING"}), AnswerLost),
    "a gateway's page": ((502, "<html>Bad Gateway</html>"), AnswerLost),
    "a gateway that waited": ((504, "<html>Gateway Time-out</html>"), AnswerLost),
    "a page that says all is well": ((200, "<html>Welcome</html>"), AnswerLost),
    "an answer without a result": ((200, {"time": {}}), AnswerLost),
    "a list": ((200, []), AnswerLost),
    "nothing there": ((404, "<html>Not found</html>"), Unreachable),
    "a firewall": ((403, "<html>Forbidden</html>"), Unreachable),
    "a redirect to nowhere": ((302, ""), Unreachable),
    "no answer in time": ((requests.ReadTimeout(),), AnswerLost),
    "a broken connection": ((requests.ConnectionError("reset"),), AnswerLost),
    "a certificate of somebody else": (
        (requests.exceptions.SSLError(),),
        errors.CertificateRefused,
    ),
}


def refusal(*answers: Any) -> Bitrix24Error:
    """What the client raises for an answer that is never repeated."""
    with pytest.raises(Bitrix24Error) as raised:
        CannedPortal(*answers).client.call("tasks.flow.Flow.create")
    return raised.value


def wire(name: str) -> tuple[int, dict[str, str]]:
    """An error of Bitrix24 as it is sent."""
    status, code, words = SYSTEM_ERRORS[name]
    return status, {"error": code, "error_description": words}


def test_every_system_error_has_a_meaning() -> None:
    assert SYSTEM_ERRORS.keys() - TEMPORARY == MEANINGS.keys()


@pytest.mark.promise("every system error has its meaning in the client and its answer at")
@pytest.mark.parametrize("name", MEANINGS)
def test_a_system_error_means_what_it_says(name: str) -> None:
    error = refusal(*[wire(name)] * 3)
    assert type(error) is MEANINGS[name]
    assert (error.portal_error, error.portal_description) == SYSTEM_ERRORS[name][1:]
    assert error.maybe_done is issubclass(MEANINGS[name], AnswerLost)


@pytest.mark.parametrize("what", ODDITIES)
def test_an_odd_answer_is_understood_too(what: str) -> None:
    answer, meaning = ODDITIES[what]
    error = refusal(*[answer if len(answer) > 1 else answer[0]] * 3)
    assert type(error) is meaning
    assert error.maybe_done is (meaning is AnswerLost)


@pytest.mark.promise("every system error has its meaning in the client and its answer at")
def test_the_manual_block_is_not_the_rate_limit() -> None:
    talk = CannedPortal(wire("OVERLOAD_LIMIT"))
    with pytest.raises(Overloaded) as raised:
        talk.client.call("profile", safe=True)
    assert (talk.rate_limit.refusals, raised.value.retryable) == (0, False)


@pytest.mark.promise("it learns from 503")
def test_a_busy_portal_is_asked_again_by_everybody_s_pace() -> None:
    talk = CannedPortal(*[wire("QUERY_LIMIT_EXCEEDED")] * 3, OK)
    assert talk.client.call("tasks.flow.Flow.create") == "fine"
    assert talk.rate_limit.refusals == 3


@pytest.mark.promise("it learns from 503")
def test_a_method_without_time_is_held_and_nothing_else() -> None:
    talk = CannedPortal(wire("OPERATION_TIME_LIMIT"), OK)
    assert talk.client.call("tasks.flow.Flow.create") == "fine"
    assert (talk.rate_limit.held, talk.rate_limit.refusals) == (["tasks.flow.Flow.create"], 0)


@pytest.mark.parametrize("name", ["expired_token", "invalid_token"])
def test_an_expired_token_is_refreshed_once(name: str) -> None:
    talk = CannedPortal(wire(name), OK)
    assert talk.client.call("tasks.flow.Flow.create") == "fine"
    sent = [request.headers["Authorization"] for request in talk.portal.asked]
    assert sent == ["Bearer token-1", "Bearer token-2"]
    assert type(refusal(wire(name), wire(name))) is AuthorizationLost


def test_an_error_inside_a_batch_is_that_call_s_alone() -> None:
    result = {"result": {"a": 1}, "result_error": {"b": {"error": "OPERATION_TIME_LIMIT"}}}
    answers = CannedPortal((200, {"result": result})).client.batch(
        {"a": ("profile", {}), "b": ("user.get", {}), "c": ("user.get", {})}
    )
    assert answers["a"] == 1
    assert type(answers["b"]) is OutOfTime
    assert type(answers["c"]) is Refused


def test_every_error_says_something() -> None:
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, Bitrix24Error):
            assert kind.message.endswith(".")
            assert issubclass(kind, Busy) <= kind().retryable
