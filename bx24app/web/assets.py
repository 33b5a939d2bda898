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


@bp.get("/static/<version>/<path:filename>")
def asset(version: str, filename: str) -> flask.Response:
    """One file, to be cached for a year; 404 for another version than this one."""
    if version != fingerprint():
        flask.abort(404)
    answer = flask.send_from_directory(FOLDER, filename, max_age=A_YEAR, conditional=False)
    answer.cache_control.immutable = True
    return answer


def address(filename: str) -> str:
    """Where a browser finds a file."""
    return flask.url_for("assets.asset", version=fingerprint(), filename=filename)


@cache
def fingerprint() -> str:
    """A hash of all files, in twelve hexadecimal digits."""
    digest = hashlib.sha256()
    for file in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
