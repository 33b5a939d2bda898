"""The portal's pages in a real browser: readable by everybody, at a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.emulator.control import Control
from tests.emulator.frame.window import APPLICATION, PortalWindow
from tests.emulator.state import World

pytestmark = pytest.mark.browser

PAGES = (
    APPLICATION,
    "/marketplace/",
    "/company/personal/user/1/tasks/flow/",
    "/company/personal/user/2/",
    "/workgroups/",
    "/workgroups/group/10/",
)


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_pages_are_accessible_and_fit(
    installed: World, seat: PortalWindow, language: str, width: int
) -> None:
    seat.page.set_viewport_size({"width": width, "height": 800})
    for path in PAGES:
        seat.go(f"{path}?lang={language}")
        assert seat.page.locator("html").get_attribute("lang") == language
        assert seat.page.evaluate("document.documentElement.scrollWidth") <= width
        result = Axe().run(seat.page)
        assert result.violations_count == 0, result.generate_report()


def test_the_frame_is_as_wide_as_the_content_of_the_product(
    installed: World, seat: PortalWindow
) -> None:
    seat.open()
    assert seat.page.locator("iframe[data-frame]").bounding_box()["width"] == 1000
    seat.page.set_viewport_size({"width": 400, "height": 800})
    assert seat.page.locator("iframe[data-frame]").bounding_box()["width"] == 400


def test_the_menu_folds_away_on_a_phone(installed: World, seat: PortalWindow) -> None:
    seat.page.set_viewport_size({"width": 400, "height": 800})
    seat.open()
    link = seat.page.get_by_role("link", name="Flows of this portal")
    assert not link.is_visible()
    seat.page.get_by_role("button", name="Main menu").click()
    link.click()
    assert seat.page.locator("[data-flow-id]").count() == 4


def test_a_person_and_a_language_are_chosen_on_the_page(
    installed: World, seat: PortalWindow
) -> None:
    seat.open()
    seat.page.get_by_label("Person").select_option(label="Boris Lee")
    seat.page.wait_for_function("document.querySelector('#as').value === '2'")
    seat.frame()
    assert seat.ask("getInitData")["IS_ADMIN"] is False
    seat.page.get_by_role("link", name="RU").click()
    assert seat.page.get_by_role("link", name="Потоки портала").is_visible()
    seat.frame()
    assert seat.child.opened[-1].query["LANG"] == "ru"


def test_the_application_leaves_by_the_market(installed: World, seat: PortalWindow) -> None:
    seat.go("/marketplace/?as=1")
    seat.page.get_by_label("Delete application settings and data").check()
    seat.page.get_by_role("button", name="Delete").click()
    assert seat.page.get_by_role("button", name="Install").is_visible()
    assert installed.portal(seat.portal.host).installation is None


def test_a_new_version_is_installed_again_before_others_may_use_it(
    installed: World, seat: PortalWindow
) -> None:
    Control(installed).update()
    seat.go("/?as=2")
    assert seat.page.get_by_role("heading", name="not fully installed").is_visible()
    seat.open(user_id=1)
    assert seat.child.opened[-1].path == "/install"
    assert seat.ask("getInitData")["FIRST_RUN"] is True
