"""Installing: an administrator opens the installer, and the portal is ours; or it says why not."""

from __future__ import annotations

import pytest

from tests.support.endpoint_harness import AUDIT, EndpointHarness, ancestors, meta, words_of


def stored_portals(endpoints: EndpointHarness) -> list[str]:
    return [portal.domain for portal in endpoints.container.portals.all()]


def bound(endpoints: EndpointHarness) -> dict[str, list[str]]:
    """The handlers on portal A by event."""
    found: dict[str, list[str]] = {}
    for handler in endpoints.a.handlers:
        found.setdefault(handler.event, []).append(handler.url)
    return found


def test_an_administrator_installs(stored_endpoints: EndpointHarness) -> None:
    endpoints = stored_endpoints
    endpoints.control.install(endpoints.a.host)
    answer = endpoints.frame("/install", endpoints.a)
    assert answer.status_code == 200
    assert "data-install-finish" in answer.get_data(as_text=True)
    assert "Connected to localhost:8900" in words_of(answer)
    assert (meta(answer, "portal"), ancestors(answer)) == ("http://localhost:8900",) * 2
    (portal,) = endpoints.container.portals.all()
    assert (portal.member_id, portal.domain) == (endpoints.a.member_id, "localhost:8900")
    assert (portal.status, portal.installer_id, portal.authorization) == ("installing", 1, "ok")
    assert portal.scope == ("task", "user_brief", "department", "sonet_group")
    url = "http://127.0.0.1:8000/events"
    assert bound(endpoints) == {
        "ONAPPINSTALL": [url],
        "ONAPPUPDATE": [url],
        "ONAPPUNINSTALL": [url],
        "ONAPPPAYMENT": [url],
    }
    assert endpoints.way_out.hosts == {"localhost:8901", "localhost:8900"}


def test_a_russian_portal_reads_russian(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.b.host)
    answer = endpoints.frame("/install", endpoints.b)
    assert 'lang="ru"' in answer.get_data(as_text=True)
    assert "Подключ" in words_of(answer)
    assert endpoints.container.portals.find(endpoints.b.member_id).language == "ru"


