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
    installed: World, window: PortalWindow, language: str, width: int
) -> None:
    window.page.set_viewport_size({"width": width, "height": 800})
    for path in PAGES:
        window.go(f"{path}?lang={language}")
        assert window.page.locator("html").get_attribute("lang") == language
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width
        result = Axe().run(window.page)
        assert result.violations_count == 0, result.generate_report()


def test_the_frame_is_as_wide_as_the_content_of_the_product(
    installed: World, window: PortalWindow
) -> None:
    window.open()
    assert window.page.locator("iframe[data-frame]").bounding_box()["width"] == 1000
    window.page.set_viewport_size({"width": 400, "height": 800})
    assert window.page.locator("iframe[data-frame]").bounding_box()["width"] == 400


def test_the_menu_folds_away_on_a_phone(installed: World, window: PortalWindow) -> None:
    window.page.set_viewport_size({"width": 400, "height": 800})
    window.open()
    link = window.page.get_by_role("link", name="Flows of this portal")
    assert not link.is_visible()
    window.page.get_by_role("button", name="Main menu").click()
    link.click()
    assert window.page.locator("[data-flow-id]").count() == 4


def test_a_person_and_a_language_are_chosen_on_the_page(
    installed: World, window: PortalWindow
) -> None:
    window.open()
    window.page.get_by_label("Person").select_option(label="Boris Lee")
    window.page.wait_for_function("document.querySelector('#as').value === '2'")
    window.frame()
    assert window.ask("getInitData")["IS_ADMIN"] is False
    window.page.get_by_role("link", name="RU").click()
    assert window.page.get_by_role("link", name="Потоки портала").is_visible()
    window.frame()
    assert window.child.opened[-1].query["LANG"] == "ru"


def test_the_application_leaves_by_the_market(installed: World, window: PortalWindow) -> None:
    window.go("/marketplace/?as=1")
    window.page.get_by_label("Delete application settings and data").check()
    window.page.get_by_role("button", name="Delete").click()
    assert window.page.get_by_role("button", name="Install").is_visible()
    assert installed.portal(window.portal.host).installation is None


def test_a_new_version_is_installed_again_before_others_may_use_it(
    installed: World, window: PortalWindow
) -> None:
    Control(installed).update()
    window.go("/?as=2")
    assert window.page.get_by_role("heading", name="not fully installed").is_visible()
    window.open(user_id=1)
    assert window.child.opened[-1].path == "/install"
    assert window.ask("getInitData")["FIRST_RUN"] is True
