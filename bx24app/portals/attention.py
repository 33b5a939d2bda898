"""What an operator should know about a portal: a code, a sentence, and since when it is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bx24app.bitrix24.errors import ERRORS_BY_CODE, PaymentRequired, PortalGone
from bx24app.bitrix24.manifest import Manifest
from bx24app.i18n import N_
from bx24app.portals.portal import Portal
from bx24app.portals.state import Status

NOT_CONFIRMED = N_(
    "This portal said that the application is not installed. It is asked again; nothing is removed "
    "until the authorization server has confirmed it twice."
)
CONFIRMED = N_(
    "The authorization server says that the application is not installed on this portal. "
    "Everything about it is removed once it has said so twice."
)


@dataclass(frozen=True)
class Attention:
    """One thing about a portal that needs somebody's attention."""

    code: str
    message: str
    since: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


def attention_of(portal: Portal, manifest: Manifest) -> list[Attention]:
    """What needs attention on a portal, empty when all is well; the most urgent comes first."""
    return list(_attention(portal, manifest))


def _attention(portal: Portal, manifest: Manifest) -> Iterator[Attention]:
    if portal.status is Status.BLOCKED:
        message = N_("The application's trial or subscription on this portal has ended.")
        yield Attention("payment_required", message, portal.status_at)
    # Where a refresh was refused because of the portal, the portal's own line says so.
    kind = ERRORS_BY_CODE.get(portal.authorization_reason)
    of_portal = kind is not None and issubclass(kind, PaymentRequired | PortalGone)
    if portal.authorization_at is not None and not of_portal:
        message = N_(
            "The stored authorization does not work (%(reason)s). An administrator restores it by "
            "opening the application on the portal, or at /connect."
        )
        facts = {"reason": portal.authorization_reason}
        yield Attention("authorization_lost", message, portal.authorization_at, facts)
    if portal.suspected_at is not None:
        # `refused_at` is set only by an answer of the authorization server.
        message = CONFIRMED if portal.refused_at else NOT_CONFIRMED
        yield Attention("suspected_gone", message, portal.suspected_at)
    if missing := manifest.missing(portal.scope):
        message = N_("The portal has not granted these rights: %(scopes)s.")
        facts = {"scopes": ", ".join(missing)}
        yield Attention("scope_missing", message, portal.installed_at, facts)
    if portal.status is Status.INSTALLING:
        message = N_("The installation was begun and has not been finished yet.")
        yield Attention("installation_unfinished", message, portal.status_at)
