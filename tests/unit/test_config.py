"""The settings: complete or refused, with every problem named at once and no secret shown."""

from __future__ import annotations

import base64

import pytest

from bx24app.config import Config, ConfigError

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OTHER = base64.urlsafe_b64encode(b"\xff" * 32).decode()
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
    assert found.database_url == "sqlite:///instance/bx24app.sqlite3"
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
        ("DATABASE_URL", "mysql://db/flows"),
        ("BX24_ALLOW_HTTP", "true"),
        ("BX24_LOG_LEVEL", "TRACE"),
    ],
)
def test_a_malformed_setting_is_refused_without_being_repeated(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} ")
    assert value.strip(" ,") not in problem or not value.strip(" ,")


def test_several_encryption_keys_are_kept_in_order_with_or_without_padding() -> None:
    keys = config(BX24_ENCRYPTION_KEYS=f"{OTHER.rstrip('=')}, {KEY}").encryption_keys
    assert keys == (b"\xff" * 32, bytes(range(32)))


@pytest.mark.parametrize("url", ["postgresql://app@db/flows", "postgres://app@db/flows"])
def test_postgresql_is_driven_by_psycopg_3(url: str) -> None:
    assert config(DATABASE_URL=url).database_url == "postgresql+psycopg://app@db/flows"


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
