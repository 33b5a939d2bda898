"""The official Python client, unchanged, knows every error of the emulator by its own name."""

from collections.abc import Callable

import pytest
from b24pysdk import BitrixToken
from b24pysdk.errors import (
    BitrixAPIAuthorizationError,
    BitrixAPIErrorOAuth,
    BitrixAPIInsufficientScope,
    BitrixAPIInvalidToken,
    BitrixAPINotFound,
    BitrixAPIOperationTimeLimit,
    BitrixAPIOverloadLimit,
    BitrixAPIPaymentRequired,
    BitrixAPIQueryLimitExceeded,
    BitrixAPIUserAccessError,
    BitrixResponseError,
    BitrixResponseJSONDecodeError,
)
from b24pysdk.errors.oauth import (
    BitrixOAuthInvalidClient,
    BitrixOAuthInvalidGrant,
    BitrixOAuthInvalidRequest,
    BitrixOAuthNotInstalled,
    BitrixOauthWrongClient,
)

from tests.emulator.control import Control
from tests.emulator.faults import SYSTEM_ERRORS

# Where the client has another status in mind: ours is the documentation's.
OTHER_STATUS = {"insufficient_scope": 401, "INVALID_CREDENTIALS": 401, "PORTAL_DELETED": 410}

TROUBLE: list[tuple[type[Exception], Callable[[Control, BitrixToken], object]]] = [
    (BitrixAPIErrorOAuth, lambda control, token: control.uninstall()),
    (BitrixAPIPaymentRequired, lambda control, token: control.payment(expired=True)),
    (BitrixAPIUserAccessError, lambda control, token: control.deny(1)),
    (BitrixAPIAuthorizationError, lambda control, token: control.dismiss(1)),
    (BitrixAPIInvalidToken, lambda control, token: setattr(token, "auth_token", "0" * 70)),
    (BitrixAPIInsufficientScope, lambda control, token: control.fail(error="insufficient_scope")),
    (BitrixAPINotFound, lambda control, token: control.fail(error="ERROR_METHOD_NOT_FOUND")),
    (BitrixAPIOperationTimeLimit, lambda control, token: control.operating(0)),
    (BitrixAPIOverloadLimit, lambda control, token: control.fail(error="OVERLOAD_LIMIT")),
    (BitrixAPIQueryLimitExceeded, lambda control, token: control.bucket(0, 0)),
    (BitrixResponseJSONDecodeError, lambda control, token: control.html()),
    (BitrixOAuthInvalidGrant, lambda control, token: control.revoke()),
]


@pytest.mark.parametrize(("error", "happens"), TROUBLE)
def test_trouble_has_the_clients_own_word(
    control: Control, alice: BitrixToken, error: type[Exception],
    happens: Callable[[Control, BitrixToken], object],
) -> None:  # fmt: skip
    happens(control, alice)
    with pytest.raises(error):
        assert alice.get_client(max_retries=1).profile().result


REFUSALS: list[tuple[type[Exception], dict[str, str]]] = [
    (BitrixOauthWrongClient, {"client_id": "app.00000000000000.00000000"}),
    (BitrixOAuthInvalidClient, {"client_secret": "another"}),
    (BitrixOAuthInvalidGrant, {"refresh_token": "another"}),
    (BitrixOAuthInvalidRequest, {"refresh_token": ""}),
]


@pytest.mark.parametrize(("error", "wrong"), REFUSALS)
def test_the_authorization_server_refuses_in_its_words(
    alice: BitrixToken, error: type[Exception], wrong: dict[str, str]
) -> None:
    for name, value in wrong.items():
        setattr(alice if name == "refresh_token" else alice.bitrix_app, name, value)
    with pytest.raises(error):
        alice.refresh_oauth_token()


def test_an_application_that_was_removed_gets_no_tokens(
    control: Control, alice: BitrixToken
) -> None:
    control.uninstall()
    with pytest.raises(BitrixOAuthNotInstalled):
        alice.refresh_oauth_token()


def test_a_full_bucket_is_waited_for(control: Control, alice: BitrixToken) -> None:
    control.fail("profile", "QUERY_LIMIT_EXCEEDED", times=2)
    patient = alice.get_client(initial_retry_delay=0.01, retry_delay_increment=0)
    assert patient.profile().result["ID"] == "1"


def test_the_client_expects_the_statuses_of_the_errors(
    control: Control, alice: BitrixToken
) -> None:
    different = {}
    for name in SYSTEM_ERRORS:
        control.fail("user.admin", name, times=2)  # one of them may be answered by a refresh
        with pytest.raises(BitrixResponseError) as raised:
            assert alice.call_method("user.admin", max_retries=1)
        if raised.value.response.status_code != raised.value.STATUS_CODE:
            different[name] = raised.value.STATUS_CODE
        control.heal()
    assert different == OTHER_STATUS
