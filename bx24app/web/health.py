"""Endpoints for the operator: does the process live, is it ready, what are its numbers."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from bx24app.web.context import container

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer while the process lives; neither the database nor Bitrix24 is asked."""
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The database answers and its schema is the one this version needs."""
    problem = container().problem()
    if problem:
        return {"status": "unavailable", "problem": problem}, 503
    return {"status": "ok"}


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Numbers for Prometheus; no names of portals or people among them."""
    return Response(
        container().metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
