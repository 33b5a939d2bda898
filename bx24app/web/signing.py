"""Signs what travels through a browser and comes back: sessions, states, undo notes."""

from __future__ import annotations

from flask import current_app
from itsdangerous import URLSafeTimedSerializer


def signer(purpose: str) -> URLSafeTimedSerializer:
    """The signer for one purpose; what was signed for another one is not accepted."""
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=purpose)