def test_installing_again_does_no_harm(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    first, second = (endpoints.frame("/install", endpoints.a) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert stored_portals(endpoints) == ["localhost:8900"]
    assert {len(urls) for urls in bound(endpoints).values()} == {1}


def test_an_older_portal_leaves_out_what_is_new(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    assert endpoints.frame("/install", endpoints.a, legacy=True).status_code == 200
    assert stored_portals(endpoints) == ["localhost:8900"]


def test_a_new_version_is_installed_again_and_binds_its_events_again(
    installed_endpoints: EndpointHarness,
) -> None:
    endpoints = installed_endpoints
    key = endpoints.container.api_keys.create(endpoints.a.member_id, "a program's")
    endpoints.control.update(endpoints.a.host)
    assert bound(endpoints) == {}
    assert endpoints.frame("/install", endpoints.a).status_code == 200
    endpoints.control.finish(endpoints.a.host)
    assert [answer.status_code for answer in endpoints.deliver()] == [200, 200]
    assert tuple(bound(endpoints)) == endpoints.container.manifest.events
    assert endpoints.container.api_keys.check(key) is not None


def test_a_portal_that_came_back_starts_clean_and_works(
    installed_endpoints: EndpointHarness,
) -> None:
    endpoints = installed_endpoints
    key = endpoints.container.api_keys.create(endpoints.a.member_id, "a program's")
    old = endpoints.a.application_token
    endpoints.control.uninstall(endpoints.a.host)
    assert [answer.status_code for answer in endpoints.deliver()] == [200]
    endpoints.control.reinstall(endpoints.a.host)
    assert endpoints.a.application_token != old
    assert endpoints.frame("/install", endpoints.a).status_code == 200
    endpoints.control.finish(endpoints.a.host)
    assert [answer.status_code for answer in endpoints.deliver()] == [200]
    assert endpoints.container.api_keys.check(key) is None
    assert endpoints.frame("/", endpoints.a).status_code == 200


def test_a_portal_that_came_back_without_ever_saying_goodbye_works(
    installed_endpoints: EndpointHarness,
) -> None:
    endpoints = installed_endpoints
    endpoints.control.uninstall(endpoints.a.host)
    endpoints.events.clear()
    endpoints.control.reinstall(endpoints.a.host)
    assert endpoints.frame("/install", endpoints.a).status_code == 200
    endpoints.control.finish(endpoints.a.host)
    assert [answer.status_code for answer in endpoints.deliver()] == [200]
    assert endpoints.frame("/", endpoints.a).status_code == 200
    assert endpoints.event(endpoints.a, "ONAPPUNINSTALL").status_code == 200


@pytest.mark.threat("an ordinary person at /install")
@pytest.mark.parametrize(
    ("user_id", "status", "words"),
    [
        (3, 403, "Only an administrator of this Bitrix24 can do this"),
        (6, 403, "Only an administrator of this Bitrix24 can do this"),
        (5, 403, "may not use the application any more"),
    ],
)
def test_nobody_else_can_install(
    endpoints: EndpointHarness, user_id: int, status: int, words: str
) -> None:
    endpoints.control.install(endpoints.a.host)
    answer = endpoints.frame("/install", endpoints.a, user_id)
    assert answer.status_code == status
    assert words in words_of(answer)
    assert not any(endpoints.dump(without=AUDIT).values())
    assert bound(endpoints) == {}


def test_without_the_right_to_work_with_tasks_nothing_is_stored(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.a.installation.scope = ("user_brief",)
    answer = endpoints.frame("/install", endpoints.a)
    assert answer.status_code == 422
    assert "was not granted the right to work with tasks" in words_of(answer)
    assert "data-install-finish" not in answer.get_data(as_text=True)
    assert not any(endpoints.dump(without=AUDIT).values())


def test_a_lesser_right_that_is_missing_is_named(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.a.installation.scope = ("task", "user")
    answer = endpoints.frame("/install", endpoints.a)
    assert answer.status_code == 200
    assert "department, sonet_group" in words_of(answer)
    assert "user_brief" not in words_of(answer)


def test_events_that_cannot_be_bound_are_named_with_what_to_do(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.control.fail("event.bind", "ERROR_WRONG_HANDLER_URL", status=400)
    answer = endpoints.frame("/install", endpoints.a)
    assert answer.status_code == 422
    assert "ERROR_WRONG_HANDLER_URL" in words_of(answer)
    assert "can be reached from the internet" in words_of(answer)
    assert "data-install-finish" not in answer.get_data(as_text=True)
    assert not any(endpoints.dump(without=AUDIT).values())
    assert endpoints.frame("/install", endpoints.a).status_code == 200


@pytest.mark.parametrize(
    ("method", "trouble"),
    [
        ("oauth/app.info", "html"),
        ("oauth/app.info", "cut"),
        ("oauth/app.info", "delay"),
        ("oauth/app.info", "busy"),
        ("profile", "html"),
        ("batch", "lose"),
        ("batch", "fail"),
    ],
)
def test_a_server_in_trouble_is_told_in_words_and_nothing_is_stored(
    endpoints: EndpointHarness, method: str, trouble: str
) -> None:
    endpoints.control.install(endpoints.a.host)
    plan(endpoints, method, trouble)
    answer = endpoints.frame("/install", endpoints.a)
    assert answer.status_code == 502
    assert "could not be reached. Nothing was changed." in words_of(answer)
    assert "Retry-After" in answer.headers
    assert ancestors(answer) == "http://localhost:8900"
    assert not any(endpoints.dump(without=AUDIT).values())
    endpoints.control.heal()
    assert endpoints.frame("/install", endpoints.a).status_code == 200


def plan(endpoints: EndpointHarness, method: str, trouble: str) -> None:
    """Plan trouble with a method for longer than anybody tries."""
    if trouble == "delay":
        endpoints.control.delay(method, seconds=100.0, times=9)
    elif trouble == "fail":
        endpoints.control.fail(method, "INTERNAL_SERVER_ERROR", times=9)
    elif trouble == "busy":
        endpoints.control.fail(method, "QUERY_LIMIT_EXCEEDED", times=9)
    else:
        getattr(endpoints.control, trouble)(method, times=9)
