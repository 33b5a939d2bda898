"""A portal that leaves takes its data along: searched for in the files and in every table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.emulator.entities import Portal
from tests.support.databases import TABLES, Sqlite
from tests.support.endpoint_harness import EndpointHarness, session_of, verified
from tests.support.passing_time import let_pass

FLOW = {
    "name": "Zanzibar requests",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["user", "3"]],
}


def live(endpoints: EndpointHarness, portal: Portal) -> None:
    """Let people and programs of a portal leave traces everywhere."""
    for user_id in (1, 3):
        session = session_of(endpoints.frame("/", portal, user_id))
        for path in ("/flows/new", "/pick/members?q=", f"/flows/{min(portal.flows)}/edit"):
            endpoints.browser.get(path, headers={"X-Session": session})
    program = endpoints.program(portal)
    made = program.post(FLOW, Idempotency_Key="a-key-of-the-program")
    assert made.status_code == 201, made.text
    assert program.get(made.json["id"]).status_code == 200
    endpoints.browser.get("/connect", query_string={"domain": portal.host})
    endpoints.container.journal.close()


def strings(endpoints: EndpointHarness, portal: Portal) -> dict[str, str]:
    """What would tell that the portal was here."""
    vera = portal.users[3]
    tokens = {
        f"token {number}": token
        for number, grant in enumerate(endpoints.world.auth.of_portal(portal.member_id))
        for token in (grant.access_token, grant.refresh_token)
    }
    return tokens | {
        "identity": portal.member_id,
        "domain": portal.host,
        "flow": next(iter(portal.flows.values())).name,
        "person": vera.last_name,
        "position": vera.position,
        "application token": portal.application_token,
    }


def say_goodbye(endpoints: EndpointHarness, portal: Portal) -> None:
    endpoints.control.uninstall(portal.host)
    assert [answer.status_code for answer in endpoints.deliver()] == [200]


@pytest.fixture
def file(sqlite: Sqlite) -> Path:
    """The file of an SQLite database."""
    return Path(sqlite.migrated().removeprefix("sqlite:///"))


@pytest.fixture
def used_endpoints(file: Path) -> Iterator[EndpointHarness]:
    """An application whose database file both portals have been using."""
    with EndpointHarness.open_empty(f"sqlite:///{file}") as endpoints:
        endpoints.install_and_deliver()
        for portal in (endpoints.a, endpoints.b):
            live(endpoints, portal)
        yield endpoints


def pages(file: Path) -> bytes:
    """Everything on disk: the file, the write-ahead log, and whatever else lies beside them."""
    return b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))


def found(strings: dict[str, str], pages: bytes) -> set[str]:
    """Which of the strings stand in the pages, as text or as JSON writes it."""
    return {
        name
        for name, string in strings.items()
        if string.encode() in pages or ascii(string)[1:-1].encode() in pages
    }


@pytest.mark.promise("the journal is kept for three days")
@pytest.mark.threat("data of a portal that has left")
@pytest.mark.promise("the journal is kept for three days")
@pytest.mark.threat("data of a portal that has left")
def test_nothing_is_left_of_it_in_the_file(used_endpoints: EndpointHarness, file: Path) -> None:
    mine, theirs = (
        strings(used_endpoints, used_endpoints.a),
        strings(used_endpoints, used_endpoints.b),
    )
    known = {"identity", "domain", "flow", "person", "position"}
    assert found(mine, pages(file)) == found(theirs, pages(file)) == known
    say_goodbye(used_endpoints, used_endpoints.a)
    assert found(mine, pages(file)) == set()
    assert found(theirs, pages(file)) == known


def test_the_operator_can_forget_it_as_thoroughly(
    used_endpoints: EndpointHarness, file: Path
) -> None:
    mine = strings(used_endpoints, used_endpoints.a)
    used_endpoints.app.test_cli_runner().invoke(
        args=["portals", "forget", used_endpoints.a.member_id]
    )
    assert found(mine, pages(file)) == set()


@pytest.mark.threat("data of a portal that has left")
@pytest.mark.threat("data of a portal that has left")
def test_nothing_is_left_of_it_in_any_table(stored_endpoints: EndpointHarness) -> None:
    endpoints = stored_endpoints
    endpoints.install_and_deliver()
    for portal in (endpoints.a, endpoints.b):
        live(endpoints, portal)
    mine, theirs = strings(endpoints, endpoints.a), strings(endpoints, endpoints.b)
    assert found(mine, rows(endpoints)) == found(theirs, rows(endpoints))
    say_goodbye(endpoints, endpoints.a)
    assert found(mine, rows(endpoints)) == set()
    assert {"identity", "domain", "flow", "person"} <= found(theirs, rows(endpoints))


def rows(endpoints: EndpointHarness) -> bytes:
    """Every row of every table that the database has, whether we know it or not."""
    with endpoints.container.database.engine.connect() as connection:
        lists = {"postgresql": TABLES, "sqlite": text("SELECT name FROM pragma_table_list")}
        tables = connection.execute(lists[connection.dialect.name]).scalars().all()
        return b"\n".join(
            repr(tuple(row)).encode()
            for table in tables
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608
        )


def test_a_call_that_is_still_under_way_leaves_nothing_behind(
    used_endpoints: EndpointHarness, file: Path
) -> None:
    mine, actor = (
        strings(used_endpoints, used_endpoints.a),
        used_endpoints.container.access.as_installer,
    )
    late = actor(used_endpoints.container.portals.find(used_endpoints.a.member_id))
    used_endpoints.way_out.meanwhile.append(lambda: say_goodbye(used_endpoints, used_endpoints.a))
    assert late.directory.search("", {"user"})
    assert used_endpoints.container.portals.known(used_endpoints.a.member_id) is None
    used_endpoints.container.journal.close()
    used_endpoints.container.database.shrink()
    assert found(mine, pages(file)) == set()


@pytest.mark.promise("an uninstallation whose event got lost keeps nothing for long")
def test_a_portal_whose_goodbye_got_lost_is_removed_once_it_was_confirmed_twice(
    used_endpoints: EndpointHarness, file: Path
) -> None:
    mine, theirs = (
        strings(used_endpoints, used_endpoints.a),
        strings(used_endpoints, used_endpoints.b),
    )
    known = found(theirs, pages(file))
    used_endpoints.control.uninstall(used_endpoints.a.host)  # and the event never arrives

    assert verified(used_endpoints) == "0 asked, 0 removed."
    let_pass(used_endpoints, days=8)
    assert verified(used_endpoints) == "2 asked, 0 removed."
    let_pass(used_endpoints, hours=19)
    assert verified(used_endpoints) == "1 asked, 0 removed."
    assert found(mine, pages(file)) == known
    let_pass(used_endpoints, hours=2)
    assert verified(used_endpoints) == "1 asked, 1 removed."
    assert verified(used_endpoints) == "0 asked, 0 removed."

    assert found(mine, pages(file)) == set()
    assert found(theirs, pages(file)) == known


def test_a_portal_that_came_back_is_not_removed(used_endpoints: EndpointHarness) -> None:
    program = used_endpoints.program(used_endpoints.a)
    used_endpoints.control.uninstall(used_endpoints.a.host)
    assert program.get().json["code"] == "portal_gone"
    used_endpoints.install_and_deliver()

    let_pass(used_endpoints, days=8)
    assert verified(used_endpoints) == "2 asked, 0 removed."
    let_pass(used_endpoints, days=8)
    assert verified(used_endpoints) == "2 asked, 0 removed."
