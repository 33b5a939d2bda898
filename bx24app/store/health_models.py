"""The tables of health: when a portal was looked at, and what was found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bx24app.store.database import Base, Moment
from bx24app.store.models import MEMBER_ID


class HealthLookRow(Base):
    """The last look at a portal."""

    __tablename__ = "health_looks"

    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), primary_key=True
    )
    """The portal."""
    at: Mapped[datetime] = mapped_column(Moment)
    """When it began."""


class FindingRow(Base):
    """A trouble of one flow, for as long as it lasts."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("ix_findings_member_id_flow_id_code", "member_id", "flow_id", "code", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    """Its number, the same while the trouble lasts."""
    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE")
    )
    """The portal."""
    flow_id: Mapped[int]
    """The flow."""
    code: Mapped[str] = mapped_column(String(32))
    """Which trouble."""
    severity: Mapped[str] = mapped_column(String(8))
    """high, medium or low."""
    since: Mapped[datetime] = mapped_column(Moment)
    """When it was found first."""
    muted_until: Mapped[datetime | None] = mapped_column(Moment)
    """Until when nobody wants to hear of it."""
    content: Mapped[str] = mapped_column(Text)
    """The flow's name, the sentences, and whom and what they are about, as JSON."""
