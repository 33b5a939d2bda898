"""What the API tells about a portal."""

from __future__ import annotations

from typing import Any

from bx24app.portals.attention import attention_of
from bx24app.portals.registry import Portal
from bx24app.web.context import container
from bx24app.web.language import translate


def portal_view(seen: Portal) -> dict[str, Any]:
    """What may be told about a portal."""
    return {
        "memberId": seen.member_id,
        "domain": seen.domain,
        "status": seen.status,
        "applicationStatus": seen.application_status,
        "scope": list(seen.scope),
        "language": seen.language,
        "installedAt": seen.installed_at.isoformat(timespec="seconds"),
        "seenAt": seen.seen_at.isoformat(timespec="seconds"),
        "installerId": seen.installer_id,
        "authorization": seen.authorization,
        "authorizationReason": seen.authorization_reason,
        "attention": [
            {
                "code": one.code,
                "message": translate(one.message, one.facts),
                "since": one.since.isoformat(timespec="seconds"),
            }
            for one in attention_of(seen, container().manifest)
        ],
    }
