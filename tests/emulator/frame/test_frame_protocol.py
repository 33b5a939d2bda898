"""What an application in the frame says to the portal, and what it is told."""

import pytest
from playwright.sync_api import Dialog

from tests.emulator.control import Control
from tests.emulator.frame.window import PortalWindow
from tests.emulator.state import World

pytestmark = pytest.mark.browser

GRAMMARS = ("bx24", "sdk", "object")
HAPPENS = """(iframe, value) => iframe.dispatchEvent(
    new CustomEvent("placementevent", { detail: { event: "changed", value } }))"""


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_the_application_learns_who_opened_it_where(
    installed: World, window: PortalWindow, grammar: str
) -> None:
    window.open(user_id=2, query="&lang=ru&deal=42")
    told = window.ask("getInitData", grammar=grammar)
    form = window.child.opened[-1].form
    assert told == {
        "LANG": "ru",
        "DOMAIN": window.portal.host,
        "PROTOCOL": 0,
        "PATH": "/rest",
        "AUTH_ID": form["AUTH_ID"],
        "AUTH_EXPIRES": "3600",
        "REFRESH_ID": form["REFRESH_ID"],
        "MEMBER_ID": window.portal.member_id,
        "PLACEMENT": "DEFAULT",
        "PLACEMENT_OPTIONS": {"deal": "42"},
        "IS_ADMIN": False,
        "INSTALL": False,
        "FIRST_RUN": True,
        "USER_OPTIONS": [],
        "APP_OPTIONS": [],
    }


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_the_application_gets_new_tokens_of_the_person(
    installed: World, window: PortalWindow, grammar: str
) -> None:
    window.open(user_id=2)
    told = window.ask("refreshAuth", {}, grammar)
    grant = installed.auth.by_access[told["AUTH_ID"]]
    assert told["AUTH_ID"] != window.child.opened[-1].form["AUTH_ID"]
    assert (grant.user_id, grant.refresh_token) == (2, told["REFRESH_ID"])
    assert 3590 <= int(told["AUTH_EXPIRES"]) <= 3600
    assert window.ask("getInitData")["AUTH_ID"] == told["AUTH_ID"]


def test_a_failed_renewal_is_an_alert_and_no_answer(installed: World, window: PortalWindow) -> None:
    alerts: list[str] = []

    def see(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.accept()

    window.page.on("dialog", see)
    window.open()
    Control(installed).fail("refreshAuth")
    with window.page.expect_event("dialog"):
        key = window.send("refreshAuth", {})
    assert alerts == ["Unable to get new token! Reload page, please!"]
    assert window.silent(key)
    assert window.troubles.pop().startswith("Failed to load resource")
    assert window.ask("refreshAuth", {})["AUTH_ID"]


def test_only_this_application_in_this_rendering_is_heard(
    installed: World, window: PortalWindow
) -> None:
    frame = window.open()
    title = window.page.title()
    sid = frame.evaluate("child.sid")
    frame.evaluate("child.post('setTitle:{\"title\":\"Forged\"}:key:' + '0'.repeat(32))")
    window.page.evaluate(
        'sid => window.postMessage(`setTitle:{"title":"Forged"}:key:${sid}`, \'*\')', sid
    )
    window.ask("getInterface")
    assert window.page.title() == title
    window.ask("setTitle", {"title": "Heard"})
    assert window.page.title() == "Heard"


def test_noise_is_ignored(installed: World, window: PortalWindow) -> None:
    frame = window.open()
    for noise in ("hello", "a:b", "", None, 7, {"method": 5}, {}, []):
        frame.evaluate("noise => child.post(noise)", noise)
    assert window.silent(window.send("noSuchCommand", {"any": 1}))
    assert window.silent(window.send("toString"))


def test_an_administrator_installs_through_the_frame(world: World, window: PortalWindow) -> None:
    window.go("/?as=1")
    window.page.get_by_role("button", name="Install").click()
    window.frame()
    assert window.child.opened[-1].path == "/install"
    told = window.ask("getInitData")
    assert (told["INSTALL"], told["FIRST_RUN"], told["IS_ADMIN"]) == (True, True, True)
    assert window.ask("setInstall", {"install": True}, "sdk") == {"install": True}
    window.send("setInstallFinish", {})
    window.page.wait_for_url("**/?install_finished=Y")
    assert window.frame().url.startswith(f"{window.child.url}/?DOMAIN=")
    told = window.ask("getInitData")
    assert (told["INSTALL"], told["FIRST_RUN"]) == (False, False)
    assert world.portal(window.portal.host).installation.installed


def test_finishing_again_changes_nothing(installed: World, window: PortalWindow) -> None:
    window.open()
    assert window.silent(window.send("setInstallFinish", {}))
    assert "install_finished" not in window.page.url


def test_options_are_kept_for_all_and_for_one(installed: World, window: PortalWindow) -> None:
    window.open()
    window.ask("setAppOption", {"name": "colour", "value": "blue"})
    assert window.ask("setAppOption", {"name": "size", "value": 3}) == {"colour": "blue", "size": 3}
    tour = {"name": "tour", "value": "seen: yes"}
    assert window.ask("setUserOption", tour, "sdk") == tour
    window.open()
    told = window.ask("getInitData")
    assert told["APP_OPTIONS"] == {"colour": "blue", "size": 3}
    assert told["USER_OPTIONS"] == {"tour": "seen: yes"}
    window.open(user_id=2)
    assert window.ask("getInitData")["USER_OPTIONS"] == []
    assert window.silent(window.send("setAppOption", {"name": "colour", "value": "red"}))
    assert window.ask("getInitData")["APP_OPTIONS"]["colour"] == "blue"


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ({"width": "100%", "height": 700}, {"width": 1000, "height": 700}),
        ({"width": 640, "height": 320}, {"width": 640, "height": 320}),
        ({"width": 640, "height": "320"}, {"width": 640, "height": 320}),
    ],
)
def test_the_frame_takes_the_size_it_asks_for(
    installed: World, window: PortalWindow, wanted: object, size: dict[str, int]
) -> None:
    window.open()
    assert window.ask("resizeWindow", wanted) == size
    box = window.page.locator("iframe[data-frame]").bounding_box()
    assert (box["width"], box["height"]) == (size["width"], size["height"])


