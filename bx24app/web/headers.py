"""The security headers of every answer: content policy, framing, permissions, caching."""

from __future__ import annotations

import re

from flask import Response, g, request

from bx24app.web import session
from bx24app.web.context import container

# `frame-ancestors` instead of X-Frame-Options, which cannot name one foreign origin.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action {targets}; base-uri 'none'; frame-ancestors {ancestors}"
)
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "camera",
        "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid",
        "idle-detection", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
        "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
"""Browser features that our pages never use and refuse; copying to the clipboard is not listed."""
ORIGIN = re.compile(r"https?://[a-z0-9._-]{1,253}(:[0-9]{1,5})?")


def add_headers(response: Response) -> Response:
    """Set the headers of an answer, with the renewed value of a session in use."""
    headers = response.headers
    headers["Content-Security-Policy"] = POLICY.format(
        targets=g.get("form_targets", "'self'"), ancestors=_ancestors()
    )
    headers["Permissions-Policy"] = PERMISSIONS
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    # Pages hold session values and data of portals. Static files have set their year already.
    headers.setdefault("Cache-Control", "no-store")
    # Behind a proxy that ends TLS a request looks like plain HTTP; the public address decides.
    if request.is_secure or container().config.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if "session" in g:
        headers[session.HEADER] = session.value()
    return response


def _ancestors() -> str:
    """The origin of the portal that may frame this answer, or 'none'."""
    # May come from a POST that nobody has verified; the pattern keeps it one single origin,
    # so it cannot add directives to the policy.
    origin = g.get("frame_origin", "")
    return origin if ORIGIN.fullmatch(origin) else "'none'"
