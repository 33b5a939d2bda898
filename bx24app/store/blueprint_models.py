"""The tables of flows as code: history, plans, documents' keys, mappings and kept blueprints."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bx24app.store.database import Base, Moment
from bx24app.store.models import MEMBER_ID

PLAN_STATUSES = ("planned", "running", "applied", "partly_applied", "failed")
"""What a plan's row says; a planned one that nobody has applied in time counts as expired."""


class HistoryRow(Base):
    """One change of a flow: made through this application, or seen to have been made elsewhere."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_member_id_id", "member_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    """Order of arrival."""
    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE")
    )
    """The portal."""
    at: Mapped[datetime] = mapped_column(Moment)
    """When it was made or seen."""
    who_kind: Mapped[str] = mapped_column(String(16))
    """person, key, operator or unknown."""
    who_id: Mapped[str] = mapped_column(String(64))
    """Number of the person or key; empty where it is not known."""
    who_name: Mapped[str] = mapped_column(String(255))
    """Name of the person or label of the key at that time."""
    through: Mapped[str] = mapped_column(String(16))
    """form, api, plan, rollout or elsewhere."""
    flow_id: Mapped[int]
    """The flow's number."""
    name: Mapped[str] = mapped_column(Text)
    """The flow's name, the newer one."""
    action: Mapped[str] = mapped_column(String(16))
    """create, update, activate, deactivate or delete."""
    before: Mapped[str | None] = mapped_column(Text)
    """The settings before, as JSON; empty for a creation."""
    after: Mapped[str | None] = mapped_column(Text)
    """The settings after, as JSON; empty for a deletion."""


class DocumentedFlowRow(Base):
    """The flow that documents know by a key on one portal."""

    __tablename__ = "documented_flows"
    __table_args__ = (Index("ix_documented_flows_member_id_flow_id", "member_id", "flow_id"),)

    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), primary_key=True
    )
    """The portal."""
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    """The key in documents."""
    flow_id: Mapped[int]
    """The flow's number."""
    owned: Mapped[bool]
    """Whether a document made it or it was adopted, so that documents may delete it."""


class ReferenceMappingRow(Base):
    """Whom or what a text of documents means on one portal, as somebody has chosen."""

    __tablename__ = "reference_mappings"

    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), primary_key=True
    )
    """The portal."""
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """user, department, project or template."""
    text_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the text in lower case, which may be long."""
    text: Mapped[str] = mapped_column(Text)
    """The text in lower case."""
    number: Mapped[int]
    """Its number on the portal."""


class BlueprintRow(Base):
    """A document that is kept for one portal."""

    __tablename__ = "blueprints"

    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), primary_key=True
    )
    """The portal."""
    slug: Mapped[str] = mapped_column(String(100), primary_key=True)
    """Its name in addresses."""
    document: Mapped[str] = mapped_column(Text)
    """The document, as JSON."""
    updated_at: Mapped[datetime] = mapped_column(Moment)
    """When it was last stored."""


class PlanRow(Base):
    """What would be done on a portal, and later what came of it."""

    __tablename__ = "plans"
    __table_args__ = (
        Index("ix_plans_member_id_id", "member_id", "id"),
        # For whoever looks for work.
        Index("ix_plans_status_queued_at", "status", "queued_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    """Its number."""
    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE")
    )
    """The portal."""
    rollout_id: Mapped[int | None]
    """The rollout it belongs to."""
    digest: Mapped[str] = mapped_column(String(64))
    """Of everything that applying would do and what that is based on."""
    status: Mapped[str] = mapped_column(String(16))
    """planned, running, applied, partly_applied or failed."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    """When it was made."""
    expires_at: Mapped[datetime] = mapped_column(Moment)
    """Not to be applied afterwards."""
    queued_at: Mapped[datetime | None] = mapped_column(Moment)
    """When somebody said to apply it."""
    applied_by: Mapped[str | None] = mapped_column(Text)
    """Who said so, as JSON."""
    accepted: Mapped[str] = mapped_column(Text, default="[]")
    """What is unsafe and was accepted, as JSON."""
    unsafe: Mapped[str] = mapped_column(Text)
    """What is unsafe: codes and messages, as JSON."""
    owner: Mapped[str | None] = mapped_column(String(32))
    """Who carries it out at the moment."""
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    """When another worker may take over."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the last change had an outcome."""


class PlanChangeRow(Base):
    """One change of a plan with its outcome."""

    __tablename__ = "plan_changes"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    """The plan."""
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Its place in the plan, from 0."""
    key: Mapped[str] = mapped_column(String(100))
    """The flow's key in documents; empty where none is meant."""
    action: Mapped[str] = mapped_column(String(16))
    """create, update, activate, deactivate, delete or unchanged."""
    flow_id: Mapped[int | None]
    """The flow's number; empty for a creation."""
    name: Mapped[str] = mapped_column(Text)
    """The flow's name."""
    fields: Mapped[str] = mapped_column(Text)
    """What differs: field, before and after, as JSON."""
    data: Mapped[str] = mapped_column(Text)
    """What is sent, as JSON."""
    base: Mapped[str | None] = mapped_column(Text)
    """The flow that the plan is based on, as JSON."""
    owns: Mapped[bool]
    """Whether the flow is owned by documents afterwards."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why nothing is done, where somebody may wonder."""
    status: Mapped[str] = mapped_column(String(16), default="waiting")
    """waiting, running, done, skipped or failed."""
    code: Mapped[str | None] = mapped_column(String(64))
    """Why it was skipped or has failed."""
    message: Mapped[str | None] = mapped_column(Text)
    """The same in words."""
    outcome_flow_id: Mapped[int | None]
    """The flow that came of it."""
    may_have_happened: Mapped[bool] = mapped_column(default=False)
    """Whether a failed change may have been carried out all the same."""
