"""The tables, as SQLAlchemy models; each column says what it holds."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bx24app.store.database import Base, Moment

MEMBER_ID = String(64)


class PortalRow(Base):
    """One Bitrix24 and its relation to this application."""

    __tablename__ = "portals"

    member_id: Mapped[str] = mapped_column(MEMBER_ID, primary_key=True)
    """Identity of the portal; survives renames."""
    domain: Mapped[str] = mapped_column(String(255), index=True)
    """Host, with a port where it is not the usual one; may change."""
    endpoint: Mapped[str] = mapped_column(String(512))
    """REST base, as the authorization server told it, with a slash at the end."""
    auth_server: Mapped[str] = mapped_column(String(255))
    """Origin of the allow-listed authorization server that verified the portal's token."""
    status: Mapped[str] = mapped_column(String(16))
    """Of the installation: installing, active, blocked or uninstalled; see `portals/state.py`."""
    status_at: Mapped[datetime] = mapped_column(Moment, default=lambda: datetime.now(UTC))
    """When it became so."""
    application_status: Mapped[str] = mapped_column(String(8), default="")
    """Bitrix24's own letter: F free, D demo, T trial, P paid, L local, S subscription."""
    application_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The secret that proves an event, encrypted."""
    scope: Mapped[str] = mapped_column(Text, default="")
    """Granted scopes, separated by commas."""
    language: Mapped[str] = mapped_column(String(8), default="en")
    """Language of the person who installed."""
    installer_id: Mapped[int]
    """The user whose token is kept for work without a person."""
    installed_at: Mapped[datetime] = mapped_column(Moment)
    """When the present installation began."""
    seen_at: Mapped[datetime] = mapped_column(Moment)
    """The last proven launch or event, refresh or successful call (to the hour)."""
    suspected_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was first said that we are not installed; empty while nobody says so."""
    suspected_reason: Mapped[str | None] = mapped_column(String(64))
    """The code in which it was said."""
    refused_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the authorization server, asked about the suspicion, first said the same."""
    questioned_at: Mapped[datetime | None] = mapped_column(Moment)
    """When an unproven uninstall event last made us ask the authorization server."""
    license_family: Mapped[str] = mapped_column(String(32), default="")
    """Bitrix24's word for the kind of plan; empty while it is not known."""
    license_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the plan was last asked for, or was found to take fewer requests than it should."""


class OAuthTokenRow(Base):
    """Access token, refresh token and expiry of one user, and who is refreshing them."""

    __tablename__ = "oauth_tokens"

    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), primary_key=True
    )
    """The portal."""
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The user on that portal."""
    access_token: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted."""
    refresh_token: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted."""
    expires_at: Mapped[datetime] = mapped_column(Moment)
    """When the access token ends."""
    obtained_at: Mapped[datetime] = mapped_column(Moment)
    """When these tokens were issued; a refresh token lives 180 days from here."""
    version: Mapped[int] = mapped_column(default=1)
    """Counts refreshes; whoever holds an older version reads again instead of refreshing."""
    lease_by: Mapped[str | None] = mapped_column(String(32))
    """Who is refreshing at the moment."""
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    """When the next caller may take over."""
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    """Written before the authorization server is asked, removed with the answer."""
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts in a row that brought no answer."""
    retry_at: Mapped[datetime | None] = mapped_column(Moment)
    """Not to be asked again before, after an attempt without an answer."""
    lost_reason: Mapped[str | None] = mapped_column(String(64))
    """Why the authorization is lost; empty while it works."""
    lost_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was found lost."""
    doubted_reason: Mapped[str | None] = mapped_column(String(64))
    """Why the portal does not let this user work with us; empty while it does."""
    doubted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it first did not."""
    spent_digests: Mapped[str] = mapped_column(String(255), default="")
    """Digests of the last refresh tokens that were exchanged; none of them is stored again."""


class KnownFlowRow(Base):
    """A flow that this application made or was shown, for portals that cannot list theirs."""

    __tablename__ = "known_flows"

    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), primary_key=True
    )
    """The portal."""
    flow_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The flow's number there."""
    known_since: Mapped[datetime] = mapped_column(Moment)
    """When it became known here."""
    seen: Mapped[str | None] = mapped_column(Text)
    """Its settings when they were last read or written, as JSON."""


class SeenTeamRow(Base):
    """How a flow distributed its tasks when it was last seen, and before Bitrix24 changed it."""

    __tablename__ = "seen_teams"

    member_id: Mapped[str] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), primary_key=True
    )
    """The portal."""
    flow_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The flow's number there."""
    kind: Mapped[str] = mapped_column(String(32))
    """Its `distributionType`."""
    team: Mapped[str] = mapped_column(Text)
    """Its `responsibleList` as JSON; empty where only the kind was seen."""
    former_kind: Mapped[str] = mapped_column(String(32))
    """The kind before kind or team were changed in Bitrix24; empty where they were not."""
    former_team: Mapped[str] = mapped_column(Text)
    """The team before that."""
    at: Mapped[datetime] = mapped_column(Moment)
    """When the reading began, or when we wrote it."""


