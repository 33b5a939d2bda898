"""The WSGI entry: `app:app` for a server, `flask --app app` for the operator."""

from __future__ import annotations

import os
import sys

from bx24app import cli, create_app
from bx24app.config import Config
from bx24app.errors import Error

NEVER_LOADS = 4
"""The exit code after which Gunicorn gives up, instead of trying again and again."""

try:
    # A pipeline checks a document where there are no settings and no database.
    app = (
        cli.bare_app()
        if cli.needs_nothing(sys.argv)
        else create_app(Config.from_environment(os.environ))
    )
except Error as error:
    print(error, file=sys.stderr)
    raise SystemExit(NEVER_LOADS) from None
