"""The container of the application that handles the current request or command."""

from __future__ import annotations

from flask import current_app

from bx24app.container import Container


def container() -> Container:
    """The services of the running application; needs an application context of Flask."""
    return current_app.extensions["bx24app"]
