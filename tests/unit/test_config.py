"""The settings: complete or refused, with every problem named at once and no secret shown."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bx24app import database_url
from bx24app.config import Config, ConfigError

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OTHER = base64.urlsafe_b64encode(bytes(range(223, 255))).decode()
GIVEN = {
    "BX24_CLIENT_ID": "app.5f2d0c9a1b2c34.12345678",
    "BX24_CLIENT_SECRET": "a-client-secret",
    "BX24_PUBLIC_URL": "https://flows.example",
    "BX24_ENCRYPTION_KEYS": KEY,
    "SECRET_KEY": "a-session-secret",
}


def config(**changes: str) -> Config:
    return Config.from_environment(GIVEN | changes)


def problems(**changes: str) -> list[str]:
    with pytest.raises(ConfigError) as found:
        config(**changes)
    return str(found.value).splitlines()[1:]


def test_five_settings_are_enough() -> None:
    found = config()
    assert found.public_url == "https://flows.example"
    assert found.auth_servers == ("https://oauth.bitrix.info", "https://oauth.bitrix24.tech")
    assert found.database_url == f"sqlite:///{ROOT}/instance/bx24app.sqlite3"
    assert (found.allow_http, found.log_level) == (False, "INFO")
    assert found.encryption_keys == (bytes(range(32)),)


def test_a_missing_setting_is_named_and_so_is_every_other_problem() -> None:
    with pytest.raises(ConfigError) as found:
        Config.from_environment({"BX24_LOG_LEVEL": "loud", "BX24_ALLOW_HTTP": "yes"})
    assert str(found.value).splitlines() == [
        "The settings are not complete:",
        "BX24_ALLOW_HTTP must be 0 or 1",
        "BX24_CLIENT_ID is missing",
        "BX24_CLIENT_SECRET is missing",
        "BX24_PUBLIC_URL is missing",
        "BX24_ENCRYPTION_KEYS is missing",
        "SECRET_KEY is missing",
        "BX24_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
    ]


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_an_empty_setting_is_a_missing_one(name: str, blank: str) -> None:
    assert problems(**{name: blank}) == [f"{name} is missing"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BX24_PUBLIC_URL", "flows.example"),
        ("BX24_PUBLIC_URL", "http://flows.example"),
        ("BX24_PUBLIC_URL", "https://user:password-of-mine@flows.example"),
        ("BX24_PUBLIC_URL", "https://flows.example/?a=b"),
        ("BX24_PUBLIC_URL", "https://flows.example/#a"),
        ("BX24_PUBLIC_URL", "https://flows.example:port"),
        ("BX24_PUBLIC_URL", "https://[::"),
        ("BX24_PUBLIC_URL", "https://"),
        ("BX24_PUBLIC_URL", "https://flows.example/app"),
        ("BX24_AUTH_SERVERS", "oauth.bitrix.info"),
        ("BX24_AUTH_SERVERS", "http://oauth.bitrix.info"),
        ("BX24_AUTH_SERVERS", "https://oauth.bitrix.info/rest/"),
        ("BX24_AUTH_SERVERS", " , "),
        ("BX24_ENCRYPTION_KEYS", "short"),
        ("BX24_ENCRYPTION_KEYS", KEY[:-2]),
        ("BX24_ENCRYPTION_KEYS", "!" * 43),
        ("BX24_ENCRYPTION_KEYS", f"{KEY},"),
        ("BX24_ENCRYPTION_KEYS", f"{KEY},short"),
        ("DATABASE_URL", "flows.sqlite3"),
        ("BX24_ENCRYPTION_KEYS", "A" * 43),
        ("BX24_ENCRYPTION_KEYS", f"{KEY},{'AB' * 21}A"),
        ("SECRET_KEY", "fifteen-letters"),
        ("SECRET_KEY", "secret" * 10),
        ("DATABASE_URL", "mysql://db/flows"),
        ("DATABASE_URL", "postgresql+asyncpg://app:word@db/flows"),
        ("DATABASE_URL", "postgresql+psycopg2://app:word@db/flows"),
        ("DATABASE_URL", "sqlite+aiosqlite:///flows.sqlite3"),
        ("DATABASE_URL", "postgresql://app:word@db:54x/flows"),
        ("DATABASE_URL", "postgresql://app:word@db:0/flows"),
        ("DATABASE_URL", "postgresql://app:word@db:65536/flows"),
        ("DATABASE_URL", "postgresql://app:word@[::1]:-1/flows"),
        ("DATABASE_URL", "postgresql://app:word@db:54321x"),
        ("DATABASE_URL", "postgresql:///flows?host=db:54x"),
        ("DATABASE_URL", "postgresql:///flows?host=db&port=5432,x"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite://flows.sqlite3"),
        ("DATABASE_URL", "sqlite:////proc/none/flows.sqlite3"),
        ("DATABASE_URL", "sqlite:////dev/null/flows.sqlite3"),
        ("DATABASE_URL", "sqlite:////proc/flows.sqlite3"),
        ("DATABASE_URL", "sqlite:////dev/null"),
        ("DATABASE_URL", "sqlite:////tmp"),
        ("DATABASE_URL", "sqlite:////tmp/\0"),
        ("DATABASE_URL", "sqlite:///~/flows.db"),
        ("DATABASE_URL", "sqlite:///flows.db?timeout=soon"),
        ("DATABASE_URL", "sqlite:///flows.db?mode=ro&uri=true"),
        ("DATABASE_URL", "sqlite:///flows.db?cached_statements=1e99"),
        ("DATABASE_URL", "sqlite:///.?timeout=5"),
        ("DATABASE_URL", "SQLITE:///flows.db"),
        ("DATABASE_URL", "postgresql:/db/flows"),
        ("DATABASE_URL", "postgresql://db/flows?ssl_mode=require"),
        ("DATABASE_URL", "postgresql://db/flows?sslmode=yes"),
        ("DATABASE_URL", "postgresql://db/flows?sslmode=require&sslmode=disable"),
        ("DATABASE_URL", "postgresql://db/flows?connect_timeout=soon"),
        ("DATABASE_URL", "postgresql://db/flows?keepalives="),
        ("DATABASE_URL", "postgresql://db/flows?autocommit=1"),
        ("DATABASE_URL", "postgresql://db/flows\nother"),
        ("DATABASE_URL", "postgresql://\udcff/flows"),
        ("BX24_PUBLIC_URL", "https://flows example"),
        ("BX24_PUBLIC_URL", "https://flows.example\\x"),
        ("BX24_PUBLIC_URL", "https://flows.example:"),
        ("BX24_PUBLIC_URL", "https://flows.example?"),
        ("BX24_PUBLIC_URL", "https://flows.example#"),
        ("BX24_PUBLIC_URL", "https://@flows.example"),
        ("BX24_PUBLIC_URL", "https://-"),
        ("BX24_PUBLIC_URL", "https://flows..example"),
        ("BX24_PUBLIC_URL", "https://потоки.example"),
        ("BX24_PUBLIC_URL", "https://fl%6fws.example"),
        ("BX24_PUBLIC_URL", "https://flows.example;b"),
        ("BX24_PUBLIC_URL", f"https://{'a' * 64}.example"),
        ("BX24_PUBLIC_URL", "https://flows\u200b.example"),
        ("BX24_PUBLIC_URL", "https://\udcff.example"),
        ("BX24_AUTH_SERVERS", "https://oauth bitrix.info"),
        ("BX24_AUTH_SERVERS", "https://oauth.bitrix.info;https://oauth.bitrix24.tech"),
        ("BX24_CLIENT_ID", "app.\udcff"),
        ("BX24_CLIENT_SECRET", "two\nlines"),
        ("SECRET_KEY", "a-session-secret\u00a0with a joined space"),
        ("BX24_ENCRYPTION_KEYS", f"{KEY}\n{OTHER}"),
        ("BX24_ENCRYPTION_KEYS", "\u0660" * 43),
        ("BX24_ALLOW_HTTP", "\uff11"),
        ("BX24_ALLOW_HTTP", "true"),
        ("BX24_LOG_LEVEL", "TRACE"),
    ],
)
def test_a_malformed_setting_is_refused_without_being_repeated(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} ")
    assert value.strip(" ,") not in problem or not value.strip(" ,")


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("HTTPS://Flows.Example/", "https://flows.example"),
        ("https://flows.example:443", "https://flows.example"),
        ("https://flows.example:8443//", "https://flows.example:8443"),
        ("https://[::1]:443", "https://[::1]"),
        ("https://xn--n1adc6b.example", "https://xn--n1adc6b.example"),
    ],
)
def test_an_address_is_written_as_browsers_write_an_origin(typed: str, origin: str) -> None:
    assert config(BX24_PUBLIC_URL=typed).public_url == origin
    assert config(BX24_AUTH_SERVERS=f"{typed}, {typed}").auth_servers == (origin,)


def test_sqlite_needs_a_file() -> None:
    assert problems(DATABASE_URL="sqlite:///") == [
        "DATABASE_URL must name a file, which all processes share"
    ]


def test_several_encryption_keys_are_kept_in_order_with_or_without_padding() -> None:
    keys = config(BX24_ENCRYPTION_KEYS=f"{OTHER.rstrip('=')}, {KEY}").encryption_keys
    assert keys == (bytes(range(223, 255)), bytes(range(32)))


@pytest.mark.parametrize(
    "rest",
    [
        "app@db/flows",
        "db",
        "/flows",
        "/flows?host=/run/postgresql&port=5433",
        "app:wo:rd/x#?y@db:5432/flows?sslmode=require",
        "app@[::1]:5432/flows",
        "app@/flows?host=one:5432&host=two:5433",
    ],
)
def test_postgresql_is_driven_by_psycopg_3(rest: str) -> None:
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        url = config(DATABASE_URL=f"{scheme}://{rest}").database_url
        assert url == f"postgresql+psycopg://{rest}"
        assert make_url(url).get_dialect().driver == "psycopg"


def test_a_relative_file_lies_in_the_projects_folder_wherever_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_url, "PROJECT", tmp_path / "project")
    monkeypatch.chdir("/")
    found = config(DATABASE_URL="sqlite:///some/where/flows.db?timeout=5").database_url
    file = tmp_path / "project/some/where/flows.db"
    assert found == f"sqlite:///{file}?timeout=5"
    assert make_url(found).database == str(file)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "flows.db"
    file.touch(0o644)
    config(DATABASE_URL=f"sqlite:///{file}")
    assert file.stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 == 0o700  # pytest made it so


def test_everything_wrong_is_named_at_once() -> None:
    assert problems(
        BX24_PUBLIC_URL="https://flows.example/flows",
        SECRET_KEY="a",
        DATABASE_URL="sqlite:////proc/none/flows.sqlite3",
    ) == [
        "BX24_PUBLIC_URL must be an address without a path",
        "SECRET_KEY is too easy to guess; it must have 16 characters or more, 8 of them different",
        "DATABASE_URL names a file that cannot be made: No such file or directory",
    ]


def test_a_driver_that_was_named_is_kept() -> None:
    url = "postgresql+psycopg://app@db/flows"
    assert config(DATABASE_URL=url).database_url == url


def test_http_is_for_the_emulator_and_has_to_be_asked_for() -> None:
    plain = {"BX24_PUBLIC_URL": "http://127.0.0.1:8000/", "BX24_AUTH_SERVERS": "http://localhost:1"}
    assert len(problems(**plain)) == 2
    found = config(**plain, BX24_ALLOW_HTTP="1")
    assert (found.public_url, found.auth_servers) == (
        "http://127.0.0.1:8000",
        ("http://localhost:1",),
    )


def test_secrets_do_not_show_when_the_settings_are_printed() -> None:
    words = repr(config(DATABASE_URL="postgresql://app:a-database-password@db/flows"))
    secrets = ["a-client-secret", "a-session-secret", "a-database-password", "x00"]
    assert [secret for secret in secrets if secret in words] == []
