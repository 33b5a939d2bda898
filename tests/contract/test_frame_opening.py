"""Bitrix24's own library of the frame, as npm brings it, opens in the emulator's page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.contract.official_page import Theatre
from tests.emulator.control import Control
from tests.emulator.frame.window import PortalWindow

pytestmark = pytest.mark.browser


@pytest.fixture
def seat(theatre: Theatre, browser: Browser) -> Iterator[PortalWindow]:
    """A seat at the portal, where the application was just installed and not finished."""
    with theatre.seat(browser) as seat:
        yield seat


def test_it_learns_who_opened_it_where(seat: PortalWindow) -> None:
    Control(seat.world).finish()
    frame = seat.open(user_id=2, query="&lang=ru")
    form = seat.child.opened[-1].form
    assert frame.evaluate("[child.isInit, child.isInstallMode]") == [True, False]
    assert frame.evaluate("[child.getLang(), child.placement.title]") == ["ru", "DEFAULT"]
    known = frame.evaluate("child.auth.getAuthData()")
    assert {name: known[name] for name in ("access_token", "refresh_token", "member_id")} == {
        "access_token": form["AUTH_ID"],
        "refresh_token": form["REFRESH_ID"],
        "member_id": form["member_id"],
    }
    assert known["domain"] == f"http://{seat.portal.host}"
    assert 3500 < known["expires_in"] <= 3600


def test_the_first_time_is_each_persons_own(seat: PortalWindow) -> None:
    Control(seat.world).finish()
    opened = "[child.isFirstRun, child.auth.isAdmin]"
    assert [seat.open(user_id).evaluate(opened) for user_id in (1, 1, 2)] == [
        [True, True],
        [False, True],
        [True, False],
    ]


def test_it_finishes_the_installation_once(seat: PortalWindow) -> None:
    installer = seat.open()
    assert installer.evaluate("[child.isFirstRun, child.isInstallMode]") == [True, True]
    with seat.page.expect_navigation(url="**install_finished=Y**"):
        installer.evaluate("void child.installFinish()")
    assert seat.portal.installation.installed
    refused = seat.frame().evaluate("child.installFinish().catch((error) => error.code)")
    assert refused == "JSSDK_FRAME_INSTALL_ALREADY_FINISHED"
