"""The operator's commands: keys, portals, the schema, key rotation; and a start that is refused."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from tests.support.app_harness import SETTINGS
from tests.support.databases import Sqlite
from tests.support.endpoint_harness import EndpointHarness

ROOT = Path(__file__).resolve().parents[2]
BARE = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
NOT_THE_PROGRAM = shutil.ignore_patterns(
    ".*", "__pycache__", "docs", "instance", "node_modules", "tests", "static"
)
GIVEN = BARE | {
    "BX24_CLIENT_ID": SETTINGS["client_id"],
    "BX24_CLIENT_SECRET": SETTINGS["client_secret"],
    "BX24_PUBLIC_URL": "https://flows.example",
    "BX24_ENCRYPTION_KEYS": base64.urlsafe_b64encode(SETTINGS["encryption_keys"][0]).decode(),
    "SECRET_KEY": SETTINGS["secret_key"],
}


def run(*command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program of the installation, as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


def told(endpoints: EndpointHarness, *command: str) -> Result:
    """Run one of our commands in this process."""
    return endpoints.app.test_cli_runner().invoke(args=command)


def test_from_the_first_migration_to_the_first_key(sqlite: Sqlite) -> None:
    environment = GIVEN | {"DATABASE_URL": sqlite.empty()}
    migrated = run("flask", "--app", "app", "db", "upgrade", environment=environment)
    assert migrated.returncode == 0, migrated.stderr
    made = run("flask", "--app", "app", "api-keys", "create", "--operator", environment=environment)
    assert made.returncode == 0, made.stderr
    assert re.fullmatch(r"bx24_[\w-]{43}\n", made.stdout)
    assert made.stdout.strip() not in made.stderr


@pytest.mark.parametrize(
    "program",
    [
        ("flask", "--app", "app", "api-keys", "list"),
        ("gunicorn", "app:app", "--bind", "127.0.0.1:0", "--no-control-socket"),
    ],
)
def test_a_start_without_its_settings_names_every_one_of_them(program: tuple[str, ...]) -> None:
    ended = run(*program, environment=BARE | {"BX24_ENCRYPTION_KEYS": "short-and-secret"})
    assert ended.returncode == 4
    words = ended.stdout + ended.stderr
    for name in ("BX24_CLIENT_ID", "BX24_CLIENT_SECRET", "BX24_PUBLIC_URL", "SECRET_KEY"):
        assert words.count(f"{name} is missing") == 1
    assert "BX24_ENCRYPTION_KEYS must be keys of 32 random bytes each" in words
    assert "short-and-secret" not in words
    assert "Traceback" not in words


def test_a_key_of_a_portal_is_made_listed_and_revoked(installed_endpoints: EndpointHarness) -> None:
    made = told(
        installed_endpoints,
        "api-keys",
        "create",
        "--portal",
        installed_endpoints.a.member_id,
        "--label",
        "crm",
    )
    key = made.stdout.strip()
    assert (
        installed_endpoints.container.api_keys.check(key).member_id
        == installed_endpoints.a.member_id
    )
    number, portal, state, used, label = told(installed_endpoints, "api-keys", "list").stdout.split(
        "\t"
    )
    assert (portal, state, label.strip()) == (installed_endpoints.a.member_id, "active", "crm")
    assert told(installed_endpoints, "api-keys", "revoke", number).exit_code == 0
    assert installed_endpoints.container.api_keys.check(key) is None
    listed = told(installed_endpoints, "api-keys", "list").stdout
    assert "revoked" in listed
    assert key not in listed


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("api-keys", "create"), "Give either --operator or --portal MEMBER_ID"),
        (
            ("api-keys", "create", "--operator", "--portal", "x"),
            "Give either --operator or --portal",
        ),
        (("api-keys", "create", "--portal", "x" * 32), "There is no such portal"),
        (("api-keys", "revoke", "999"), "There is no such key"),
        (("api-keys", "revoke", "first"), "is not a valid integer"),
        (("portals", "forget", "x" * 32), "There is no such portal"),
        (("portals", "forget"), "Missing argument 'MEMBER_ID'"),
        (("portals", "verify", "--unseen", "x"), "is not a valid integer"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(
    installed_endpoints: EndpointHarness, command: tuple[str, ...], words: str
) -> None:
    before = installed_endpoints.dump()
    ended = told(installed_endpoints, *command)
    assert ended.exit_code != 0
    assert words in ended.output
    assert "Traceback" not in ended.output
    assert installed_endpoints.dump() == before


def test_portals_are_listed_without_secrets_and_forgotten(
    installed_endpoints: EndpointHarness,
) -> None:
    installed_endpoints.control.revoke(installed_endpoints.b.host)
    installed_endpoints.program(installed_endpoints.b).get()
    lines = told(installed_endpoints, "portals", "list").stdout.splitlines()
    assert [line.split("\t")[:4] for line in lines] == [
        [installed_endpoints.a.member_id, "localhost:8900", "active", "ok"],
        [installed_endpoints.b.member_id, "localhost:8902", "active", "lost (invalid_grant)"],
    ]
    assert (
        told(installed_endpoints, "portals", "forget", installed_endpoints.a.member_id).exit_code
        == 0
    )
    assert [portal.domain for portal in installed_endpoints.container.portals.all()] == [
        "localhost:8902"
    ]


def test_the_key_is_rotated_and_the_old_key_can_go(sqlite_url: str) -> None:
    old, new = SETTINGS["encryption_keys"][0], b"n" * 32
    with EndpointHarness.open_empty(sqlite_url) as endpoints:
        endpoints.install_and_deliver()
    with EndpointHarness.open_empty(sqlite_url, encryption_keys=(new, old)) as endpoints:
        assert told(endpoints, "tokens", "reencrypt").stdout == "4 re-encrypted.\n"
        assert told(endpoints, "tokens", "reencrypt").stdout == "0 re-encrypted.\n"
    with EndpointHarness.open_empty(sqlite_url, encryption_keys=(new,)) as endpoints:
        for member_id in (endpoints.a.member_id, endpoints.b.member_id):
            assert (
                endpoints.container.access.as_installer(
                    endpoints.container.portals.find(member_id)
                ).client
                is not None
            )
            assert endpoints.container.tokens.current(member_id, 1).access_token
        assert endpoints.container.portals.knows_application_token(
            endpoints.a.member_id, endpoints.a.application_token
        )


def test_tokens_are_kept_alive_by_a_command(installed_endpoints: EndpointHarness) -> None:
    assert told(installed_endpoints, "tokens", "keep-alive").stdout == "0 tried.\n"


def test_every_command_says_what_it_does(installed_endpoints: EndpointHarness) -> None:
    for group in ("db", "api-keys", "portals", "tokens"):
        listed = (
            told(installed_endpoints, group, "--help").stdout.partition("Commands:")[2].splitlines()
        )
        commands = [line.split() for line in listed if line.strip()]
        assert commands
        assert all(len(words) > 2 for words in commands)


def test_the_default_database_lies_in_the_project_wherever_the_operator_is(tmp_path: Path) -> None:
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=NOT_THE_PROGRAM)
    program = [sys.executable, "-m", "flask", "--app", str(copy / "app.py")]
    for command in (("db", "upgrade"), ("portals", "list")):
        ended = subprocess.run(
            [*program, *command], cwd=tmp_path, env=GIVEN, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
    file = copy / "instance/bx24app.sqlite3"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
