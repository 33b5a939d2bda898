"""The way from a request to the rooms of the house."""

from __future__ import annotations

from flask import current_app

from bx24app.container import Container


def container() -> Container:
    """The rooms of the running application."""
    return current_app.extensions["bx24app"]
