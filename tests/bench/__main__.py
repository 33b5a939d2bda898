"""`make bench`: measures everything in one run and prints one table."""

from __future__ import annotations

import logging
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.bench import cpu, launch, list_page, rate_limit, reading, rollouts, stampede
from tests.bench.table import written

MEASUREMENTS = (stampede, rate_limit, cpu, reading, launch, list_page, rollouts)
VERSIONS = ("requests", "urllib3", "Authlib", "b24pysdk", "fast-bitrix24", "SQLAlchemy", "gunicorn")


def main() -> None:
    """Measure and print; say on the way what takes long."""
    logging.disable(logging.ERROR)
    rows = []
    for measurement in MEASUREMENTS:
        print(f"{(measurement.__doc__ or '').splitlines()[0]} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            rows += measurement.rows(Path(folder))
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, {versions()}\n")
    print(written(rows))


def machine() -> str:
    """The machine in general words."""
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{os.cpu_count()} cores, {system}, loopback, Python {platform.python_version()}"


def versions() -> str:
    """The versions of what is measured."""
    return ", ".join(f"{name} {version(name)}" for name in VERSIONS)


if __name__ == "__main__":
    main()
