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


def choose(window: PortalWindow, *names: str) -> None:
    """Tick people or departments in the open dialog and confirm."""
    for name in names:
        window.page.get_by_role("dialog").get_by_label(name, exact=False).first.check()
    window.page.get_by_role("button", name="Select").click()


def test_one_person_is_found_and_chosen(installed: World, window: PortalWindow) -> None:
    window.open()
    key = window.send("selectUser", {"title": "Who answers?", "mult": False})
    dialog = window.page.get_by_role("dialog", name="Who answers?")
    dialog.get_by_role("searchbox").fill("quinn")
    assert dialog.get_by_role("radio").count() == 1
    choose(window, "Quinn Lambert")
    assert window.heard(key) == [
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
    assert window.page.get_by_role("dialog").count() == 0


def test_several_people_come_ordered_by_id(installed: World, window: PortalWindow) -> None:
    window.open()
    key = window.send("selectUser", {"mult": True}, "sdk")
    choose(window, "Robert Mason", "Vera Stone", "Alice Carter")
    assert [person["id"] for person in window.heard(key)[0]] == ["1", "3", "18"]


def test_nobody_dismissed_or_from_outside_is_offered(
    installed: World, window: PortalWindow
) -> None:
    window.open()
    key = window.send("selectUser", {"mult": True})
    dialog = window.page.get_by_role("dialog")
    for absent in ("Olga West", "Eve Extranet"):
        dialog.get_by_role("searchbox").fill(absent)
        assert dialog.get_by_text("Nothing found").is_visible()
    choose(window)
    assert window.heard(key) == [[]]


@pytest.mark.parametrize("command", ["selectUser", "selectAccess", "selectCRM"])
def test_a_dismissed_dialog_gives_no_answer(
    installed: World, window: PortalWindow, command: str
) -> None:
    window.open()
    dialog = window.page.get_by_role("dialog")
    by_button = window.send(command, {})
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="detached")
    by_key = window.send(command, {})
    dialog.wait_for()
    window.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert window.silent(by_button)
    assert window.silent(by_key)


def test_access_is_chosen_by_code(installed: World, window: PortalWindow) -> None:
    window.open()
    key = window.send("selectAccess", {"value": ["U2"]})
    dialog = window.page.get_by_role("dialog")
    dialog.wait_for()
    assert dialog.get_by_label("Boris Lee").is_checked()
    for code in ("AU", "D4", "DR2", "SG10"):
        dialog.locator(f"input[value={code}]").check()
    choose(window)
    assert window.heard(key)[0] == [
        {"id": "AU", "name": "All employees"},
        {"id": "DR2", "name": "Sales and sub-departments"},
        {"id": "D4", "name": "IT"},
        {"id": "U2", "name": "Boris Lee"},
        {"id": "SG10", "name": "Website"},
    ]


def test_the_crm_is_empty(installed: World, window: PortalWindow) -> None:
    window.open()
    key = window.send("selectCRM", {"entityType": ["lead", "deal"], "multiple": True})
    choose(window)
    assert window.heard(key) == [{"lead": {}, "deal": {}}]


def test_dialogs_speak_the_persons_language(installed: World, window: PortalWindow) -> None:
    window.open(query="&lang=ru")
    window.send("selectAccess", {})
    dialog = window.page.get_by_role("dialog", name="Выбор сотрудников и отделов")
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
    installed: World, window: PortalWindow, path: str, heading: str
) -> None:
    window.open()
    key = window.send("openPath", {"path": path})
    panel = window.page.frame_locator(PANEL)
    panel.get_by_role("heading", name=heading, level=1).wait_for()
    assert panel.get_by_role("navigation").count() == 0
    address = window.page.locator(PANEL).get_attribute("src")
    assert "from=rest_placement" in address
    assert "from_app=1" in address
    assert window.silent(key)
    window.page.get_by_role("button", name="Close").click()
    assert window.heard(key) == [{"result": "close"}]


def test_links_in_a_panel_stay_in_the_panel(installed: World, window: PortalWindow) -> None:
    window.open()
    window.send("openPath", {"path": "/workgroups/group/11/"})
    panel = window.page.frame_locator(PANEL)
    panel.get_by_role("link", name="Purchases").click()
    panel.locator("[data-flow-id='102']").wait_for()
    assert panel.get_by_role("navigation").count() == 0


def test_enter_in_the_search_field_does_not_choose(installed: World, window: PortalWindow) -> None:
    window.open()
    key = window.send("selectUser", {"mult": False})
    search = window.page.get_by_role("searchbox", name="Find", exact=True)
    search.fill("vera")
    search.press("Enter")
    assert window.silent(key)
    choose(window, "Vera Stone")
    assert window.heard(key)[0]["id"] == "3"


def test_other_addresses_are_not_opened(installed: World, window: PortalWindow) -> None:
    window.open()
    refused = {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
    for path in FORBIDDEN:
        assert window.ask("openPath", {"path": path}) == refused, path
    assert window.page.get_by_role("dialog").count() == 0


def test_the_application_opens_itself_in_a_panel_and_closes_it(
    installed: World, window: PortalWindow
) -> None:
    window.open()
    key = window.send("openApplication", {"flow": "12", "bx24_width": 640, "bx24_title": "Edit"})
    inner = window.frame(within=PANEL)
    assert window.page.locator(PANEL).bounding_box()["width"] == 640
    assert window.page.locator(PANEL).get_attribute("title") == "Edit"
    told = inner.evaluate("child.ask('sdk', 'getInitData')")
    assert told["PLACEMENT_OPTIONS"]["flow"] == "12"
    assert told["PLACEMENT_OPTIONS"]["IFRAME"] == "Y"
    assert window.silent(key)
    inner.evaluate("void child.send('bx24', 'closeApplication')")
    assert window.heard(key) == [None]
    assert window.page.get_by_role("dialog").count() == 0


def test_closing_the_application_on_its_own_page_leads_to_the_flows(
    installed: World, window: PortalWindow
) -> None:
    window.open()
    window.send("closeApplication")
    window.page.wait_for_url("**/tasks/flow/")
    assert APPLICATION not in window.page.url
