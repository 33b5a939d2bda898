"""Events of a portal: early, late, twice, never, in any order, with or without tokens."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bx24app.store.models import OAuthTokenRow, PortalRow
from tests.emulator.entities import Portal
from tests.emulator.events import event_form
from tests.support.endpoint_harness import AUDIT, EndpointHarness, session_of


def status(endpoints: EndpointHarness, portal: Portal) -> str:
    found = endpoints.container.portals.known(portal.member_id)
    return found.status if found else "unknown"


def recognised(endpoints: EndpointHarness, portal: Portal, token: str | None = None) -> bool:
    return endpoints.container.portals.knows_application_token(
        portal.member_id, token or portal.application_token
    )


def test_an_event_is_answered_at_once(installed_endpoints: EndpointHarness) -> None:
    answer = installed_endpoints.event(installed_endpoints.a, "ONTASKADD", 3)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_an_ordinary_event_asks_nobody(installed_endpoints: EndpointHarness) -> None:
    before, asked = installed_endpoints.dump(), len(installed_endpoints.way_out.requests)
    assert installed_endpoints.event(installed_endpoints.a, "ONTASKADD", 3).status_code == 200
    assert installed_endpoints.event(installed_endpoints.a, "ONTASKADD").status_code == 200
    assert (installed_endpoints.dump(), len(installed_endpoints.way_out.requests)) == (
        before,
        asked,
    )


def test_an_installation_is_active_once_it_was_finished(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.frame("/install", endpoints.a)
    assert status(endpoints, endpoints.a) == "installing"
    endpoints.control.finish(endpoints.a.host)
    assert [answer.status_code for answer in endpoints.deliver()] == [200]
    assert status(endpoints, endpoints.a) == "active"


def test_installed_may_come_before_the_installer_is_opened(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    assert endpoints.event(endpoints.a, "ONAPPINSTALL", 1).status_code == 200
    assert status(endpoints, endpoints.a) == "active"
    assert recognised(endpoints, endpoints.a)
    assert endpoints.frame("/install", endpoints.a).status_code == 200
    assert endpoints.frame("/", endpoints.a).status_code == 200
    assert len(endpoints.container.portals.all()) == 1


def test_installed_may_come_twice_and_late(installed_endpoints: EndpointHarness) -> None:
    for _ in range(2):
        assert (
            installed_endpoints.event(installed_endpoints.a, "ONAPPINSTALL", 1).status_code == 200
        )
    assert status(installed_endpoints, installed_endpoints.a) == "active"
    assert installed_endpoints.program(installed_endpoints.a).get().status_code == 200


def test_installed_may_never_come(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.frame("/install", endpoints.a)
    endpoints.control.finish(endpoints.a.host)
    endpoints.events.clear()
    assert endpoints.frame("/", endpoints.a).status_code == 200
    assert status(endpoints, endpoints.a) == "active"
    assert endpoints.program(endpoints.a).get().status_code == 200


def test_installed_brings_the_token_that_an_older_portal_left_out(
    endpoints: EndpointHarness,
) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.frame("/install", endpoints.a, legacy=True)
    assert not recognised(endpoints, endpoints.a)
    endpoints.control.finish(endpoints.a.host)
    assert [answer.status_code for answer in endpoints.deliver()] == [200]
    assert recognised(endpoints, endpoints.a)


def test_a_launch_brings_the_token_that_is_missing(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.frame("/install", endpoints.a, legacy=True)
    assert endpoints.frame("/", endpoints.a, 3).status_code == 200
    assert not recognised(endpoints, endpoints.a)
    assert endpoints.frame("/", endpoints.a, 1).status_code == 200
    assert recognised(endpoints, endpoints.a)


def test_a_late_installed_of_somebody_else_does_not_make_them_the_installer(
    installed_endpoints: EndpointHarness,
) -> None:
    installed_endpoints.a.users[4].admin = True
    assert installed_endpoints.event(installed_endpoints.a, "ONAPPINSTALL", 4).status_code == 200
    assert (
        installed_endpoints.container.portals.find(installed_endpoints.a.member_id).installer_id
        == 1
    )


def test_installed_heals_what_is_lost(installed_endpoints: EndpointHarness) -> None:
    installed_endpoints.control.revoke(installed_endpoints.a.host, 1)
    program = installed_endpoints.program(installed_endpoints.a)
    assert program.get().status_code == 409
    assert installed_endpoints.event(installed_endpoints.a, "ONAPPINSTALL", 1).status_code == 200
    assert program.get().status_code == 200


def test_an_update_may_bring_a_new_token_and_the_old_one_dies(
    installed_endpoints: EndpointHarness,
) -> None:
    old = installed_endpoints.a.application_token
    installed_endpoints.a.application_token = installed_endpoints.world.auth.secret()
    installed_endpoints.control.update(installed_endpoints.a.host)
    assert [answer.status_code for answer in installed_endpoints.deliver()] == [200]
    assert recognised(installed_endpoints, installed_endpoints.a)
    assert not recognised(installed_endpoints, installed_endpoints.a, old)
    assert (
        installed_endpoints.event(
            installed_endpoints.a, "ONAPPUNINSTALL", application_token=old
        ).status_code
        == 403
    )


@pytest.mark.threat("an ordinary person who plants an application token")
@pytest.mark.parametrize("name", ["ONAPPINSTALL", "ONAPPUPDATE"])
@pytest.mark.parametrize("user_id", [3, 5, 6])
def test_only_an_administrators_token_brings_a_new_token(
    installed_endpoints: EndpointHarness, name: str, user_id: int
) -> None:
    before = installed_endpoints.dump(without=AUDIT)
    answer = installed_endpoints.event(
        installed_endpoints.a, name, user_id, application_token="0" * 32
    )
    assert answer.status_code == 403
    assert installed_endpoints.dump(without=AUDIT) == before


def test_a_new_token_without_a_token_is_not_believed(installed_endpoints: EndpointHarness) -> None:
    before = installed_endpoints.dump()
    for name in ("ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL"):
        assert (
            installed_endpoints.event(
                installed_endpoints.a, name, application_token="0" * 32
            ).status_code
            == 403
        )
    assert installed_endpoints.dump() == before


@pytest.mark.parametrize("clean", [True, False])
def test_a_portal_that_leaves_is_forgotten_whatever_it_keeps_itself(
    installed_endpoints: EndpointHarness, clean: bool
) -> None:
    session = session_of(installed_endpoints.frame("/", installed_endpoints.a, 3))
    program = installed_endpoints.program(installed_endpoints.a)
    installed_endpoints.control.uninstall(installed_endpoints.a.host, clean=clean)
    assert [answer.status_code for answer in installed_endpoints.deliver()] == [200]
    assert status(installed_endpoints, installed_endpoints.a) == "unknown"
    assert (
        installed_endpoints.browser.get("/flows", headers={"X-Session": session}).status_code == 401
    )
    assert program.get().status_code == 401
    assert status(installed_endpoints, installed_endpoints.b) == "active"
    assert installed_endpoints.program(installed_endpoints.b).get().status_code == 200


def test_leaving_twice_is_leaving_once(installed_endpoints: EndpointHarness) -> None:
    form = event_form(
        installed_endpoints.world, installed_endpoints.a, "ONAPPUNINSTALL", {"CLEAN": 1}
    )
    assert [installed_endpoints.receive(form).status_code for _ in range(3)] == [200, 403, 403]


@pytest.mark.threat("a replayed or late uninstallation event")
def test_an_old_goodbye_does_not_end_a_new_installation(
    installed_endpoints: EndpointHarness,
) -> None:
    """Bitrix24 keeps no order, and may hand out the same application token again."""
    goodbye = event_form(
        installed_endpoints.world, installed_endpoints.a, "ONAPPUNINSTALL", {"CLEAN": 1}
    )
    goodbye["ts"] = str(int(goodbye["ts"]) - 60)
    installed_endpoints.control.uninstall(installed_endpoints.a.host)
    installed_endpoints.events.clear()
    installed_endpoints.control.install(installed_endpoints.a.host)
    installed_endpoints.frame("/install", installed_endpoints.a)
    installed_endpoints.control.finish(installed_endpoints.a.host)
    assert installed_endpoints.receive(goodbye).status_code == 200
    assert status(installed_endpoints, installed_endpoints.a) != "unknown"
    assert installed_endpoints.program(installed_endpoints.a).get().status_code == 200


def test_a_portal_whose_clock_is_wrong_can_still_leave(
    installed_endpoints: EndpointHarness,
) -> None:
    goodbye = event_form(
        installed_endpoints.world, installed_endpoints.a, "ONAPPUNINSTALL", {"CLEAN": 1}
    )
    goodbye["ts"] = "1"
    installed_endpoints.control.uninstall(installed_endpoints.a.host)
    installed_endpoints.events.clear()
    assert installed_endpoints.receive(goodbye).status_code == 200
    assert status(installed_endpoints, installed_endpoints.a) == "unknown"


def test_installed_that_comes_after_leaving_brings_nothing_back(
    installed_endpoints: EndpointHarness,
) -> None:
    late = event_form(
        installed_endpoints.world, installed_endpoints.a, "ONAPPINSTALL", {"VERSION": 1}, user_id=1
    )
    installed_endpoints.control.uninstall(installed_endpoints.a.host)
    assert [answer.status_code for answer in installed_endpoints.deliver()] == [200]
    assert installed_endpoints.receive(late).status_code == 403
    assert status(installed_endpoints, installed_endpoints.a) == "unknown"


def test_an_event_of_an_unknown_portal_is_refused(endpoints: EndpointHarness) -> None:
    for name in ("ONTASKADD", "ONAPPUNINSTALL", "ONAPPINSTALL"):
        answer = endpoints.event(endpoints.a, name)
        assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert endpoints.is_empty
    assert endpoints.way_out.hosts == set()


def test_a_silent_authorization_server_leaves_everything_as_it_was(
    installed_endpoints: EndpointHarness,
) -> None:
    before = installed_endpoints.dump()
    installed_endpoints.control.cut("oauth/app.info", times=9)
    answer = installed_endpoints.event(
        installed_endpoints.a, "ONAPPUPDATE", 1, application_token="0" * 32
    )
    assert answer.status_code == 502
    assert installed_endpoints.dump() == before


def test_what_an_event_brings_is_stored_encrypted(installed_endpoints: EndpointHarness) -> None:
    installed_endpoints.event(installed_endpoints.a, "ONAPPUPDATE", 1)
    grants = installed_endpoints.world.auth.of_portal(installed_endpoints.a.member_id)
    tokens = {grant.access_token for grant in grants} | {grant.refresh_token for grant in grants}
    with installed_endpoints.container.database.read() as session:
        kept = [
            row.access_token + row.refresh_token for row in session.scalars(select(OAuthTokenRow))
        ]
        kept += [row.application_token or b"" for row in session.scalars(select(PortalRow))]
    tokens.add(installed_endpoints.a.application_token)
    assert [token for token in tokens for value in kept if token.encode() in value] == []
