"""Where a request comes from: what a neighbour has seen is known, what others claim is not."""

from __future__ import annotations

import pytest

from bx24app.web.admission import remote_address
from tests.support.app_harness import AppHarness


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("93.184.216.34", "", "93.184.216.34"),
        ("93.184.216.34", "93.184.216.99", "93.184.216.34"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "93.184.216.34", "93.184.216.34"),
        ("10.0.0.2", "93.184.216.99, 93.184.216.34", "93.184.216.34"),
        ("", "93.184.216.34", "93.184.216.34"),
    ],
)
def test_an_address_is_believed_of_a_neighbour(
    peer: str, forwarded: str, address: str, installed_app: AppHarness
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with installed_app.app.test_request_context(
        headers=headers, environ_base={"REMOTE_ADDR": peer}
    ):
        assert remote_address() == address
