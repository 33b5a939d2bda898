"""Signs what travels through a browser and comes back: sessions, states, undo notes."""

from __future__ import annotations

from typing import Any

from flask import current_app
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

CLOCKS_DIFFER = 60
"""Seconds by which our machines' clocks may differ; a value dated further ahead is expired."""


def signer(purpose: str) -> URLSafeTimedSerializer:
    """The signer for one purpose; what was signed for another one is not accepted."""
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=purpose, signer=_Signer)


class _Signer(TimestampSigner):
    """A signer that accepts timestamps a little ahead of our clock."""

    def unsign(
        self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:
        """Like TimestampSigner, which itself refuses every timestamp ahead of its clock."""
        # Without `max_age` only the signature is checked there; the age is checked below.
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - int(signed_at.timestamp())
        if max_age is not None and not -CLOCKS_DIFFER <= age <= max_age:
            raise SignatureExpired(f"signed {age} seconds ago", value, signed_at)
        return (value, signed_at) if return_timestamp else value
