"""The address of the database: known kinds only, and a file that can really be opened.

It is checked before anything is built, so that a wrong one is reported with the other settings.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs

from psycopg import pq

PROJECT = Path(__file__).resolve().parents[1]
"""Relative paths begin here, whatever the current folder is."""
DEFAULT = "sqlite:///instance/bx24app.sqlite3"

SQLITE = ("sqlite", "sqlite+pysqlite")
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")

SQLITE_OPTIONS = re.compile(r"timeout=[0-9]{1,4}(\.[0-9]{1,3})?", re.ASCII)
KNOWN = frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())
"""The options of this machine's libpq."""
NUMBERS = {
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
}
PORTS = "must have a port between 1 and 65535, or none"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

# As SQLAlchemy takes an address apart: a password may hold everything but an @.
SERVER = re.compile(
    r"(?:[^:/]*(?::[^@]*)?@)?(?:\[[^/?]+\]|[^/:?]*)(?::(?P<port>[^/?]*))?(?:/[^?]*)?(?:\?(?P<options>.*))?",
    re.DOTALL,
)


def checked(text: str) -> str:
    """The address as SQLAlchemy takes it, with an absolute path and the driver named.

    An SQLite file and its folder are made where they are missing. Raises ValueError with words that
    do not repeat the address, which may hold a password.
    """
    scheme, separator, rest = text.partition("://")
    if separator and scheme in SQLITE:
        return f"{scheme}:///{_file(rest)}"
    if not separator or scheme not in POSTGRESQL:
        raise ValueError(
            "must be an SQLAlchemy URL of sqlite (sqlite:///FILE) or postgresql, driven by psycopg"
        )
    # SQLAlchemy's own error for a bad port would quote the address, password included.
    found = SERVER.fullmatch(rest)
    if not found:
        raise ValueError(PORTS)
    options = parse_qs(found["options"] or "", keep_blank_values=True)
    _check_ports(found["port"] or "", options)
    _check_options(options)
    return f"postgresql+psycopg://{rest}"


def make_private(file: Path) -> None:
    """Make an SQLite file, and its folder, readable for this user only; raises OSError.

    SQLite gives the files beside it the same permissions.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A file that is there is not opened: closing it would drop the locks that SQLite holds on it.
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    # A file from an older version, or made by hand, may be readable for others.
    found = file.stat()
    if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077 and found.st_uid == os.geteuid():
        file.chmod(found.st_mode & 0o700)


def _file(rest: str) -> str:
    """The absolute path, with the options behind it."""
    name, question, options = rest.partition("?")
    if not name.startswith("/"):
        raise ValueError("must name a file after three slashes")
    name = name[1:]
    # Each connection would have a database in memory for itself.
    if not name or name == ":memory:" or name.startswith("file:"):
        raise ValueError("must name a file, which all processes share")
    # A shell would put the home folder there; here it would be a folder of that name.
    if name.startswith("~"):
        raise ValueError("must name a file by its whole path")
    if options and not SQLITE_OPTIONS.fullmatch(options):
        raise ValueError("may have no other option than timeout=SECONDS")
    file = PROJECT / name
    try:
        make_private(file)
    except OSError as error:
        raise ValueError(f"names a file that cannot be made: {error.strerror}") from None
    # For example a NUL in the path, which Python refuses before the system is asked.
    except ValueError:
        raise ValueError("names a file that cannot be made") from None
    if not file.is_file() or not os.access(file, os.R_OK | os.W_OK):
        raise ValueError("names something that is not a file which can be written")
    return f"{file}{question}{options}"


def _check_ports(first: str, options: Mapping[str, list[str]]) -> None:
    ports = [first]
    # libpq also takes hosts and ports, several of each, as options behind the ?.
    ports += [port for value in options.get("port", []) for port in value.split(",")]
    ports += [
        part.rpartition(":")[2]
        for value in options.get("host", [])
        for part in value.split(",")
        if ":" in part and not part.startswith(("/", "["))
    ]
    if any(port and not _is_port(port) for port in ports):
        raise ValueError(PORTS)


def _check_options(options: Mapping[str, list[str]]) -> None:
    """Refuse what libpq would refuse, as if the server were away, at every connection."""
    for name, values in options.items():
        if name not in KNOWN:
            raise ValueError("has an option that PostgreSQL does not know")
        if len(values) > 1 and name not in ("host", "port"):
            raise ValueError(f"has the option {name} more than once")
        if name in NUMBERS and not (values[0].isascii() and values[0].isdecimal()):
            raise ValueError(f"must have a number for the option {name}")
        if name == "sslmode" and values[0] not in SSL_MODES:
            raise ValueError(f"must have for the option sslmode one of {', '.join(SSL_MODES)}")


def _is_port(text: str) -> bool:
    # isdecimal() alone would let the digits of other scripts pass.
    return text.isascii() and text.isdecimal() and 0 < int(text) < 65536
