"""Styles and scripts of the pages, under addresses that change with their contents.

A browser therefore fetches each of them once for each version, and never mixes two versions: a
script imports the others by addresses relative to its own.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import flask

bp = flask.Blueprint("assets", __name__)

FOLDER = Path(__file__).parent / "static"
A_YEAR = 365 * 24 * 60 * 60
FETCHED = ("vendor/htmx.min.js",)
"""What is not ours, and is fetched by `make static`."""


@bp.get("/static/<version>/<path:filename>")
def asset(version: str, filename: str) -> flask.Response:
    """One file, to be cached for a year; 404 for another version than this one."""
    # Two versions may run side by side during a deployment; neither may be cached for a year
    # under the address of the other.
    if version != fingerprint():
        flask.abort(404)
    # No conditional answers: under one address the content never changes.
    answer = flask.send_from_directory(FOLDER, filename, max_age=A_YEAR, conditional=False)
    answer.cache_control.immutable = True
    return answer


def address(filename: str) -> str:
    """Where a browser finds a file."""
    return flask.url_for("assets.asset", version=fingerprint(), filename=filename)


def missing() -> list[str]:
    """The files that the pages need and that have not been fetched."""
    # An empty file is a download that broke off.
    files = {name: FOLDER / name for name in FETCHED}
    return [name for name, file in files.items() if not file.is_file() or not file.stat().st_size]


@cache
def fingerprint() -> str:
    """A hash of all files, in twelve hexadecimal digits."""
    # Over all files, because scripts import one another by relative addresses.
    digest = hashlib.sha256()
    # Sorted, so that all processes and machines come to the same hash.
    for file in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
