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
    installed: World, seat: PortalWindow, grammar: str
) -> None:
    seat.open(user_id=2, query="&lang=ru&deal=42")
    told = seat.ask("getInitData", grammar=grammar)
    form = seat.child.opened[-1].form
    assert told == {
        "LANG": "ru",
        "DOMAIN": seat.portal.host,
        "PROTOCOL": 0,
        "PATH": "/rest",
        "AUTH_ID": form["AUTH_ID"],
        "AUTH_EXPIRES": "3600",
        "REFRESH_ID": form["REFRESH_ID"],
        "MEMBER_ID": seat.portal.member_id,
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
    installed: World, seat: PortalWindow, grammar: str
) -> None:
    seat.open(user_id=2)
    told = seat.ask("refreshAuth", {}, grammar)
    grant = installed.auth.by_access[told["AUTH_ID"]]
    assert told["AUTH_ID"] != seat.child.opened[-1].form["AUTH_ID"]
    assert (grant.user_id, grant.refresh_token) == (2, told["REFRESH_ID"])
    assert 3590 <= int(told["AUTH_EXPIRES"]) <= 3600
    assert seat.ask("getInitData")["AUTH_ID"] == told["AUTH_ID"]


def test_a_failed_renewal_is_an_alert_and_no_answer(installed: World, seat: PortalWindow) -> None:
    alerts: list[str] = []

    def see(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.accept()

    seat.page.on("dialog", see)
    seat.open()
    Control(installed).fail("refreshAuth")
    with seat.page.expect_event("dialog"):
        key = seat.send("refreshAuth", {})
    assert alerts == ["Unable to get new token! Reload page, please!"]
    assert seat.silent(key)
    assert seat.troubles.pop().startswith("Failed to load resource")
    assert seat.ask("refreshAuth", {})["AUTH_ID"]


def test_only_this_application_in_this_rendering_is_heard(
    installed: World, seat: PortalWindow
) -> None:
    frame = seat.open()
    title = seat.page.title()
    sid = frame.evaluate("child.sid")
    frame.evaluate("child.post('setTitle:{\"title\":\"Forged\"}:key:' + '0'.repeat(32))")
    seat.page.evaluate(
        'sid => window.postMessage(`setTitle:{"title":"Forged"}:key:${sid}`, \'*\')', sid
    )
    seat.ask("getInterface")
    assert seat.page.title() == title
    seat.ask("setTitle", {"title": "Heard"})
    assert seat.page.title() == "Heard"


def test_noise_is_ignored(installed: World, seat: PortalWindow) -> None:
    frame = seat.open()
    for noise in ("hello", "a:b", "", None, 7, {"method": 5}, {}, []):
        frame.evaluate("noise => child.post(noise)", noise)
    assert seat.silent(seat.send("noSuchCommand", {"any": 1}))
    assert seat.silent(seat.send("toString"))


def test_an_administrator_installs_through_the_frame(world: World, seat: PortalWindow) -> None:
    seat.go("/?as=1")
    seat.page.get_by_role("button", name="Install").click()
    seat.frame()
    assert seat.child.opened[-1].path == "/install"
    told = seat.ask("getInitData")
    assert (told["INSTALL"], told["FIRST_RUN"], told["IS_ADMIN"]) == (True, True, True)
    assert seat.ask("setInstall", {"install": True}, "sdk") == {"install": True}
    seat.send("setInstallFinish", {})
    seat.page.wait_for_url("**/?install_finished=Y")
    assert seat.frame().url.startswith(f"{seat.child.url}/?DOMAIN=")
    told = seat.ask("getInitData")
    assert (told["INSTALL"], told["FIRST_RUN"]) == (False, False)
    assert world.portal(seat.portal.host).installation.installed


def test_finishing_again_changes_nothing(installed: World, seat: PortalWindow) -> None:
    seat.open()
    assert seat.silent(seat.send("setInstallFinish", {}))
    assert "install_finished" not in seat.page.url


def test_options_are_kept_for_all_and_for_one(installed: World, seat: PortalWindow) -> None:
    seat.open()
    seat.ask("setAppOption", {"name": "colour", "value": "blue"})
    assert seat.ask("setAppOption", {"name": "size", "value": 3}) == {"colour": "blue", "size": 3}
    tour = {"name": "tour", "value": "seen: yes"}
    assert seat.ask("setUserOption", tour, "sdk") == tour
    seat.open()
    told = seat.ask("getInitData")
    assert told["APP_OPTIONS"] == {"colour": "blue", "size": 3}
    assert told["USER_OPTIONS"] == {"tour": "seen: yes"}
    seat.open(user_id=2)
    assert seat.ask("getInitData")["USER_OPTIONS"] == []
    assert seat.silent(seat.send("setAppOption", {"name": "colour", "value": "red"}))
    assert seat.ask("getInitData")["APP_OPTIONS"]["colour"] == "blue"


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ({"width": "100%", "height": 700}, {"width": 1000, "height": 700}),
        ({"width": 640, "height": 320}, {"width": 640, "height": 320}),
        ({"width": 640, "height": "320"}, {"width": 640, "height": 320}),
    ],
)
def test_the_frame_takes_the_size_it_asks_for(
    installed: World, seat: PortalWindow, wanted: object, size: dict[str, int]
) -> None:
    seat.open()
    assert seat.ask("resizeWindow", wanted) == size
    box = seat.page.locator("iframe[data-frame]").bounding_box()
    assert (box["width"], box["height"]) == (size["width"], size["height"])


def test_title_and_scroll_of_the_portals_page(installed: World, seat: PortalWindow) -> None:
    seat.open()
    assert seat.ask("setTitle", {"title": "Edit: a:b"}, "sdk") == {"title": "Edit: a:b"}
    assert seat.page.title() == "Edit: a:b"
    assert seat.page.get_by_role("heading", name="Edit: a:b").is_visible()
    seat.ask("resizeWindow", {"width": "100%", "height": 3000})
    assert seat.ask("setScroll", {"scroll": 500}) == {"scroll": 500}
    assert seat.page.evaluate("window.scrollY") == 500
    seat.ask("scrollParentWindow", {"scroll": 0})
    assert seat.page.evaluate("window.scrollY") == 0


def test_the_page_is_reloaded_on_wish(installed: World, seat: PortalWindow) -> None:
    seat.open()
    before = len(seat.child.opened)
    with seat.page.expect_navigation():
        seat.send("reloadWindow", {})
    seat.frame()
    sids = [opened.query["APP_SID"] for opened in seat.child.opened]
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
    installed: World, seat: PortalWindow, command: str, params: object, notice: str
) -> None:
    seat.open()
    assert seat.silent(seat.send(command, params))
    assert seat.page.get_by_role("status").inner_text() == notice


def test_a_placement_tells_what_it_can_and_answers_an_event_each_time(
    installed: World, seat: PortalWindow
) -> None:
    seat.open()
    told = seat.ask("getInterface")
    assert "openPath" in told["command"]
    key = seat.send("placementBindEvent", {"event": "changed"})
    assert seat.silent(key)
    for value in (1, 2):
        seat.page.locator("iframe[data-frame]").evaluate(HAPPENS, value)
    assert seat.heard(key, 2) == [1, 2]


def test_a_raw_value_may_hold_colons(installed: World, seat: PortalWindow) -> None:
    seat.open()
    assert seat.ask("setValue", '{"a":"b:c"}', "raw") is None
    assert seat.page.locator("iframe[data-frame]").get_attribute("data-value") == '{"a":"b:c"}'
