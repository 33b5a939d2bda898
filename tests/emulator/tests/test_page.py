"""The portal's page without a browser: what is launched, who may launch it, what flows hold."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.person import Person
from tests.emulator.state import World
from tests.emulator.visit import Elements, Visit

APPLICATION = "/marketplace/app/1/"
FLOWS = "/company/personal/user/1/tasks/flow/"


@pytest.fixture
def visit(world: World) -> Visit:
    """A visit to the portals."""
    return Visit(world)


def test_the_frame_is_named_and_posted_to_as_the_product_does(
    world: World, control: Control, a: Portal, visit: Visit
) -> None:
    page = visit.look(a, f"{APPLICATION}?as=2&lang=ru&deal=42")
    [frame], [form] = page.all("iframe", **{"data-frame": None}), page.all("form", method="post")
    query = {name: values[0] for name, values in parse_qs(urlsplit(form["action"]).query).items()}
    assert query["DOMAIN"] == "localhost:8900"
    assert query["PROTOCOL"] == "0"
    assert query["LANG"] == "ru"
    assert frame["name"] == form["target"] == f"localhost:8900|0|{query['APP_SID']}"
    assert frame["title"] == "Управление потоками"
    assert form["action"].startswith("http://127.0.0.1:8000/?DOMAIN=")
    posted = {field["name"]: field["value"] for field in page.all("input", type="hidden")}
    assert list(posted) == [
        "deal", "AUTH_ID", "AUTH_EXPIRES", "REFRESH_ID", "SERVER_ENDPOINT", "APPLICATION_TOKEN",
        "APPLICATION_SCOPE", "member_id", "status", "PLACEMENT", "PLACEMENT_OPTIONS",
    ]  # fmt: skip
    assert json.loads(posted["PLACEMENT_OPTIONS"]) == {"deal": "42"}
    assert posted["member_id"] == a.member_id
    assert world.auth.by_access[posted["AUTH_ID"]].user_id == 2


def test_the_installer_opens_until_it_has_finished(world: World, a: Portal, visit: Visit) -> None:
    assert visit.look(a, "/?as=1").all("button", **{"data-install": None})
    visit.post(a, "/marketplace/install/")
    assert (
        visit.look(a, "/").all("form", method="post")[0]["action"].startswith(world.app.install_url)
    )
    Control(world).finish()
    assert (
        visit.look(a, "/")
        .all("form", method="post")[0]["action"]
        .startswith("http://127.0.0.1:8000/?")
    )


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The application is not fully installed yet"),
        ("ru", "Приложение ещё не установлено до конца"),
    ],
)
def test_ordinary_people_wait_for_the_installation(
    world: World, a: Portal, visit: Visit, begun: bool, language: str, sentence: str
) -> None:
    if begun:
        Control(world).install()
    page = visit.look(a, f"/?as=2&lang={language}")
    assert sentence in page.text
    assert page.all("iframe") == []
    assert page.all("button", **{"data-install": None}) == []


def test_ordinary_people_cannot_install_or_remove(
    world: World, control: Control, a: Portal, visit: Visit
) -> None:
    visit.get(a, "/?as=2")
    for deed in ("install", "uninstall"):
        assert visit.post(a, f"/marketplace/{deed}/").status_code == 403
    assert visit.post(a, "/bitrix/services/frame/finish").json == {"finished": False}
    assert a.installation.installed


def test_who_has_no_access_or_did_not_pay_sees_why(
    control: Control, a: Portal, visit: Visit
) -> None:
    control.deny(3)
    assert "You have no access to this application" in visit.look(a, f"{APPLICATION}?as=3").text
    control.payment(expired=True)
    assert "The paid period has ended" in visit.look(a, f"{APPLICATION}?as=1").text


def test_the_page_of_flows_shows_what_get_answers(
    control: Control, a: Portal, alice: Person, visit: Visit
) -> None:
    shown = visit.flows(a, FLOWS)
    assert sorted(shown) == [101, 102, 103, 104]
    for flow_id, values in shown.items():
        stored = alice.read(flow_id)
        assert values == {name: stored[name] for name in values}
        assert set(stored) - set(values) == {"trialFeatureEnabled"}


def test_the_page_of_flows_says_values_in_words(control: Control, a: Portal, visit: Visit) -> None:
    words = visit.look(a, f"{FLOWS}?as=1&lang=en&apply_filter=Y&ID_from=103&ID_to=103").text
    for said in (
        "Self-assign tasks",
        "Vera Stone, Sales",
        "Jack Ellis, Sales North and sub-",
        "4 h",
    ):
        assert said in words
    assert "4 ч" in visit.look(a, f"{FLOWS}?lang=ru&editFormFlowId=103").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?apply_filter=Y&ID_numsel=exact&ID_from=102&ID_to=102", [102]),
        ("?apply_filter=Y&ID_from=999", []),
        ("?ID_from=102", [101, 102, 103, 104]),
        ("?editFormFlowId=103", [103]),
        ("?find=CONT", [103]),
    ],
)
def test_the_page_of_flows_is_narrowed(
    world: World, a: Portal, visit: Visit, query: str, found: list[int]
) -> None:
    assert sorted(visit.flows(a, FLOWS + query)) == found


def test_two_portals_keep_their_person_and_language_apart(
    control: Control, a: Portal, b: Portal, visit: Visit
) -> None:
    visit.look(a, "/?as=3&lang=ru")
    assert visit.look(a, FLOWS).all("option", selected=None)[0]["value"] == "3"
    assert visit.look(b, FLOWS).all("option", selected=None)[0]["value"] == "1"
    assert visit.look(a, FLOWS).all("html")[0]["lang"] == "ru"
    visit.look(a, "/?as=5&lang=xx")
    assert visit.look(a, FLOWS).all("option", selected=None)[0]["value"] == "3"


def test_hidden_projects_are_for_their_members_and_administrators(
    control: Control, a: Portal, visit: Visit
) -> None:
    for person, sees in ((1, True), (20, True), (2, False), (6, False)):
        page = visit.look(a, f"/workgroups/?as={person}")
        assert bool(page.all("tr", **{"data-group-id": "14"})) is sees
        assert visit.get(a, "/workgroups/group/14/").status_code == (200 if sees else 404)


def test_a_renamed_portal_leads_on(control: Control, a: Portal, visit: Visit) -> None:
    control.rename("renamed.example")
    answer = visit.client.get(f"{FLOWS}?as=1", base_url="http://localhost:8900")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"http://renamed.example{FLOWS}?as=1"


def test_no_script_stands_in_the_page(control: Control, a: Portal, visit: Visit) -> None:
    answer = visit.get(a, APPLICATION)
    scripts = Elements(answer.text).all("script")
    assert {urlsplit(script["src"]).netloc for script in scripts} == {""}
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert all(visit.get(a, script["src"]).status_code == 200 for script in scripts)
