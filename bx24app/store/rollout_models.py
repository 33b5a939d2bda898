"""The tables of rollouts: what is rolled out, and what came of it on each portal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bx24app.store.database import Base, Moment
from bx24app.store.models import MEMBER_ID

ROLLOUT_STATUSES = ("running", "done", "partly_done", "stopped", "cancelled")


class RolloutRow(Base):
    """A document on its way to some portals."""

    __tablename__ = "rollouts"
    __table_args__ = (Index("ix_rollouts_status", "status"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    """Its number."""
    status: Mapped[str] = mapped_column(String(16))
    """running, done, partly_done, stopped or cancelled."""
    document: Mapped[str] = mapped_column(Text)
    """The document, as JSON."""
    accepted: Mapped[str] = mapped_column(Text)
    """The codes of what is unsafe and accepted, as JSON."""
    stop_after: Mapped[float] = mapped_column(Float)
    """The share of failed portals among those ended beyond which no further wave begins."""
    wave: Mapped[int]
    """The wave that is under way, from 0; portals of later ones do not begin."""
    started_by: Mapped[str] = mapped_column(Text)
    """Who has started it, as JSON."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    """When it was started."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it ended; empty while it is under way."""


class RolloutPortalRow(Base):
    """One portal of a rollout; it goes when the portal leaves."""

    __tablename__ = "rollout_portals"
    __table_args__ = (
        Index("ix_rollout_portals_member_id_status", "member_id", "status"),
        # For whoever looks for plans that have ended.
        Index("ix_rollout_portals_status", "status"),
    )

    rollout_id: Mapped[int] = mapped_column(
        ForeignKey("rollouts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    """The rollout."""
    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), primary_key=True
    )
    """The portal."""
    position: Mapped[int]
    """Its place among the portals, from 0."""
    wave: Mapped[int]
    """Its wave, from 0."""
    variables: Mapped[str] = mapped_column(Text)
    """Values of the document's variables on this portal, as JSON."""
    mapping: Mapped[str] = mapped_column(Text)
    """What texts of the document mean on this portal, as JSON."""
    status: Mapped[str] = mapped_column(String(16))
    """waiting, running, done, failed or cancelled."""
    plan_id: Mapped[int | None] = mapped_column(index=True)
    """Its plan, once there is one."""
    summary: Mapped[str | None] = mapped_column(Text)
    """What the plan would change: numbers by kind, as JSON."""
    code: Mapped[str | None] = mapped_column(String(64))
    """Why it has failed."""
    message: Mapped[str | None] = mapped_column(Text)
    """The same in words, an English sentence with placeholders."""
    facts: Mapped[str | None] = mapped_column(Text)
    """What stands in place of them, as JSON."""
    owner: Mapped[str | None] = mapped_column(String(32))
    """Who makes the plan at the moment."""
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    """When another worker may take over; empty once the plan is queued."""