def test_title_and_scroll_of_the_portals_page(installed: World, window: PortalWindow) -> None:
    window.open()
    assert window.ask("setTitle", {"title": "Edit: a:b"}, "sdk") == {"title": "Edit: a:b"}
    assert window.page.title() == "Edit: a:b"
    assert window.page.get_by_role("heading", name="Edit: a:b").is_visible()
    window.ask("resizeWindow", {"width": "100%", "height": 3000})
    assert window.ask("setScroll", {"scroll": 500}) == {"scroll": 500}
    assert window.page.evaluate("window.scrollY") == 500
    window.ask("scrollParentWindow", {"scroll": 0})
    assert window.page.evaluate("window.scrollY") == 0


def test_the_page_is_reloaded_when_asked(installed: World, window: PortalWindow) -> None:
    window.open()
    before = len(window.child.opened)
    with window.page.expect_navigation():
        window.send("reloadWindow", {})
    window.frame()
    sids = [opened.query["APP_SID"] for opened in window.child.opened]
    assert len(sids) == before + 1
    assert sids[-1] != sids[-2]


@pytest.mark.parametrize(
    ("command", "params", "notice"),
    [
        ("imCallTo", {"userId": 3, "video": False}, "Calling user 3"),
        ("imPhoneTo", {"phone": "+100200"}, "Calling number +100200"),
        ("imOpenMessenger", {"dialogId": "chat5"}, "Opening chat chat5"),
        ("imOpenHistory", {"dialogId": "chat5"}, "Opening history of chat5"),
    ],
)
def test_calls_and_chats_are_accepted(
    installed: World, window: PortalWindow, command: str, params: object, notice: str
) -> None:
    window.open()
    assert window.silent(window.send(command, params))
    assert window.page.get_by_role("status").inner_text() == notice


def test_a_placement_tells_what_it_can_and_answers_an_event_each_time(
    installed: World, window: PortalWindow
) -> None:
    window.open()
    told = window.ask("getInterface")
    assert "openPath" in told["command"]
    key = window.send("placementBindEvent", {"event": "changed"})
    assert window.silent(key)
    for value in (1, 2):
        window.page.locator("iframe[data-frame]").evaluate(HAPPENS, value)
    assert window.heard(key, 2) == [1, 2]


def test_a_raw_value_may_hold_colons(installed: World, window: PortalWindow) -> None:
    window.open()
    assert window.ask("setValue", '{"a":"b:c"}', "raw") is None
    assert window.page.locator("iframe[data-frame]").get_attribute("data-value") == '{"a":"b:c"}'
