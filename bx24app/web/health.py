"""Endpoints for the operator: liveness, readiness and metrics."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from bx24app.web import assets
from bx24app.web.context import container

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer while the process lives; neither the database nor Bitrix24 is asked."""
    # A restart would not bring a database back, so liveness does not depend on one.
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The database answers, its schema is what this version needs, and the pages have scripts."""
    problem = container().problem()
    if not problem and (files := assets.missing()):
        problem = f"the pages' scripts are missing, `make static` fetches them: {', '.join(files)}"
    if problem:
        return {"status": "unavailable", "problem": problem}, 503
    return {"status": "ok"}


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Numbers for Prometheus; no names of portals or people among them."""
    return Response(
        container().metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
