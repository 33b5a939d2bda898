"""Bitrix24's own library of the frame, as npm brings it, opens in the emulator's page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.contract.official_page import OfficialApp
from tests.emulator.control import Control
from tests.emulator.frame.window import PortalWindow

pytestmark = pytest.mark.browser


@pytest.fixture
def window(official_app: OfficialApp, browser: Browser) -> Iterator[PortalWindow]:
    """A seat at the portal, where the application was just installed and not finished."""
    with official_app.window(browser) as window:
        yield window


@pytest.mark.promise("Bitrix24's own library for the frame starts in the emulated page")
def test_it_learns_who_opened_it_where(window: PortalWindow) -> None:
    Control(window.world).finish()
    frame = window.open(user_id=2, query="&lang=ru")
    form = window.child.opened[-1].form
    assert frame.evaluate("[child.isInit, child.isInstallMode]") == [True, False]
    assert frame.evaluate("[child.getLang(), child.placement.title]") == ["ru", "DEFAULT"]
    known = frame.evaluate("child.auth.getAuthData()")
    assert {name: known[name] for name in ("access_token", "refresh_token", "member_id")} == {
        "access_token": form["AUTH_ID"],
        "refresh_token": form["REFRESH_ID"],
        "member_id": form["member_id"],
    }
    assert known["domain"] == f"http://{window.portal.host}"
    assert 3500 < known["expires_in"] <= 3600


def test_the_first_time_is_each_persons_own(window: PortalWindow) -> None:
    Control(window.world).finish()
    opened = "[child.isFirstRun, child.auth.isAdmin]"
    assert [window.open(user_id).evaluate(opened) for user_id in (1, 1, 2)] == [
        [True, True],
        [False, True],
        [True, False],
    ]


def test_it_finishes_the_installation_once(window: PortalWindow) -> None:
    installer = window.open()
    assert installer.evaluate("[child.isFirstRun, child.isInstallMode]") == [True, True]
    with window.page.expect_navigation(url="**install_finished=Y**"):
        installer.evaluate("void child.installFinish()")
    assert window.portal.installation.installed
    refused = window.frame().evaluate("child.installFinish().catch((error) => error.code)")
    assert refused == "JSSDK_FRAME_INSTALL_ALREADY_FINISHED"
