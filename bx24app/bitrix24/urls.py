"""Addresses of portals and servers: which are acceptable, and which are the same."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

USUAL_PORTS = {"https": 443, "http": 80}
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
PUBLIC_NAME = re.compile(r".+\.[a-z][a-z0-9-]*", re.ASCII)
"""At least two labels, the last of which cannot be part of a number: `127.1` is an address, too."""


def origin_of(url: str) -> str:
    """Scheme, host and unusual port of an address.

    Empty where it has none, carries a user name, or names a host that no portal can have.
    """
    try:
        parts = urlsplit(url)
        # Raises for a port that is no number or out of range.
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    # A user name before @ can make a foreign host look like a known one.
    if parts.scheme not in USUAL_PORTS or "@" in parts.netloc or not _is_host(host):
        return ""
    # urlsplit drops the brackets of an IPv6 address.
    written = f"[{host}]" if ":" in host else host
    suffix = f":{port}" if port and port != USUAL_PORTS[parts.scheme] else ""
    return f"{parts.scheme}://{written}{suffix}"


def same_host(one: str, other: str) -> bool:
    """Whether two `host[:port]` are the same; the usual ports may be written or not."""
    return _bare(one) == _bare(other) != ""


def endpoint_problem(endpoint: str, *, allow_http: bool) -> str:
    """Why an authorization server may not send us to this REST base; a word, empty if it may.

    A portal is https and has a public name or address; anything else is for the emulator only.
    """
    if not origin_of(endpoint):
        return "bad_address"
    if allow_http:
        return ""
    parts = urlsplit(endpoint)
    if parts.scheme != "https":
        return "http_portal"
    return _host_problem(parts.hostname or "")


def _is_host(host: str) -> bool:
    if NAME.fullmatch(host):
        return True
    try:
        return bool(ipaddress.IPv6Address(host))
    except ValueError:
        return False


def _host_problem(host: str) -> str:
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        if ":" in host or host.endswith(".localhost"):
            # Portals have no IPv6 literals, and too many of these lead to an IPv4 host inside.
            return "private_address"
        return "" if PUBLIC_NAME.fullmatch(host) else "one_label_name"
    # An address inside our own network would let a forged portal reach its servers (SSRF).
    return "" if address.is_global and not address.is_multicast else "private_address"


def _bare(host: str) -> str:
    lowered = host.lower()
    # The scheme is not known here, so either usual port counts as none.
    for usual in (":443", ":80"):
        lowered = lowered.removesuffix(usual)
    return lowered
