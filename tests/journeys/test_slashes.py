"""A slash at the end of an address does no harm."""

from __future__ import annotations

from tests.support.endpoint_harness import EndpointHarness


def test_endpoints_with_a_slash_at_the_end(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    assert endpoints.frame("/install/", endpoints.a).status_code == 200
    assert endpoints.browser.get("/install/").status_code == 200
    assert endpoints.browser.post("/events/", data={}).status_code == 403
    assert endpoints.browser.get("/api/v1/docs/").status_code == 200
    assert endpoints.browser.get("/healthz/").status_code == 200
