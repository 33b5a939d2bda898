"""The WSGI entry: `app:app` for a server, `flask --app app` for the operator."""

from __future__ import annotations

import os

from bx24app import create_app
from bx24app.config import Config, ConfigError

try:
    app = create_app(Config.from_environment(os.environ))
except ConfigError as error:
    raise SystemExit(str(error)) from None
