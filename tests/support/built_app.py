"""Builds the application of one test; what Flask registers is built once in a test process."""

from __future__ import annotations

from copy import copy
from typing import Any

from flask import Flask

from bx24app import create_app, logs, request_id
from bx24app.config import Config
from bx24app.container import Container
from tests.support.compiled_templates import COMPILED_TEMPLATES

_REGISTERED: dict[str, Flask] = {}
"""An application by its public address, which the OpenAPI document names."""


def build_app(config: Config, **parts: Any) -> Flask:
    """The application with these settings and a container of its own.

    `parts` are those of `create_app`. Routes and templates are shared by all applications that
    this function gives: compiling them takes five times as long as all the rest.
    """
    if config.public_url not in _REGISTERED:
        registered = create_app(config)
        registered.jinja_env.bytecode_cache = COMPILED_TEMPLATES
        _REGISTERED[config.public_url] = registered
    logs.configure(config.log_level, request_id)
    app = copy(_REGISTERED[config.public_url])
    app.config = copy(app.config)
    app.config["SECRET_KEY"] = config.secret_key
    app.extensions = app.extensions | {"bx24app": Container.build(config, **parts)}
    return app
