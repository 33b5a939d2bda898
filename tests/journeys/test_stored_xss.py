"""Every string a portal can send, hostile: on no page does it become more than text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from werkzeug.test import TestResponse

from tests.emulator.entities import Portal
from tests.support.browser_form import sent_by_a_browser
from tests.support.databases import Sqlite
from tests.support.endpoint_harness import EndpointHarness, session_of

HOSTILE = "\"'`><xss-probe onxss='1'></script><script>probe()</script>{{7*7}}{%raw%}${7*7}&lt;b&gt;"
SHOWN = "xss-probe"


class Reader(HTMLParser):
    """Reads a page as a browser does: elements, attributes and text."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data

    @property
    def values(self) -> list[str]:
        """What attributes say."""
        return [value or "" for _, attributes in self.elements for value in attributes.values()]


def read(answer: TestResponse) -> Reader:
    """Read a page; whatever the portal has sent must be text, or the value of an attribute."""
    reader = Reader()
    reader.feed(answer.get_data(as_text=True))
    tags = {tag for tag, _ in reader.elements}
    assert "xss-probe" not in tags
    for tag, attributes in reader.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert tag != "script" or attributes.get("src"), tag
        assert "javascript:" not in (attributes.get("href") or "").lower()
        assert not attributes.get("style")
    assert "49" not in reader.text.split()
    return reader


def poison(portal: Portal) -> None:
    """Let everything on a portal that has a name have a hostile one."""
    for number, user in portal.users.items():
        user.name, user.last_name, user.position = HOSTILE, f"{number}{HOSTILE}", HOSTILE
    for kind in (portal.departments, portal.groups):
        for number, thing in kind.items():
            thing.name = f"{number}{HOSTILE}"
    for number, template in portal.templates.items():
        template.title = f"{number}{HOSTILE}"
    for number, flow in portal.flows.items():
        flow.name, flow.description = f"{number}{HOSTILE}", HOSTILE
        flow.template_id, flow.group_id = 20, 10


@pytest.fixture(scope="module")
def hostile(sqlite: Sqlite) -> Iterator[EndpointHarness]:
    """The application, on portals on which everything is called so."""
    with EndpointHarness.open_empty(sqlite.migrated()) as endpoints:
        endpoints.install_and_deliver()
        for portal in (endpoints.a, endpoints.b):
            poison(portal)
        yield endpoints


@pytest.fixture(params=["en", "ru"])
def headers(request: pytest.FixtureRequest, hostile: EndpointHarness) -> dict[str, str]:
    """The session of an administrator, in each language."""
    return {"X-Session": session_of(hostile.frame("/", hostile.a, lang=request.param))}


@pytest.mark.promise("what a portal sends never becomes script")
@pytest.mark.threat("script in the name of a flow")
@pytest.mark.parametrize("fragment", [True, False])
@pytest.mark.parametrize(
    "path",
    [
        "/flows",
        "/flows/new",
        "/flows/new?like=101",
        "/flows/101/edit",
        "/flows/102/edit",
        "/flows/103/edit",
        "/flows/104/edit",
        "/flows/101/delete",
    ],
)
def test_pages(
    hostile: EndpointHarness, headers: dict[str, str], path: str, fragment: bool
) -> None:
    more = {"HX-Request": "true"} if fragment else {}
    answer = hostile.browser.get(path, headers=headers | more)
    assert answer.status_code == 200
    page = read(answer)
    assert SHOWN in page.text or any(SHOWN in value for value in page.values)


@pytest.mark.parametrize(
    "path",
    [
        "/pick/members?q=&everyone=1",
        "/pick/members?q=&kind=queue",
        "/pick/projects?q=",
        f"/pick/members?q={HOSTILE[:1]}",
    ],
)
def test_pickers(hostile: EndpointHarness, headers: dict[str, str], path: str) -> None:
    page = read(hostile.browser.get(path, headers=headers))
    assert SHOWN in page.text or "q=&" not in path


