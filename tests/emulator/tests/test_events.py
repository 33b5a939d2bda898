"""The life of the application on a portal, and the events that tell of it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from tests.emulator import events
from tests.emulator.conftest import Meet
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.installation import NotAllowed
from tests.emulator.launch import launch_form, launch_url
from tests.emulator.person import Person
from tests.emulator.state import Notice, World

HANDLER = "http://127.0.0.1:8000/events"
LIFE = ("ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL")


def bind(person: Person) -> None:
    """Bind a handler to every event of the application's life."""
    for event in LIFE:
        assert person.result("event.bind", {"event": event, "handler": HANDLER}) is True


@pytest.fixture
def installer(world: World, control: Control, meet: Meet, a: Portal) -> Person:
    """Alice in an installation that is not finished, with handlers bound."""
    control.uninstall()
    control.install()
    person = meet(a, 1)
    bind(person)
    return person


def fields(notice: Notice) -> dict[str, str]:
    """The form without what differs each time."""
    fresh = {"ts", "auth[access_token]", "auth[refresh_token]", "auth[expires]"}
    return {name: value for name, value in notice.form.items() if name not in fresh}


def test_the_end_of_an_installation(
    installer: Person, control: Control, posted: list[Notice]
) -> None:
    assert installer.result("app.info")["INSTALLED"] is False
    assert control.finish() is True
    assert installer.result("app.info")["INSTALLED"] is True
    assert control.finish() is False
    (notice,) = posted
    assert notice.url == HANDLER
    assert fields(notice) == {
        "event": "ONAPPINSTALL",
        "event_handler_id": "1",
        "data[VERSION]": "1",
        "data[ACTIVE]": "Y",
        "data[INSTALLED]": "Y",
        "data[LANGUAGE_ID]": "en",
        "auth[domain]": "localhost:8900",
        "auth[server_endpoint]": "http://localhost:8901/rest/",
        "auth[client_endpoint]": "http://localhost:8900/rest/",
        "auth[member_id]": "a223c6b3710f85df22e9377d6c4f7553",
        "auth[application_token]": "ec1b2074a9d3f5c81b6e40d27a95cf38",
        "auth[status]": "F",
        "auth[scope]": "task,user_brief,department,sonet_group",
        "auth[expires_in]": notice.form["auth[expires_in]"],
        "auth[user_id]": "1",
    }
    assert notice.form["auth[expires_in]"] in {"3599", "3600"}
    installer.grant = installer.world.auth.by_access[notice.form["auth[access_token]"]]
    assert installer.result("profile")["ID"] == "1"
    assert installer.grant.refresh_token == notice.form["auth[refresh_token]"]


def test_an_ordinary_person_neither_installs_nor_finishes(
    installer: Person, control: Control, posted: list[Notice]
) -> None:
    with pytest.raises(NotAllowed):
        control.install(user_id=3)
    assert control.finish(user_id=3) is False
    assert posted == []


def test_nothing_is_heard_before_the_end(
    installer: Person, control: Control, posted: list[Notice]
) -> None:
    control.send_event("ONAPPUPDATE")
    control.uninstall()
    assert posted == []


@pytest.mark.parametrize("clean", [True, False])
def test_leaving(installer: Person, control: Control, posted: list[Notice], clean: bool) -> None:
    control.finish()
    installer.result("app.option.set", {"options": {"colour": "blue"}})
    posted.clear()
    control.uninstall(clean=clean)
    (notice,) = posted
    assert fields(notice) == {
        "event": "ONAPPUNINSTALL",
        "event_handler_id": "3",
        "data[LANGUAGE_ID]": "en",
        "data[CLEAN]": str(int(clean)),
        "auth[domain]": "localhost:8900",
        "auth[server_endpoint]": "http://localhost:8901/rest/",
        "auth[client_endpoint]": "http://localhost:8900/rest/",
        "auth[member_id]": "a223c6b3710f85df22e9377d6c4f7553",
        "auth[application_token]": "ec1b2074a9d3f5c81b6e40d27a95cf38",
    }
    assert "auth[access_token]" not in notice.form
    assert installer.portal.app_options == ({} if clean else {"colour": "blue"})


def test_coming_back(
    installer: Person, control: Control, posted: list[Notice], meet: Meet, a: Portal
) -> None:
    control.finish()
    control.uninstall()
    control.reinstall()
    posted.clear()
    assert installer.error("profile")[:2] == (401, "invalid_token")
    again = meet(a, 1)
    assert again.result("event.get") == []
    bind(again)
    control.finish()
    token = posted[0].form["auth[application_token]"]
    assert token == a.application_token
    assert token != "ec1b2074a9d3f5c81b6e40d27a95cf38"


