"""Bitrix24's own library of the frame uses what the emulator's page offers an application."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame

from tests.contract.official_page import OfficialApp
from tests.emulator.control import Control
from tests.emulator.frame.window import PortalWindow

pytestmark = pytest.mark.browser

CALL = """child.actions.v2.call
    .make({ method: 'tasks.flow.Flow.get', params: { flowId: 101 } })
    .then((answer) => answer.getData().result)"""


@pytest.fixture(scope="module")
def window(official_app: OfficialApp, browser: Browser) -> Iterator[PortalWindow]:
    """A seat at the portal for all tests, the application open for Alice."""
    with official_app.window(browser) as window:
        Control(window.world).finish()
        window.open()
        yield window


@pytest.fixture
def frame(window: PortalWindow) -> Frame:
    """The application; the library is called `child` in it."""
    return window.frame()


def choose(window: PortalWindow, *labels: str) -> None:
    """Tick rows of the open dialog and confirm."""
    for label in labels:
        window.page.get_by_role("dialog").get_by_label(label, exact=False).first.check()
    window.page.get_by_role("button", name="Select").click()


def answer(frame: Frame, call: str) -> dict[str, object]:
    """What the portal answers; the library itself does when it has waited for 0.9 seconds."""
    answers = (frame.evaluate(f"child.parent.{call}") for _ in range(4))
    return next(found for found in answers if found != {"isSafely": True})


def test_it_sets_the_title(frame: Frame, window: PortalWindow) -> None:
    assert answer(frame, "setTitle('Flows: a \"title\"')") == {"title": 'Flows: a "title"'}
    assert window.page.title() == 'Flows: a "title"'


def test_it_fits_the_frame_to_its_content(frame: Frame, window: PortalWindow) -> None:
    frame.evaluate("document.querySelector('main').style.height = '1234px'")
    assert answer(frame, "fitWindow()")["height"] >= 1234
    assert window.page.locator("iframe[data-frame]").bounding_box()["height"] >= 1234
    assert answer(frame, "resizeWindow(700, 500)") == {"width": 700, "height": 500}


@pytest.mark.promise("Bitrix24's own library for the frame starts in the emulated page")
def test_it_refreshes_its_tokens(frame: Frame, window: PortalWindow) -> None:
    before = frame.evaluate("child.auth.getAuthData()")
    renewed = frame.evaluate("child.auth.refreshAuth()")
    assert renewed["access_token"] != before["access_token"]
    assert renewed["access_token"] in window.world.auth.by_access
    assert frame.evaluate("child.auth.getAuthData()")["refresh_token"] == renewed["refresh_token"]


def test_one_person_is_picked(frame: Frame, window: PortalWindow) -> None:
    frame.evaluate("window.picked = child.dialog.selectUser(), undefined")
    choose(window, "Vera Stone")
    person = frame.evaluate("picked")
    assert (person["id"], person["name"]) == ("3", "Vera Stone")


@pytest.mark.promise("Bitrix24's own library for the frame starts in the emulated page")
def test_several_people_are_picked(frame: Frame, window: PortalWindow) -> None:
    frame.evaluate("window.picked = child.dialog.selectUsers(), undefined")
    choose(window, "Vera Stone", "Boris Lee")
    assert [person["id"] for person in frame.evaluate("picked")] == ["2", "3"]


def test_departments_and_projects_are_picked_by_code(frame: Frame, window: PortalWindow) -> None:
    frame.evaluate("window.picked = child.dialog.selectAccess(['U2']), undefined")
    dialog = window.page.get_by_role("dialog")
    for code in ("DR4", "SG10"):
        dialog.locator(f"input[value={code}]").check()
    choose(window)
    assert [one["id"] for one in frame.evaluate("picked")] == ["DR4", "U2", "SG10"]


def test_it_calls_the_portal_from_the_browser(frame: Frame, window: PortalWindow) -> None:
    assert frame.evaluate(CALL)["name"] == "IT help desk"
    Control(window.world).expire_tokens()
    assert frame.evaluate(CALL)["name"] == "IT help desk"
    assert ["401" in trouble for trouble in window.troubles] == [True]  # the browser's own remark
    window.troubles.clear()
