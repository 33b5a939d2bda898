"""A portal as the rest of the application may know it, read from its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bx24app.bitrix24.urls import origin_of
from bx24app.portals.license import ENTERPRISE_FAMILY
from bx24app.portals.state import Status
from bx24app.store.models import OAuthTokenRow, PortalRow

PORTALS = select(PortalRow, OAuthTokenRow).outerjoin(
    OAuthTokenRow,
    (OAuthTokenRow.member_id == PortalRow.member_id)
    & (OAuthTokenRow.user_id == PortalRow.installer_id),
)
"""Portals with the tokens of their installers."""


@dataclass(frozen=True)
class Portal:
    """One portal as the rest of the application may know it: no secrets."""

    member_id: str
    domain: str
    endpoint: str
    auth_server: str
    status: Status
    status_at: datetime
    application_status: str
    scope: tuple[str, ...]
    language: str
    installer_id: int
    installed_at: datetime
    seen_at: datetime
    authorization: str
    """`ok`, or `lost` where the installer's token cannot be used."""
    authorization_reason: str
    authorization_at: datetime | None
    """Since when it is lost."""
    has_application_token: bool
    """Whether its application token is known, so that its events can be proven."""
    suspected_at: datetime | None
    """Since when it is said that we are not installed; None while nobody says so."""
    refused_at: datetime | None
    """When the authorization server, asked about that, first said the same."""
    is_enterprise: bool
    """Whether its plan takes more requests than others."""
    license_at: datetime | None
    """When it was last asked for its plan."""

    @property
    def origin(self) -> str:
        """Where the portal's own pages are, for the browser's rules."""
        return origin_of(self.endpoint)


def portal_from(row: PortalRow, token: OAuthTokenRow | None) -> Portal:
    """What the rows of a portal and of its installer's token say."""
    reason, at = "no_token", row.installed_at
    if token is not None:
        # The authorization server's reason comes before the portal's.
        reason = token.lost_reason or token.doubted_reason or ""
        at = token.lost_at or token.doubted_at or at
    return Portal(
        member_id=row.member_id,
        domain=row.domain,
        endpoint=row.endpoint,
        auth_server=row.auth_server,
        status=Status(row.status),
        status_at=row.status_at,
        application_status=row.application_status,
        scope=tuple(filter(None, row.scope.split(","))),
        language=row.language,
        installer_id=row.installer_id,
        installed_at=row.installed_at,
        seen_at=row.seen_at,
        authorization="lost" if reason else "ok",
        authorization_reason=reason,
        authorization_at=at if reason else None,
        has_application_token=row.application_token is not None,
        suspected_at=row.suspected_at,
        refused_at=row.refused_at,
        is_enterprise=row.license_family == ENTERPRISE_FAMILY,
        license_at=row.license_at,
    )
