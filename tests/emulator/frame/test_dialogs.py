"""The portal's dialogs and side panels that an application in the frame can open."""

import pytest

from tests.emulator.frame.window import APPLICATION, PortalWindow
from tests.emulator.state import World

pytestmark = pytest.mark.browser

PANEL = "dialog.panel iframe"
FORBIDDEN = (
    "/",
    "/company/",
    "/company/personal/user/me/",
    "/workgroups/group/10",
    "/crm/lead",
    "/settings/",
    "//other.example/marketplace/",
    "https://other.example/marketplace/",
    "",
    None,
)


def choose(seat: PortalWindow, *names: str) -> None:
    """Tick people or departments in the open dialog and confirm."""
    for name in names:
        seat.page.get_by_role("dialog").get_by_label(name, exact=False).first.check()
    seat.page.get_by_role("button", name="Select").click()


def test_one_person_is_found_and_chosen(installed: World, seat: PortalWindow) -> None:
    seat.open()
    key = seat.send("selectUser", {"title": "Who answers?", "mult": False})
    dialog = seat.page.get_by_role("dialog", name="Who answers?")
    dialog.get_by_role("searchbox").fill("quinn")
    assert dialog.get_by_role("radio").count() == 1
    choose(seat, "Quinn Lambert")
    assert seat.heard(key) == [
        {
            "id": "17",
            "name": "Quinn Lambert",
            "sub": False,
            "sup": False,
            "position": "Support engineer",
            "photo": "",
            "url": "/company/personal/user/17/",
        }
    ]
    assert seat.page.get_by_role("dialog").count() == 0


def test_several_people_come_ordered_by_id(installed: World, seat: PortalWindow) -> None:
    seat.open()
    key = seat.send("selectUser", {"mult": True}, "sdk")
    choose(seat, "Robert Mason", "Vera Stone", "Alice Carter")
    assert [person["id"] for person in seat.heard(key)[0]] == ["1", "3", "18"]


def test_nobody_dismissed_or_from_outside_is_offered(installed: World, seat: PortalWindow) -> None:
    seat.open()
    key = seat.send("selectUser", {"mult": True})
    dialog = seat.page.get_by_role("dialog")
    for absent in ("Olga West", "Eve Extranet"):
        dialog.get_by_role("searchbox").fill(absent)
        assert dialog.get_by_text("Nothing found").is_visible()
    choose(seat)
    assert seat.heard(key) == [[]]


@pytest.mark.parametrize("command", ["selectUser", "selectAccess", "selectCRM"])
def test_a_dismissed_dialog_gives_no_answer(
    installed: World, seat: PortalWindow, command: str
) -> None:
    seat.open()
    dialog = seat.page.get_by_role("dialog")
    by_button = seat.send(command, {})
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="detached")
    by_key = seat.send(command, {})
    dialog.wait_for()
    seat.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert seat.silent(by_button)
    assert seat.silent(by_key)


def test_access_is_chosen_by_code(installed: World, seat: PortalWindow) -> None:
    seat.open()
    key = seat.send("selectAccess", {"value": ["U2"]})
    dialog = seat.page.get_by_role("dialog")
    dialog.wait_for()
    assert dialog.get_by_label("Boris Lee").is_checked()
    for code in ("AU", "D4", "DR2", "SG10"):
        dialog.locator(f"input[value={code}]").check()
    choose(seat)
    assert seat.heard(key)[0] == [
        {"id": "AU", "name": "All employees"},
        {"id": "DR2", "name": "Sales and sub-departments"},
        {"id": "D4", "name": "IT"},
        {"id": "U2", "name": "Boris Lee"},
        {"id": "SG10", "name": "Website"},
    ]


def test_the_crm_is_empty(installed: World, seat: PortalWindow) -> None:
    seat.open()
    key = seat.send("selectCRM", {"entityType": ["lead", "deal"], "multiple": True})
    choose(seat)
    assert seat.heard(key) == [{"lead": {}, "deal": {}}]


def test_dialogs_speak_the_persons_language(installed: World, seat: PortalWindow) -> None:
    seat.open(query="&lang=ru")
    seat.send("selectAccess", {})
    dialog = seat.page.get_by_role("dialog", name="Выбор сотрудников и отделов")
    dialog.get_by_role("button", name="Выбрать").wait_for()
    assert dialog.get_by_text("Люди").is_visible()


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        (
            "/company/personal/user/1/tasks/flow/?apply_filter=Y&ID_from=102&ID_to=102",
            "Flows of this portal",
        ),
        ("/company/personal/user/2/", "Boris Lee"),
        ("/workgroups/group/10/tasks/", "Website"),
        ("/marketplace/detail/bx24app.flows/", "Market"),
    ],
)
def test_a_page_of_the_portal_opens_beside(
    installed: World, seat: PortalWindow, path: str, heading: str
) -> None:
    seat.open()
    key = seat.send("openPath", {"path": path})
    panel = seat.page.frame_locator(PANEL)
    panel.get_by_role("heading", name=heading, level=1).wait_for()
    assert panel.get_by_role("navigation").count() == 0
    address = seat.page.locator(PANEL).get_attribute("src")
    assert "from=rest_placement" in address
    assert "from_app=1" in address
    assert seat.silent(key)
    seat.page.get_by_role("button", name="Close").click()
    assert seat.heard(key) == [{"result": "close"}]


def test_links_in_a_panel_stay_in_the_panel(installed: World, seat: PortalWindow) -> None:
    seat.open()
    seat.send("openPath", {"path": "/workgroups/group/11/"})
    panel = seat.page.frame_locator(PANEL)
    panel.get_by_role("link", name="Purchases").click()
    panel.locator("[data-flow-id='102']").wait_for()
    assert panel.get_by_role("navigation").count() == 0


def test_enter_in_the_search_field_does_not_choose(installed: World, seat: PortalWindow) -> None:
    seat.open()
    key = seat.send("selectUser", {"mult": False})
    search = seat.page.get_by_role("searchbox", name="Find", exact=True)
    search.fill("vera")
    search.press("Enter")
    assert seat.silent(key)
    choose(seat, "Vera Stone")
    assert seat.heard(key)[0]["id"] == "3"


def test_other_addresses_are_not_opened(installed: World, seat: PortalWindow) -> None:
    seat.open()
    refused = {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
    for path in FORBIDDEN:
        assert seat.ask("openPath", {"path": path}) == refused, path
    assert seat.page.get_by_role("dialog").count() == 0


def test_the_application_opens_itself_in_a_panel_and_closes_it(
    installed: World, seat: PortalWindow
) -> None:
    seat.open()
    key = seat.send("openApplication", {"flow": "12", "bx24_width": 640, "bx24_title": "Edit"})
    inner = seat.frame(within=PANEL)
    assert seat.page.locator(PANEL).bounding_box()["width"] == 640
    assert seat.page.locator(PANEL).get_attribute("title") == "Edit"
    told = inner.evaluate("child.ask('sdk', 'getInitData')")
    assert told["PLACEMENT_OPTIONS"]["flow"] == "12"
    assert told["PLACEMENT_OPTIONS"]["IFRAME"] == "Y"
    assert seat.silent(key)
    inner.evaluate("void child.send('bx24', 'closeApplication')")
    assert seat.heard(key) == [None]
    assert seat.page.get_by_role("dialog").count() == 0


def test_closing_the_application_on_its_own_page_leads_to_the_flows(
    installed: World, seat: PortalWindow
) -> None:
    seat.open()
    seat.send("closeApplication")
    seat.page.wait_for_url("**/tasks/flow/")
    assert APPLICATION not in seat.page.url