def test_the_picked_template_and_the_people_of_a_department(
    hostile: EndpointHarness, headers: dict[str, str]
) -> None:
    found = hostile.browser.post("/pick/template", data={"templateId": "20"}, headers=headers)
    assert SHOWN in read(found).text
    members = hostile.browser.get("/pick/departments/4/members", headers=headers)
    assert members.mimetype == "application/json"
    assert SHOWN in json.dumps(members.json)


def test_what_is_reported_after_a_deed(hostile: EndpointHarness, headers: dict[str, str]) -> None:
    for active in ("0", "1"):
        done = hostile.browser.post("/flows/101/active", data={"active": active}, headers=headers)
        assert SHOWN in read(done).text
    form = sent_by_a_browser(
        hostile.browser.get("/flows/103/edit", headers=headers).get_data(as_text=True)
    )
    form["description"] = f"{HOSTILE}!"
    saved = hostile.browser.post("/flows/103", data=form, headers=headers)
    assert saved.status_code == 200
    assert SHOWN in read(saved).text


def test_a_form_that_was_overtaken(hostile: EndpointHarness, headers: dict[str, str]) -> None:
    page = hostile.browser.get("/flows/102/edit", headers=headers).get_data(as_text=True)
    form = sent_by_a_browser(page)
    hostile.flow(102).description = f"{HOSTILE}{len(hostile.flow(102).description)}"
    form["description"] = "mine"
    overtaken = hostile.browser.post("/flows/102", data=form, headers=headers)
    assert overtaken.status_code == 200
    assert SHOWN in read(overtaken).text


def test_what_was_typed_comes_back_as_text(
    hostile: EndpointHarness, headers: dict[str, str]
) -> None:
    choice = json.dumps(["user", "3", HOSTILE, HOSTILE])
    texts = ("name", "description", "plannedCompletionTime", "templateId", "unit", "shown")
    choices = ("taskCreators", "queue", "manually", "ownerId", "groupId")
    form = dict.fromkeys(texts, HOSTILE) | dict.fromkeys(choices, choice)
    form |= {"distributionType": "queue", "taskCreators-typed": HOSTILE, "base": HOSTILE}
    for path in ("/flows", "/flows/101", "/flows/name", "/flows/sentences", "/flows/known"):
        answer = hostile.browser.post(path, data=form | {"flow": HOSTILE}, headers=headers)
        assert answer.status_code in (200, 409, 422)
        read(answer)


@pytest.mark.threat("script in the name of a flow")
@pytest.mark.parametrize("method", ["batch", "tasks.flow.Flow.get", "profile"])
def test_what_a_portal_says_when_it_refuses(
    hostile: EndpointHarness, headers: dict[str, str], method: str
) -> None:
    hostile.control.fail(method, HOSTILE, times=3, status=400, description=HOSTILE)
    seen = [
        hostile.browser.get("/flows", headers=headers),
        hostile.browser.get("/flows/101/edit", headers=headers | {"HX-Request": "true"}),
        hostile.frame("/", hostile.a),
    ]
    hostile.control.heal()
    pages = [read(answer) for answer in seen]
    assert any(SHOWN in page.text for page in pages if "Bitrix24" in page.text)


@pytest.mark.parametrize("path", ["/install", "/"])
def test_what_a_portal_says_during_an_installation(sqlite_url: str, path: str) -> None:
    with EndpointHarness.open_empty(sqlite_url) as endpoints:
        endpoints.control.install(endpoints.a.host)
        endpoints.control.fail("event.bind", HOSTILE, status=400, description=HOSTILE)
        refused = endpoints.frame(path, endpoints.a)
        assert refused.status_code == 422
        assert SHOWN in read(refused).text
        endpoints.a.installation.scope = (HOSTILE,)
        read(endpoints.frame(path, endpoints.a))


@pytest.mark.parametrize("path", ["/connect?domain=", "/", "/nowhere/", "/static/"])
def test_what_anybody_asks_for(hostile: EndpointHarness, path: str) -> None:
    read(hostile.browser.get(path + HOSTILE.replace("#", "")))
