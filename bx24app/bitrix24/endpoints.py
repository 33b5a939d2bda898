"""Addresses of portals and servers: which are believable, which are the same."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

USUAL_PORTS = {"https": 443, "http": 80}


def origin_of(url: str) -> str:
    """Scheme, host and unusual port of an address; empty for none, and for one with a user."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in USUAL_PORTS or not parts.hostname or "@" in parts.netloc:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    suffix = f":{port}" if port and port != USUAL_PORTS[parts.scheme] else ""
    return f"{parts.scheme}://{host}{suffix}"


def same_host(one: str, other: str) -> bool:
    """Whether two `host[:port]` name the same place; the usual ports may be written or not."""
    return _bare(one) == _bare(other) != ""


def believable(endpoint: str, *, allow_http: bool) -> bool:
    """Whether an authorization server may send us to this REST base.

    A portal is https and has a name or a public address; anything else is for the emulator only.
    """
    if not origin_of(endpoint):
        return False
    parts = urlsplit(endpoint)
    if allow_http:
        return True
    return parts.scheme == "https" and not _is_inside(parts.hostname or "")


def _is_inside(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _bare(host: str) -> str:
    lowered = host.lower()
    for usual in (":443", ":80"):
        lowered = lowered.removesuffix(usual)
    return lowered
