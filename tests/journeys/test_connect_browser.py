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
    served_app: BrowserHarness, browser: Browser, language: str
) -> None:
    served_app.install(language)
    portal, container = served_app.portal(language), served_app.app.extensions["bx24app"]
    Control(served_app.world).revoke(portal.host)
    with pytest.raises(AuthorizationLost):
        container.access.as_installer(container.portals.find(portal.member_id)).directory.me()
    with served_app.window(browser, language) as window:
        window.page.set_extra_http_headers({"Accept-Language": language})
        window.page.goto(f"{served_app.world.app_url}/connect")
        field = window.page.get_by_label(window.say("Address of the portal"), exact=True)
        field.fill(f"http://{portal.host}/stream/")
        field.press("Enter")
        said = window.say("%(domain)s is connected", domain=portal.host)
        expect(window.page.get_by_role("heading", name=said)).to_be_visible()
        assert (
            container.access.as_installer(container.portals.find(portal.member_id))
            .directory.me()
            .admin
        )


def test_a_refusal_is_read_inside_the_frame(served_app: BrowserHarness, browser: Browser) -> None:
    served_app.install("en")
    Control(served_app.world).html("oauth/app.info", times=5)
    with served_app.window(browser) as window:
        window.page.goto(window.address(APPLICATION))
        expect(window.app.get_by_text("Wait a minute and try again.")).to_be_visible()
        assert window.refusals == ["502 (BAD GATEWAY)"]


def test_a_refusal_of_the_list_offers_the_way_back(
    served_app: BrowserHarness, browser: Browser
) -> None:
    served_app.install("en")
    control = Control(served_app.world)
    control.fail("batch", "OVERLOAD_LIMIT", times=1)
    with served_app.window(browser) as window:
        window.page.goto(window.address(APPLICATION))
        window.app.get_by_role("button", name="Back to flows").click()
        expect(window.app.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
        assert window.refusals == ["422 (UNPROCESSABLE ENTITY)"]
