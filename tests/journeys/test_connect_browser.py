"""What only a browser decides: whether a form may lead to a portal, and a refusal be read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from bx24app.bitrix24.errors import AuthorizationLost
from tests.emulator.control import Control
from tests.support.browser_harness import APPLICATION, BrowserHarness

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_lost_portal_is_connected_again(
    stage: BrowserHarness, browser: Browser, language: str
) -> None:
    stage.install(language)
    portal, house = stage.portal(language), stage.app.extensions["bx24app"]
    Control(stage.world).revoke(portal.host)
    with pytest.raises(AuthorizationLost):
        house.access.as_installer(house.portals.find(portal.member_id)).directory.me()
    with stage.desk(browser, language) as desk:
        desk.page.set_extra_http_headers({"Accept-Language": language})
        desk.page.goto(f"{stage.world.app_url}/connect")
        field = desk.page.get_by_label(desk.say("Address of the portal"), exact=True)
        field.fill(f"http://{portal.host}/stream/")
        field.press("Enter")
        said = desk.say("%(domain)s is connected", domain=portal.host)
        expect(desk.page.get_by_role("heading", name=said)).to_be_visible()
        assert house.access.as_installer(house.portals.find(portal.member_id)).directory.me().admin


def test_a_refusal_is_read_inside_the_frame(stage: BrowserHarness, browser: Browser) -> None:
    stage.install("en")
    Control(stage.world).html("oauth/app.info", times=5)
    with stage.desk(browser) as desk:
        desk.page.goto(desk.address(APPLICATION))
        expect(desk.app.get_by_text("Wait a minute and try again.")).to_be_visible()
        assert desk.refusals == ["502 (BAD GATEWAY)"]


def test_a_refusal_of_the_list_offers_the_way_back(stage: BrowserHarness, browser: Browser) -> None:
    stage.install("en")
    control = Control(stage.world)
    control.fail("batch", "OVERLOAD_LIMIT", times=1)
    with stage.desk(browser) as desk:
        desk.page.goto(desk.address(APPLICATION))
        desk.app.get_by_role("button", name="Back to flows").click()
        expect(desk.app.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
        assert desk.refusals == ["422 (UNPROCESSABLE ENTITY)"]