class ApiKeyRow(Base):
    """An API key; the key itself is never stored."""

    __tablename__ = "api_keys"
    # Otherwise SQLite may give the number of a deleted key to a new one.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    """Its number, for listing and revoking."""
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the key."""
    member_id: Mapped[str | None] = mapped_column(
        MEMBER_ID, ForeignKey("portals.member_id", ondelete="CASCADE"), index=True
    )
    """The one portal it is for; empty for the operator's keys."""
    label: Mapped[str] = mapped_column(String(200), default="")
    """What the operator calls it."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    """When it was made."""
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was last used, to the hour."""
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it stopped working."""
    read_only: Mapped[bool]
    """Whether it may only read."""
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it stops working by itself; empty for never."""


class StoredResponseRow(Base):
    """The first answer to an `Idempotency-Key`, for whoever asks the same again within a day."""

    __tablename__ = "stored_responses"
    # For the bound on rows of one API key, which is applied to each new request.
    __table_args__ = (Index("ix_stored_responses_key_id_asked_at", "key_id", "asked_at"),)

    key_id: Mapped[int] = mapped_column(
        ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    """The API key that asked."""
    member_id: Mapped[str] = mapped_column(MEMBER_ID, primary_key=True)
    """The portal it asked about; empty where it was about none, as a rollout is."""
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    """The caller's `Idempotency-Key`."""
    request_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of method, address and body; another request under the same name is refused."""
    asked_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """When it was asked first; forgotten a day later."""
    owner: Mapped[str | None] = mapped_column(String(32))
    """Who carries the request out at the moment; nobody else stores its answer."""
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    """When the next caller may take over, unless the owner gives a sign of life before."""
    uncertain: Mapped[bool]
    """Whether an earlier attempt may have been carried out: the next one looks first."""
    status: Mapped[int | None]
    """Status of the answer; empty where there is none to be given again."""
    headers: Mapped[str | None] = mapped_column(Text)
    """Headers of the answer that belong to it, as JSON."""
    body: Mapped[str | None] = mapped_column(Text)
    """Body of the answer; empty where it is too long to be kept."""
    flow_id: Mapped[int | None]
    """The flow that such a body showed; it is read again."""


class OAuthStateRow(Base):
    """An authorization that a person began at `/connect`; used once."""

    __tablename__ = "oauth_states"

    state_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the signed state that travels through the browser."""
    domain: Mapped[str] = mapped_column(String(255))
    """The portal that was named."""
    expires_at: Mapped[datetime] = mapped_column(Moment)
    """Not accepted afterwards."""


class RateLimitRow(Base):
    """How fast one portal may be asked, shared by all processes."""

    __tablename__ = "rate_limits"

    member_id: Mapped[str] = mapped_column(MEMBER_ID, primary_key=True)
    """The portal."""
    # Floats, not Moments: one statement computes with them, in both kinds of database.
    due: Mapped[float] = mapped_column(Float)
    """Theoretical arrival time of the next request, in epoch seconds (GCRA)."""
    booked: Mapped[float] = mapped_column(Float)
    """Until when waiting programs have booked their requests, in epoch seconds."""


class MethodBlockRow(Base):
    """A method of one portal that has used up its operating time and must not be called."""

    __tablename__ = "method_blocks"

    member_id: Mapped[str] = mapped_column(MEMBER_ID, primary_key=True)
    """The portal."""
    method: Mapped[str] = mapped_column(String(255), primary_key=True)
    """The method, as it is called."""
    until: Mapped[float] = mapped_column(Float)
    """Not to be called before, in epoch seconds."""


class ExchangeRow(Base):
    """One REST exchange with a portal, secrets masked, kept for at least three days."""

    __tablename__ = "exchanges"
    # The journal of one portal is read by time.
    __table_args__ = (Index("ix_exchanges_member_id_at", "member_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    """Order of arrival."""
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    """When the request was sent."""
    member_id: Mapped[str] = mapped_column(MEMBER_ID)
    """The portal."""
    method: Mapped[str] = mapped_column(String(255))
    """The REST method, or the names in a batch."""
    status: Mapped[int | None]
    """HTTP status; empty where no answer came."""
    error: Mapped[str | None] = mapped_column(String(255))
    """The portal's error code, if any."""
    milliseconds: Mapped[int]
    """How long it took."""
    request: Mapped[str] = mapped_column(Text)
    """What was asked, as JSON, masked."""
    response: Mapped[str] = mapped_column(Text)
    """What was answered, as JSON, masked."""
    cut: Mapped[bool]
    """Whether one of both was too long to be kept whole."""


class CounterRow(Base):
    """How often something has happened since the database was made, for the metrics."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """What is counted."""
    label: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Which kind of it; empty where there is one only."""
    value: Mapped[float] = mapped_column(Float)
    """How often, or how many seconds."""
