"""Reads the settings of one running application from the environment, and validates them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bx24app import database_url
from bx24app.errors import Error

AUTH_SERVERS = "https://oauth.bitrix.info,https://oauth.bitrix24.tech"
DATABASE_URL = database_url.DEFAULT
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")
SHORTEST_SECRET = 16
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
USUAL_PORTS = {"https": 443, "http": 80}
FEWEST_DIFFERENT = 8
"""Characters or bytes; a random value has more."""


class ConfigError(Error):
    """The environment does not describe a runnable application; the message names every problem."""

    code = "misconfigured"


@dataclass(frozen=True)
class Config:
    """What the operator decides; the README lists the same for readers."""

    client_id: str = field(metadata={"help": "BX24_CLIENT_ID: the application's public key"})
    client_secret: str = field(repr=False, metadata={"help": "BX24_CLIENT_SECRET: its secret"})
    public_url: str = field(
        metadata={"help": "BX24_PUBLIC_URL: where browsers and portals reach us"}
    )
    encryption_keys: tuple[bytes, ...] = field(
        repr=False, metadata={"help": "BX24_ENCRYPTION_KEYS: the first encrypts, all decrypt"}
    )
    secret_key: str = field(repr=False, metadata={"help": "SECRET_KEY: signs sessions"})
    auth_servers: tuple[str, ...] = field(
        default=tuple(AUTH_SERVERS.split(",")),
        metadata={"help": "BX24_AUTH_SERVERS: the only authorization servers ever contacted"},
    )
    database_url: str = field(
        default=DATABASE_URL, repr=False, metadata={"help": "DATABASE_URL: an SQLAlchemy URL"}
    )
    allow_http: bool = field(
        default=False, metadata={"help": "BX24_ALLOW_HTTP: 1 for http and loopback (emulator only)"}
    )
    log_level: str = field(default="INFO", metadata={"help": "BX24_LOG_LEVEL"})
    vendor: str = field(
        default="", metadata={"help": "BX24_VENDOR: who offers the application, for its pages"}
    )
    support_email: str = field(
        default="", metadata={"help": "BX24_SUPPORT_EMAIL: where people may write"}
    )
    support_hours: str = field(
        default="", metadata={"help": "BX24_SUPPORT_HOURS: when they are answered"}
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Config:
        """Read the settings.

        Raises ConfigError whose message has one line for each missing or malformed setting.
        """
        problems: list[str] = []

        def read(name: str, convert: Callable[[str], Any], default: str | None = None) -> Any:
            # An empty variable counts as unset: Compose files pass unset ones on as empty.
            text = environ.get(name, "").strip() or default
            # Problems are collected, so that an operator sees all of them at once.
            if text is None:
                problems.append(f"{name} is missing")
                return None
            try:
                # Copied from a page: a line break, a space that joins, half a character.
                if not text.isprintable():
                    raise ValueError("has characters that cannot be printed")
                return convert(text)
            except ValueError as error:
                problems.append(f"{name} {error}")
                return None

        # First, since it decides which of the other addresses are valid.
        allow_http = bool(read("BX24_ALLOW_HTTP", _switch, "0"))
        values = {
            "client_id": read("BX24_CLIENT_ID", str),
            "client_secret": read("BX24_CLIENT_SECRET", str),
            "public_url": read("BX24_PUBLIC_URL", lambda text: _origin(text, allow_http)),
            "encryption_keys": read("BX24_ENCRYPTION_KEYS", _encryption_keys),
            "secret_key": read("SECRET_KEY", _secret),
            "auth_servers": read(
                "BX24_AUTH_SERVERS", lambda text: _origins(text, allow_http), AUTH_SERVERS
            ),
            "database_url": read("DATABASE_URL", database_url.checked, DATABASE_URL),
            "log_level": read("BX24_LOG_LEVEL", _log_level, "INFO"),
            "vendor": read("BX24_VENDOR", str, ""),
            "support_email": read("BX24_SUPPORT_EMAIL", _email, ""),
            "support_hours": read("BX24_SUPPORT_HOURS", str, ""),
        }
        if problems:
            raise ConfigError(message="\n".join(["The settings are not complete:", *problems]))
        return cls(allow_http=allow_http, **values)


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return text == "1"


def _origin(text: str, allow_http: bool, path: str = "must be an address without a path") -> str:
    """The address as browsers write an origin; `path` is what is said of one with a path."""
    schemes = ("https", "http") if allow_http else ("https",)
    plain = f"must be a plain {' or '.join(schemes)} address"
    try:
        parts = urlsplit(text)
        # `port` raises for what is no port, and for one that is out of range.
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(plain) from None
    # An empty user, port, query or fragment leaves no other trace than its sign.
    odd = any(sign in text for sign in "?#@\\") or parts.netloc.endswith(":") or port == 0
    if odd or parts.scheme not in schemes or not _is_host(host):
        raise ValueError(plain)
    # Cards name our paths from the root, and browsers' Origin has no path either.
    if parts.path.strip("/"):
        raise ValueError(path)
    shown = f"[{host}]" if ":" in host else host
    usual = port is None or port == USUAL_PORTS[parts.scheme]
    return f"{parts.scheme}://{shown}" + ("" if usual else f":{port}")


def _is_host(host: str) -> bool:
    """Whether this is a name as DNS has it (xn--… for other scripts), or an IPv6 address."""
    if ":" in host:
        # urlsplit has checked it.
        return True
    labels = host.removesuffix(".").split(".")
    return len(host) < 254 and all(LABEL.fullmatch(label) for label in labels)


def _secret(text: str) -> str:
    if len(text) < SHORTEST_SECRET or len(set(text)) < FEWEST_DIFFERENT:
        raise ValueError(
            f"is too easy to guess; it must have {SHORTEST_SECRET} characters or more,"
            f" {FEWEST_DIFFERENT} of them different"
        )
    return text


def _origins(text: str, allow_http: bool) -> tuple[str, ...]:
    path = "must name servers without a path"
    urls = [_origin(part.strip(), allow_http, path) for part in text.split(",") if part.strip()]
    if not urls:
        raise ValueError("names no server")
    return tuple(dict.fromkeys(urls))


def _encryption_keys(text: str) -> tuple[bytes, ...]:
    keys = []
    for part in text.split(","):
        # With or without padding, as different tools write it.
        unpadded = part.strip().rstrip("=")
        try:
            key = base64.b64decode(
                unpadded + "=" * (-len(unpadded) % 4), altchars=b"-_", validate=True
            )
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise ValueError("must be keys of 32 random bytes each in URL-safe base64")
        # Thirty-two zeros, or a word over and over, would pass the length.
        if len(set(key)) < FEWEST_DIFFERENT:
            raise ValueError("is too easy to guess; its keys must be drawn by chance")
        keys.append(key)
    return tuple(keys)


def _email(text: str) -> str:
    if text and not EMAIL.fullmatch(text):
        raise ValueError("must be an e-mail address")
    return text


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return text.upper()
