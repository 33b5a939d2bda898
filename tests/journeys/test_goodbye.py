"""A portal that leaves takes its data along: searched for in the files and in every table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.emulator.entities import Portal
from tests.support.databases import TABLES, Sqlite
from tests.support.endpoint_harness import EndpointHarness, session_of
from tests.support.passing_time import let_pass

FLOW = {
    "name": "Zanzibar requests",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["user", "3"]],
}


def live(doors: EndpointHarness, portal: Portal) -> None:
    """Let people and programs of a portal leave traces everywhere."""
    for user_id in (1, 3):
        session = session_of(doors.frame("/", portal, user_id))
        for path in ("/flows/new", "/pick/members?q=", f"/flows/{min(portal.flows)}/edit"):
            doors.browser.get(path, headers={"X-Session": session})
    program = doors.program(portal)
    made = program.post(FLOW, Idempotency_Key="a-key-of-the-program")
    assert made.status_code == 201, made.text
    assert program.get(made.json["id"]).status_code == 200
    doors.browser.get("/connect", query_string={"domain": portal.host})
    doors.container.journal.close()


def strings(doors: EndpointHarness, portal: Portal) -> dict[str, str]:
    """What would tell that the portal was here."""
    vera = portal.users[3]
    tokens = {
        f"token {number}": token
        for number, grant in enumerate(doors.world.auth.of_portal(portal.member_id))
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


def say_goodbye(doors: EndpointHarness, portal: Portal) -> None:
    doors.control.uninstall(portal.host)
    assert [answer.status_code for answer in doors.deliver()] == [200]


@pytest.fixture
def file(sqlite: Sqlite) -> Path:
    """The file of an SQLite database."""
    return Path(sqlite.migrated().removeprefix("sqlite:///"))


@pytest.fixture
def lived_in(file: Path) -> Iterator[EndpointHarness]:
    """Doors in whose file both portals have lived."""
    with EndpointHarness.open_empty(f"sqlite:///{file}") as doors:
        doors.settle()
        for portal in (doors.a, doors.b):
            live(doors, portal)
        yield doors


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


def test_nothing_is_left_of_it_in_the_file(lived_in: EndpointHarness, file: Path) -> None:
    mine, theirs = strings(lived_in, lived_in.a), strings(lived_in, lived_in.b)
    known = {"identity", "domain", "flow", "person", "position"}
    assert found(mine, pages(file)) == found(theirs, pages(file)) == known
    say_goodbye(lived_in, lived_in.a)
    assert found(mine, pages(file)) == set()
    assert found(theirs, pages(file)) == known


def test_the_operator_can_forget_it_as_thoroughly(lived_in: EndpointHarness, file: Path) -> None:
    mine = strings(lived_in, lived_in.a)
    lived_in.app.test_cli_runner().invoke(args=["portals", "forget", lived_in.a.member_id])
    assert found(mine, pages(file)) == set()


def test_nothing_is_left_of_it_in_any_table(stored_doors: EndpointHarness) -> None:
    doors = stored_doors
    doors.settle()
    for portal in (doors.a, doors.b):
        live(doors, portal)
    mine, theirs = strings(doors, doors.a), strings(doors, doors.b)
    assert found(mine, rows(doors)) == found(theirs, rows(doors))
    say_goodbye(doors, doors.a)
    assert found(mine, rows(doors)) == set()
    assert {"identity", "domain", "flow", "person"} <= found(theirs, rows(doors))


def rows(doors: EndpointHarness) -> bytes:
    """Every row of every table that the database has, whether we know it or not."""
    with doors.container.database.engine.connect() as connection:
        lists = {"postgresql": TABLES, "sqlite": text("SELECT name FROM pragma_table_list")}
        tables = connection.execute(lists[connection.dialect.name]).scalars().all()
        return b"\n".join(
            repr(tuple(row)).encode()
            for table in tables
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608
        )


def test_a_call_that_is_still_under_way_leaves_nothing_behind(
    lived_in: EndpointHarness, file: Path
) -> None:
    mine, actor = strings(lived_in, lived_in.a), lived_in.container.access.as_installer
    late = actor(lived_in.a.member_id)
    lived_in.way_out.meanwhile.append(lambda: say_goodbye(lived_in, lived_in.a))
    assert late.directory.search("", {"user"})
    assert lived_in.container.portals.known(lived_in.a.member_id) is None
    lived_in.container.journal.close()
    lived_in.container.database.shrink()
    assert found(mine, pages(file)) == set()


def test_a_portal_whose_goodbye_got_lost_is_forgotten_after_a_week(
    lived_in: EndpointHarness, file: Path
) -> None:
    mine, theirs = strings(lived_in, lived_in.a), strings(lived_in, lived_in.b)
    known = found(theirs, pages(file))
    program = lived_in.program(lived_in.a)
    lived_in.control.uninstall(lived_in.a.host)  # and the event never arrives
    assert program.get().json["code"] == "portal_gone"

    assert sweep(lived_in) == "0 forgotten.\n"
    assert found(mine, pages(file)) == known
    let_pass(lived_in, days=8)
    assert sweep(lived_in) == "1 forgotten.\n"
    assert sweep(lived_in) == "0 forgotten.\n"

    assert found(mine, pages(file)) == set()
    assert found(theirs, pages(file)) == known


def test_a_portal_that_came_back_is_not_forgotten(lived_in: EndpointHarness) -> None:
    program = lived_in.program(lived_in.a)
    lived_in.control.uninstall(lived_in.a.host)
    assert program.get().json["code"] == "portal_gone"
    lived_in.settle()

    let_pass(lived_in, days=8)
    assert sweep(lived_in) == "0 forgotten.\n"


def sweep(doors: EndpointHarness) -> str:
    """What the operator's daily command says."""
    command = ["portals", "forget", "--gone", "7"]
    return doors.app.test_cli_runner().invoke(args=command).stdout
