"""API keys: shown once when they are created, stored as digests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bx24app.errors import NoSuchPortal, NotFound
from bx24app.i18n import N_
from bx24app.store.database import Database
from bx24app.store.encryption import secret_digest
from bx24app.store.models import ApiKeyRow, PortalRow

PREFIX = "bx24_"
LONGEST_LABEL = 200
NOTED = timedelta(hours=1)
"""The last use is stored once an hour at most, so that a call rarely costs a write."""


@dataclass(frozen=True)
class ApiKey:
    """What is stored of a key; an operator's key has no portal."""

    id: int
    member_id: str | None
    label: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    read_only: bool
    expires_at: datetime | None

    @property
    def works(self) -> bool:
        """Whether it is neither revoked nor expired."""
        expired = self.expires_at is not None and self.expires_at <= datetime.now(UTC)
        return self.revoked_at is None and not expired

    def opens(self, member_id: str) -> bool:
        """Whether this key may be used for that portal."""
        return self.member_id in (None, member_id)


class ApiKeys:
    """All API keys."""

    def __init__(self, database: Database) -> None:
        """Keep digests in `database`."""
        self._database = database

    def create(
        self,
        member_id: str | None,
        label: str = "",
        *,
        read_only: bool = False,
        expires_at: datetime | None = None,
    ) -> str:
        """Make a key for one portal, or for the operator (None); gives the key, for the only time.

        Raises NotFound for a portal that is not installed.
        """
        key = PREFIX + secrets.token_urlsafe(32)
        with self._database.write() as session:
            # The foreign key would refuse it, too, but as an error of the database.
            if member_id is not None and session.get(PortalRow, member_id) is None:
                raise NoSuchPortal
            session.add(
                ApiKeyRow(
                    digest=secret_digest(key),
                    member_id=member_id,
                    label=_one_line(label)[:LONGEST_LABEL],
                    created_at=datetime.now(UTC),
                    read_only=read_only,
                    expires_at=expires_at,
                )
            )
        return key

    def check(self, key: str) -> ApiKey | None:
        """The stored key that a presented text is; None for an unknown, revoked or expired one."""
        with self._database.read() as session:
            # Looked up by digest: what timing could tell of a digest does not help to guess a key.
            row = session.scalars(
                select(ApiKeyRow).where(ApiKeyRow.digest == secret_digest(key))
            ).first()
        # The caller learns no difference: a revoked key is no better than an invented one.
        if row is None or not _key(row).works:
            return None
        self._note(row)
        return _key(row)

    def find(self, key_id: int) -> ApiKey | None:
        """The key of that number, whether it works or not."""
        with self._database.read() as session:
            row = session.get(ApiKeyRow, key_id)
            return _key(row) if row else None

    def all(self) -> list[ApiKey]:
        """Every key, revoked ones included."""
        with self._database.read() as session:
            return [_key(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.id))]

    def of_portal(self, member_id: str) -> list[ApiKey]:
        """The keys of one portal that are not revoked, the newest first."""
        return [
            key
            for key in reversed(self.all())
            if key.member_id == member_id and key.revoked_at is None
        ]

    def revoke(self, key_id: int) -> None:
        """Stop a key from working; raises NotFound."""
        with self._database.write() as session:
            # PostgreSQL refuses larger numbers with an error instead of finding nothing.
            row = session.get(ApiKeyRow, key_id) if 0 < key_id < 2**31 else None
            if row is None:
                raise NotFound(message=N_("There is no such key."))
            # A second revocation keeps the first time.
            row.revoked_at = row.revoked_at or datetime.now(UTC)

    def _note(self, row: ApiKeyRow) -> None:
        now = datetime.now(UTC)
        if row.used_at is None or now - row.used_at > NOTED:
            with self._database.write() as session:
                again = session.get(ApiKeyRow, row.id)
                # Its portal may have been removed meanwhile, with all keys.
                if again is not None:
                    again.used_at = now


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        member_id=row.member_id,
        label=row.label,
        created_at=row.created_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
        read_only=row.read_only,
        expires_at=row.expires_at,
    )


def _one_line(text: str) -> str:
    """The text without line breaks, tabs and characters that a database or a terminal refuses."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
