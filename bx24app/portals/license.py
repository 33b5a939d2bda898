"""The plan of a portal, as far as it decides how fast the portal may be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from bx24app.bitrix24.answers import parse_map, text_or
from bx24app.bitrix24.errors import Bitrix24Error
from bx24app.store.models import PortalRow

LICENSE_COMMAND: tuple[str, dict[str, Any]] = ("app.info", {})
"""Asks a portal for its plan, among other things (Bitrix24 docs, common/system/app-info)."""
ENTERPRISE_FAMILY = "ent"
"""`LICENSE_FAMILY` of the plans that take more requests than others."""
ASK_AGAIN = timedelta(days=1)
"""The plan is asked for again so long after it was learned, or refused by a busy portal."""


def is_license_due(asked_at: datetime | None) -> bool:
    """Whether it is time to ask a portal for its plan; `asked_at` is when that was done last."""
    # A date in the future was stored before our clock went back.
    return asked_at is None or abs(datetime.now(UTC) - asked_at) >= ASK_AGAIN


def learn_license(row: PortalRow, answer: Any) -> None:
    """Store the plan in an answer to LICENSE_COMMAND, or that there was no such answer.

    The caller holds the row in a transaction.
    """
    row.license_at = datetime.now(UTC)
    # A refusal says nothing about the plan, so the one that is known stays.
    if not isinstance(answer, Bitrix24Error):
        row.license_family = text_or(parse_map(answer).get("LICENSE_FAMILY")).strip().lower()[:32]


def forget_license(session: Session, member_id: str) -> None:
    """Take a portal for one of an ordinary plan until it is asked again."""
    changed = update(PortalRow).where(PortalRow.member_id == member_id)
    session.execute(changed.values(license_family="", license_at=datetime.now(UTC)))