def test_a_new_version(installer: Person, control: Control, posted: list[Notice]) -> None:
    control.finish()
    posted.clear()
    control.update()
    (notice,) = posted
    assert notice.form["event"] == "ONAPPUPDATE"
    assert notice.form["data[VERSION]"] == "2"
    assert notice.form["data[PREVIOUS_VERSION]"] == "1"
    assert "auth[refresh_token]" in notice.form
    assert installer.result("event.get") == []
    assert installer.result("app.info")["INSTALLED"] is False
    assert launch_url(installer.world, installer.portal) == "http://127.0.0.1:8000/install"


@pytest.mark.parametrize("user_id", [None, 3])
def test_an_event_with_and_without_tokens(
    installer: Person, control: Control, posted: list[Notice], user_id: int | None
) -> None:
    control.finish()
    installer.result("event.bind", {"event": "OnTaskAdd", "handler": HANDLER})
    posted.clear()
    data = {"FIELDS_BEFORE": "undefined", "FIELDS_AFTER": {"ID": 501}}
    control.send_event("ontaskadd", data, user_id=user_id)
    (notice,) = posted
    assert notice.form["data[FIELDS_AFTER][ID]"] == "501"
    assert notice.form.get("auth[user_id]") == (None if user_id is None else "3")
    assert ("auth[access_token]" in notice.form) is (user_id is not None)
    assert "auth[refresh_token]" not in notice.form


@pytest.mark.parametrize(
    ("given", "status", "error"),
    [
        ({"event": "ONNONSENSE", "handler": HANDLER}, 400, "ERROR_EVENT_NOT_FOUND"),
        ({"event": "ONAPPUPDATE", "handler": "ftp://x.y/z"}, 400, "ERROR_UNSUPPORTED_PROTOCOL"),
        ({"event": "ONAPPUPDATE", "handler": "http://localhost/e"}, 400, "ERROR_WRONG_HANDLER_URL"),
        ({"event": "onappinstall", "handler": HANDLER}, 400, "ERROR_CORE"),
    ],
)
def test_handlers_that_cannot_be_bound(
    installer: Person, given: dict[str, str], status: int, error: str
) -> None:
    assert installer.error("event.bind", given)[:2] == (status, error)


def test_only_administrators_bind_with_the_token_of_another(vera: Person) -> None:
    given = {"event": "ONAPPUPDATE", "handler": HANDLER, "auth_type": 1}
    assert vera.error("event.bind", given)[:2] == (403, "ACCESS_DENIED")
    assert vera.result("event.bind", given | {"auth_type": 3}) is True


def test_taking_handlers_away(installer: Person) -> None:
    given = {"event": "onAppInstall", "handler": HANDLER}
    assert installer.result("event.unbind", given) == {"count": 1}
    assert installer.result("event.unbind", given) == {"count": 0}
    left = {row["event"] for row in installer.result("event.get")}
    assert left == {"ONAPPUPDATE", "ONAPPUNINSTALL"}


class Listener(BaseHTTPRequestHandler):
    """Keeps the forms that were posted to it and answers 500."""

    heard: list[tuple[str, dict[str, list[str]]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.heard.append((self.headers["Content-Type"], parse_qs(body)))
        self.send_response(500)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[HTTPServer]:
    """A real server that handlers can point to."""
    Listener.heard = []
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_post_over_the_network_once(
    alice: Person, control: Control, listener: HTTPServer
) -> None:
    url = f"http://127.0.0.1:{listener.server_port}/events"
    alice.result("event.bind", {"event": "ONAPPTEST", "handler": url})
    alice.result("event.bind", {"event": "ONAPPTEST", "handler": "http://127.0.0.1:1/nobody"})
    control.send_event("ONAPPTEST", {"any": "thing"}, user_id=1)
    events.BACKGROUND.join()
    ((kind, form),) = Listener.heard
    assert kind == "application/x-www-form-urlencoded"
    assert form["data[any]"] == ["thing"]


@pytest.mark.parametrize("legacy", [True, False])
def test_what_the_frame_posts(world: World, control: Control, b: Portal, legacy: bool) -> None:
    query, form = launch_form(world, b, 3, legacy=legacy, options={"any": "42"})
    assert len(query.pop("APP_SID")) == 32
    assert query == {"DOMAIN": "localhost:8902", "PROTOCOL": "0", "LANG": "ru"}
    grant = world.auth.by_access[form.pop("AUTH_ID")]
    assert (grant.user_id, grant.refresh_token) == (3, form.pop("REFRESH_ID"))
    newer = {
        "SERVER_ENDPOINT": "http://localhost:8901/rest/",
        "APPLICATION_TOKEN": b.application_token,
        "APPLICATION_SCOPE": "task,user_brief,department,sonet_group",
    }
    assert form == {
        **({} if legacy else newer),
        "AUTH_EXPIRES": "3600",
        "member_id": b.member_id,
        "status": "F",
        "PLACEMENT": "DEFAULT",
        "PLACEMENT_OPTIONS": '{"any": "42"}',
    }
    assert launch_url(world, b) == "http://127.0.0.1:8000/"
