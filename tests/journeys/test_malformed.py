"""Calls that make no sense: too large, broken, ambiguous; they are refused and leave no trace."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.emulator.launch import launch_form
from tests.support.endpoint_harness import EndpointHarness, unchanged

LARGE = b"a=" + b"b" * 200_000


@pytest.mark.threat("bodies without end")
@pytest.mark.parametrize("path", ["/install", "/", "/events", "/session", "/connect"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json"])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_not_read(
    endpoints: EndpointHarness, path: str, kind: str, announced: bool
) -> None:
    stream: dict[str, Any] = {"input_stream": BytesIO(LARGE), "content_type": kind}
    if announced:
        stream["content_length"] = len(LARGE)
    else:
        stream["environ_overrides"] = {"wsgi.input_terminated": True}
    answer = endpoints.browser.post(path, **stream)
    wanted = {"/connect": (405,), "/session": (413, 415)}.get(path, (413, 400, 403))
    assert answer.status_code in wanted
    if kind.endswith("urlencoded") and path in ("/install", "/", "/events"):
        assert answer.status_code == 413
    assert endpoints.is_empty


@pytest.mark.threat("bodies without end")
@pytest.mark.parametrize("path", ["/install", "/", "/events"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"&&&===%%%zz", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"member_id=%ff&AUTH_ID=%00", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"a&" * 30_000, "application/x-www-form-urlencoded"),
        (urlencode({"auth" + "[a]" * 5000: "1"}).encode(), "application/x-www-form-urlencoded"),
        (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n--x--", "multipart/form-data"),
        (b"{", "application/json"),
        (b"[" * 60_000, "application/json"),
        (b"<a/>", "text/xml"),
        (b"x", "bad type"),
    ],
)
def test_a_body_that_makes_no_sense(
    shared_endpoints: EndpointHarness, path: str, body: bytes, kind: str
) -> None:
    answer = unchanged(
        shared_endpoints,
        lambda: shared_endpoints.browser.post(
            f"{path}?DOMAIN=localhost:8900", data=body, content_type=kind
        ),
    )
    assert answer.status_code in (400, 403)
    assert shared_endpoints.way_out.hosts == set()


@pytest.mark.threat("bodies without end")
@pytest.mark.parametrize("path", ["/install", "/"])
def test_a_parameter_that_comes_twice(shared_endpoints: EndpointHarness, path: str) -> None:
    query, form = launch_form(shared_endpoints.world, shared_endpoints.a, 1)
    for name in form:
        doubled = urlencode([*form.items(), (name, form[name])])
        action = lambda: shared_endpoints.browser.post(  # noqa: E731
            path, query_string=query, data=doubled,  # noqa: B023
            content_type="application/x-www-form-urlencoded",
        )  # fmt: skip
        if name in ("APPLICATION_SCOPE", "PLACEMENT", "PLACEMENT_OPTIONS", "status"):
            continue  # not read at all
        assert unchanged(shared_endpoints, action).status_code == 400, name
