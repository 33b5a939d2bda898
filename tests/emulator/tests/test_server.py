"""The world over real sockets, and the control door as a person uses it."""

import ssl
import threading
from collections.abc import Iterator

import pytest
import requests
import trustme

from tests.emulator.control import Control
from tests.emulator.control_door import deeds
from tests.emulator.person import Person
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator


@pytest.fixture
def served() -> Iterator[World]:
    """A world at three free ports, with the application installed on portal A."""
    world = World.default()
    with serve(world, create_emulator(world)):
        Control(world).install()
        Control(world).finish()
        yield world


@pytest.fixture
def person(served: World) -> Iterator[Person]:
    """Alice, over sockets."""
    with requests.Session() as session:
        session.trust_env = False
        yield Person(served, session, Control(served).portal())


def test_connections_stay_open(person: Person) -> None:
    for _ in range(3):
        assert person.result("profile")["ID"] == "1"
    pools = person.session.get_adapter("http://").poolmanager.pools
    (pool,) = map(pools.get, pools.keys())
    assert (pool.num_connections, pool.num_requests) == (1, 3)


def test_an_answer_lost_on_a_socket(person: Person) -> None:
    Control(person.world).lose("tasks.flow.Flow.activate")
    with pytest.raises(requests.ConnectionError):
        person.ask("tasks.flow.Flow.activate", {"flowId": 102})
    assert person.read(102)["active"] is True


def test_an_answer_late_on_a_socket(person: Person) -> None:
    Control(person.world).delay("profile", seconds=0.5)
    with pytest.raises(requests.ReadTimeout):
        person.ask("profile", timeout=0.1)


def test_many_at_once(person: Person) -> None:
    seen: list[str] = []

    def call() -> None:
        with requests.Session() as session:
            session.trust_env = False
            seen.append(Person(person.world, session, person.portal).result("profile")["ID"])

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["1"] * 16


def test_the_other_sites(person: Person) -> None:
    world = person.world
    info = person.session.post(
        f"{world.server_endpoint}app.info", data={"auth": person.grant.access_token}, timeout=5
    ).json()["result"]
    assert info["install"]["client_endpoint"] == world.endpoint(person.portal)
    page = person.session.get(f"http://{world.portal_hosts[1]}/", timeout=5)
    assert page.status_code == 200
    assert person.session.head(f"http://{world.portal_hosts[1]}/", timeout=5).content == b""


def test_hosts_survive_a_reset(person: Person) -> None:
    Control(person.world).reset()
    state = person.session.get(f"{person.world.auth_origin}/_control", timeout=5).json()
    assert set(state["portals"]) == set(person.world.portal_hosts)


def test_encrypted() -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    world = World.default(scheme="https")
    with (
        serve(world, create_emulator(world), tls=tls),
        authority.cert_pem.tempfile() as certificate,
        requests.Session() as session,
    ):
        session.trust_env = False
        session.verify = certificate
        Control(world).install()
        assert Person(world, session, Control(world).portal()).result("profile")["ID"] == "1"


DOOR = "http://localhost:8900/_control"


def test_the_state_by_hand(http: requests.Session, control: Control) -> None:
    state = http.get(DOOR, timeout=5).json()
    assert state["deeds"] == deeds()
    assert state["portals"]["localhost:8900"]["installation"] == "finished"
    assert state["portals"]["localhost:8902"]["flows"] == {"201": "ИТ-поддержка"}


@pytest.mark.parametrize(
    ("deed", "given"),
    [
        ("turn_clock", {"seconds": 60}),
        ("turn-clock", {"seconds": 60}),
        ("expire_tokens", {"portal": "localhost:8902"}),
        ("revoke", {"user_id": 1}),
        ("rotation", {"strict": False}),
        ("token_lifetime", {"seconds": 60}),
        ("fail", {"method": "profile", "error": "expired_token", "times": 3}),
        ("html", {"status": 504}),
        ("delay", {"seconds": 0.1}),
        ("lose", {"method": "batch"}),
        ("cut", {}),
        ("heal", {}),
        ("bucket", {"threshold": 250, "rate": 5}),
        ("operating", {"limit": 10, "cost": 1}),
        ("rename", {"host": "new.bitrix24.com"}),
        ("language", {"language": "ru"}),
        ("dismiss", {"user_id": 2}),
        ("plan", {"has_flows": False}),
        ("update", {}),
        ("uninstall", {"clean": False}),
        ("payment", {"expired": True}),
        ("deny", {"user_id": 3}),
        ("send_event", {"event": "ONAPPTEST"}),
        ("forget_journal", {}),
        ("reset", {}),
    ],
)
def test_every_deed_by_hand(
    http: requests.Session, control: Control, deed: str, given: dict[str, object]
) -> None:
    answer = http.post(f"{DOOR}/{deed}", json=given, timeout=5)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("deed", "given", "status"),
    [
        ("nonsense", {}, 404),
        ("__init__", {}, 404),
        ("portal", {}, 404),
        ("turn_clock", {}, 400),
        ("turn_clock", {"hours": 1}, 400),
        ("dismiss", {"user_id": 999}, 400),
        ("install", {"user_id": 3}, 400),
        ("install", {"portal": "nowhere"}, 400),
        ("plan", {"colour": "blue"}, 400),
    ],
)
def test_deeds_that_cannot_be_done(
    http: requests.Session, control: Control, deed: str, given: dict[str, object], status: int
) -> None:
    answer = http.post(f"{DOOR}/{deed}", json=given, timeout=5)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_journal_by_hand(http: requests.Session, alice: Person) -> None:
    alice.result("profile")
    alice.flow("update", id=101, name="x")
    entries = http.get(f"{DOOR}/journal", params={"writes": "1"}, timeout=5).json()["result"]
    assert [entry["method"] for entry in entries] == ["tasks.flow.Flow.update"]
    counters = http.get(f"{DOOR}/counters", timeout=5).json()["result"]
    assert counters == {
        "renewals": 0,
        "refused": 0,
        "calls": {"profile": 1, "tasks.flow.Flow.update": 1},
    }


def test_a_reset_world_is_the_first_one(alice: Person, control: Control) -> None:
    alice.flow("delete", id=101)
    control.turn_clock(100)
    control.reset()
    assert control.portal().flows.keys() == {101, 102, 103, 104}
    assert control.portal().installation is None
    assert control.world.clock.turned == 0
