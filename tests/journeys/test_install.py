"""Installing: an administrator opens the installer, and the portal is ours; or it says why not."""

from __future__ import annotations

import pytest

from tests.support.endpoint_harness import AUDIT, EndpointHarness, ancestors, meta, words_of


def stored_portals(doors: EndpointHarness) -> list[str]:
    return [portal.domain for portal in doors.container.portals.all()]


def bound(doors: EndpointHarness) -> dict[str, list[str]]:
    """The handlers on portal A by event."""
    found: dict[str, list[str]] = {}
    for handler in doors.a.handlers:
        found.setdefault(handler.event, []).append(handler.url)
    return found


def test_an_administrator_installs(stored_doors: EndpointHarness) -> None:
    doors = stored_doors
    doors.control.install(doors.a.host)
    answer = doors.frame("/install", doors.a)
    assert answer.status_code == 200
    assert "data-install-finish" in answer.get_data(as_text=True)
    assert "Connected to localhost:8900" in words_of(answer)
    assert (meta(answer, "portal"), ancestors(answer)) == ("http://localhost:8900",) * 2
    (portal,) = doors.container.portals.all()
    assert (portal.member_id, portal.domain) == (doors.a.member_id, "localhost:8900")
    assert (portal.status, portal.installer_id, portal.authorization) == ("installing", 1, "ok")
    assert portal.scope == ("task", "user_brief", "department", "sonet_group")
    url = "http://127.0.0.1:8000/events"
    assert bound(doors) == {
        "ONAPPINSTALL": [url],
        "ONAPPUPDATE": [url],
        "ONAPPUNINSTALL": [url],
    }
    assert doors.way_out.hosts == {"localhost:8901", "localhost:8900"}


def test_a_russian_portal_reads_russian(doors: EndpointHarness) -> None:
    doors.control.install(doors.b.host)
    answer = doors.frame("/install", doors.b)
    assert 'lang="ru"' in answer.get_data(as_text=True)
    assert "Подключ" in words_of(answer)
    assert doors.container.portals.find(doors.b.member_id).language == "ru"


def test_installing_again_does_no_harm(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    first, second = (doors.frame("/install", doors.a) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert stored_portals(doors) == ["localhost:8900"]
    assert {len(urls) for urls in bound(doors).values()} == {1}


def test_an_older_portal_leaves_out_what_is_new(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    assert doors.frame("/install", doors.a, legacy=True).status_code == 200
    assert stored_portals(doors) == ["localhost:8900"]


def test_a_new_version_is_installed_again_and_binds_its_events_again(
    settled: EndpointHarness,
) -> None:
    doors = settled
    key = doors.container.api_keys.create(doors.a.member_id, "a program's")
    doors.control.update(doors.a.host)
    assert bound(doors) == {}
    assert doors.frame("/install", doors.a).status_code == 200
    doors.control.finish(doors.a.host)
    assert [answer.status_code for answer in doors.deliver()] == [200, 200]
    assert set(bound(doors)) == {"ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL"}
    assert doors.container.api_keys.check(key) is not None


def test_a_portal_that_came_back_starts_clean_and_works(settled: EndpointHarness) -> None:
    doors = settled
    key = doors.container.api_keys.create(doors.a.member_id, "a program's")
    old = doors.a.application_token
    doors.control.uninstall(doors.a.host)
    assert [answer.status_code for answer in doors.deliver()] == [200]
    doors.control.reinstall(doors.a.host)
    assert doors.a.application_token != old
    assert doors.frame("/install", doors.a).status_code == 200
    doors.control.finish(doors.a.host)
    assert [answer.status_code for answer in doors.deliver()] == [200]
    assert doors.container.api_keys.check(key) is None
    assert doors.frame("/", doors.a).status_code == 200


def test_a_portal_that_came_back_without_ever_saying_goodbye_works(
    settled: EndpointHarness,
) -> None:
    doors = settled
    doors.control.uninstall(doors.a.host)
    doors.events.clear()
    doors.control.reinstall(doors.a.host)
    assert doors.frame("/install", doors.a).status_code == 200
    doors.control.finish(doors.a.host)
    assert [answer.status_code for answer in doors.deliver()] == [200]
    assert doors.frame("/", doors.a).status_code == 200
    assert doors.event(doors.a, "ONAPPUNINSTALL").status_code == 200


@pytest.mark.parametrize(
    ("user_id", "status", "words"),
    [
        (3, 403, "Only an administrator of this Bitrix24 can do this"),
        (6, 403, "Only an administrator of this Bitrix24 can do this"),
        (5, 403, "could not be proven"),
    ],
)
def test_nobody_else_can_install(
    doors: EndpointHarness, user_id: int, status: int, words: str
) -> None:
    doors.control.install(doors.a.host)
    answer = doors.frame("/install", doors.a, user_id)
    assert answer.status_code == status
    assert words in words_of(answer)
    assert not any(doors.dump(without=AUDIT).values())
    assert bound(doors) == {}


def test_without_the_right_to_work_with_tasks_nothing_is_stored(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.a.installation.scope = ("user_brief",)
    answer = doors.frame("/install", doors.a)
    assert answer.status_code == 422
    assert "was not granted the right to work with tasks" in words_of(answer)
    assert "data-install-finish" not in answer.get_data(as_text=True)
    assert not any(doors.dump(without=AUDIT).values())


def test_a_lesser_right_that_is_missing_is_named(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.a.installation.scope = ("task", "user")
    answer = doors.frame("/install", doors.a)
    assert answer.status_code == 200
    assert "department, sonet_group" in words_of(answer)
    assert "user_brief" not in words_of(answer)


def test_events_that_cannot_be_bound_are_named_with_what_to_do(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.control.fail("event.bind", "ERROR_WRONG_HANDLER_URL", status=400)
    answer = doors.frame("/install", doors.a)
    assert answer.status_code == 422
    assert "ERROR_WRONG_HANDLER_URL" in words_of(answer)
    assert "can be reached from the internet" in words_of(answer)
    assert "data-install-finish" not in answer.get_data(as_text=True)
    assert not any(doors.dump(without=AUDIT).values())
    assert doors.frame("/install", doors.a).status_code == 200


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
    doors: EndpointHarness, method: str, trouble: str
) -> None:
    doors.control.install(doors.a.host)
    plan(doors, method, trouble)
    answer = doors.frame("/install", doors.a)
    assert answer.status_code == 502
    assert "could not be reached. Nothing was changed; try again later." in words_of(answer)
    assert "Retry-After" in answer.headers
    assert ancestors(answer) == "http://localhost:8900"
    assert not any(doors.dump(without=AUDIT).values())
    doors.control.heal()
    assert doors.frame("/install", doors.a).status_code == 200


def plan(doors: EndpointHarness, method: str, trouble: str) -> None:
    """Plan trouble with a method for longer than anybody tries."""
    if trouble == "delay":
        doors.control.delay(method, seconds=100.0, times=9)
    elif trouble == "fail":
        doors.control.fail(method, "INTERNAL_SERVER_ERROR", times=9)
    elif trouble == "busy":
        doors.control.fail(method, "QUERY_LIMIT_EXCEEDED", times=9)
    else:
        getattr(doors.control, trouble)(method, times=9)
