"""Events of a portal: early, late, twice, never, in any order, with or without tokens."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bx24app.store.models import OAuthTokenRow, PortalRow
from tests.emulator.entities import Portal
from tests.emulator.events import event_form
from tests.support.endpoint_harness import AUDIT, EndpointHarness, session_of


def status(doors: EndpointHarness, portal: Portal) -> str:
    found = doors.container.portals.known(portal.member_id)
    return found.status if found else "unknown"


def recognised(doors: EndpointHarness, portal: Portal, token: str | None = None) -> bool:
    return doors.container.portals.knows_application_token(
        portal.member_id, token or portal.application_token
    )


def test_an_event_is_answered_at_once(settled: EndpointHarness) -> None:
    answer = settled.event(settled.a, "ONTASKADD", 3)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_an_ordinary_event_asks_nobody(settled: EndpointHarness) -> None:
    before, asked = settled.dump(), len(settled.way_out.requests)
    assert settled.event(settled.a, "ONTASKADD", 3).status_code == 200
    assert settled.event(settled.a, "ONTASKADD").status_code == 200
    assert (settled.dump(), len(settled.way_out.requests)) == (before, asked)


def test_an_installation_is_active_once_it_was_finished(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.frame("/install", doors.a)
    assert status(doors, doors.a) == "installing"
    doors.control.finish(doors.a.host)
    assert [answer.status_code for answer in doors.deliver()] == [200]
    assert status(doors, doors.a) == "active"


def test_installed_may_come_before_the_installer_is_opened(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    assert doors.event(doors.a, "ONAPPINSTALL", 1).status_code == 200
    assert status(doors, doors.a) == "active"
    assert recognised(doors, doors.a)
    assert doors.frame("/install", doors.a).status_code == 200
    assert doors.frame("/", doors.a).status_code == 200
    assert len(doors.container.portals.all()) == 1


def test_installed_may_come_twice_and_late(settled: EndpointHarness) -> None:
    for _ in range(2):
        assert settled.event(settled.a, "ONAPPINSTALL", 1).status_code == 200
    assert status(settled, settled.a) == "active"
    assert settled.program(settled.a).get().status_code == 200


def test_installed_may_never_come(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.frame("/install", doors.a)
    doors.control.finish(doors.a.host)
    doors.events.clear()
    assert doors.frame("/", doors.a).status_code == 200
    assert status(doors, doors.a) == "active"
    assert doors.program(doors.a).get().status_code == 200


def test_installed_brings_the_token_that_an_older_portal_left_out(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.frame("/install", doors.a, legacy=True)
    assert not recognised(doors, doors.a)
    doors.control.finish(doors.a.host)
    assert [answer.status_code for answer in doors.deliver()] == [200]
    assert recognised(doors, doors.a)


def test_a_launch_brings_the_token_that_is_missing(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.frame("/install", doors.a, legacy=True)
    assert doors.frame("/", doors.a, 3).status_code == 200
    assert not recognised(doors, doors.a)
    assert doors.frame("/", doors.a, 1).status_code == 200
    assert recognised(doors, doors.a)


def test_a_late_installed_of_somebody_else_does_not_make_them_the_installer(
    settled: EndpointHarness,
) -> None:
    settled.a.users[4].admin = True
    assert settled.event(settled.a, "ONAPPINSTALL", 4).status_code == 200
    assert settled.container.portals.find(settled.a.member_id).installer_id == 1


def test_installed_heals_what_is_lost(settled: EndpointHarness) -> None:
    settled.control.revoke(settled.a.host, 1)
    program = settled.program(settled.a)
    assert program.get().status_code == 409
    assert settled.event(settled.a, "ONAPPINSTALL", 1).status_code == 200
    assert program.get().status_code == 200


def test_an_update_may_bring_a_new_token_and_the_old_one_dies(settled: EndpointHarness) -> None:
    old = settled.a.application_token
    settled.a.application_token = settled.world.auth.secret()
    settled.control.update(settled.a.host)
    assert [answer.status_code for answer in settled.deliver()] == [200]
    assert recognised(settled, settled.a)
    assert not recognised(settled, settled.a, old)
    assert settled.event(settled.a, "ONAPPUNINSTALL", application_token=old).status_code == 403


@pytest.mark.parametrize("name", ["ONAPPINSTALL", "ONAPPUPDATE"])
@pytest.mark.parametrize("user_id", [3, 5, 6])
def test_only_an_administrators_grant_brings_a_new_token(
    settled: EndpointHarness, name: str, user_id: int
) -> None:
    before = settled.dump(without=AUDIT)
    answer = settled.event(settled.a, name, user_id, application_token="0" * 32)
    assert answer.status_code == 403
    assert settled.dump(without=AUDIT) == before


def test_a_new_token_without_a_grant_is_not_believed(settled: EndpointHarness) -> None:
    before = settled.dump()
    for name in ("ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL"):
        assert settled.event(settled.a, name, application_token="0" * 32).status_code == 403
    assert settled.dump() == before


@pytest.mark.parametrize("clean", [True, False])
def test_a_portal_that_leaves_is_forgotten_whatever_it_keeps_itself(
    settled: EndpointHarness, clean: bool
) -> None:
    session = session_of(settled.frame("/", settled.a, 3))
    program = settled.program(settled.a)
    settled.control.uninstall(settled.a.host, clean=clean)
    assert [answer.status_code for answer in settled.deliver()] == [200]
    assert status(settled, settled.a) == "unknown"
    assert settled.browser.get("/flows", headers={"X-Session": session}).status_code == 401
    assert program.get().status_code == 401
    assert status(settled, settled.b) == "active"
    assert settled.program(settled.b).get().status_code == 200


def test_leaving_twice_is_leaving_once(settled: EndpointHarness) -> None:
    form = event_form(settled.world, settled.a, "ONAPPUNINSTALL", {"CLEAN": 1})
    assert [settled.receive(form).status_code for _ in range(3)] == [200, 403, 403]


def test_an_old_goodbye_does_not_end_a_new_installation(settled: EndpointHarness) -> None:
    """Bitrix24 keeps no order, and may hand out the same application token again."""
    goodbye = event_form(settled.world, settled.a, "ONAPPUNINSTALL", {"CLEAN": 1})
    goodbye["ts"] = str(int(goodbye["ts"]) - 60)
    settled.control.uninstall(settled.a.host)
    settled.events.clear()
    settled.control.install(settled.a.host)
    settled.frame("/install", settled.a)
    settled.control.finish(settled.a.host)
    assert settled.receive(goodbye).status_code == 200
    assert status(settled, settled.a) != "unknown"
    assert settled.program(settled.a).get().status_code == 200


def test_a_portal_whose_clock_is_wrong_can_still_leave(settled: EndpointHarness) -> None:
    goodbye = event_form(settled.world, settled.a, "ONAPPUNINSTALL", {"CLEAN": 1})
    goodbye["ts"] = "1"
    settled.control.uninstall(settled.a.host)
    settled.events.clear()
    assert settled.receive(goodbye).status_code == 200
    assert status(settled, settled.a) == "unknown"


def test_installed_that_comes_after_leaving_brings_nothing_back(settled: EndpointHarness) -> None:
    late = event_form(settled.world, settled.a, "ONAPPINSTALL", {"VERSION": 1}, user_id=1)
    settled.control.uninstall(settled.a.host)
    assert [answer.status_code for answer in settled.deliver()] == [200]
    assert settled.receive(late).status_code == 403
    assert status(settled, settled.a) == "unknown"


def test_an_event_of_an_unknown_portal_is_refused(doors: EndpointHarness) -> None:
    for name in ("ONTASKADD", "ONAPPUNINSTALL", "ONAPPINSTALL"):
        answer = doors.event(doors.a, name)
        assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert doors.is_empty
    assert doors.way_out.hosts == set()


def test_a_silent_authorization_server_leaves_everything_as_it_was(
    settled: EndpointHarness,
) -> None:
    before = settled.dump()
    settled.control.cut("oauth/app.info", times=9)
    answer = settled.event(settled.a, "ONAPPUPDATE", 1, application_token="0" * 32)
    assert answer.status_code == 502
    assert settled.dump() == before


def test_what_an_event_brings_is_stored_sealed(settled: EndpointHarness) -> None:
    settled.event(settled.a, "ONAPPUPDATE", 1)
    grants = settled.world.auth.of_portal(settled.a.member_id)
    tokens = {grant.access_token for grant in grants} | {grant.refresh_token for grant in grants}
    with settled.container.database.read() as session:
        kept = [
            row.access_token + row.refresh_token for row in session.scalars(select(OAuthTokenRow))
        ]
        kept += [row.application_token or b"" for row in session.scalars(select(PortalRow))]
    tokens.add(settled.a.application_token)
    assert [token for token in tokens for value in kept if token.encode() in value] == []
