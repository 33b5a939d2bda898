"""The first answers to repeated requests, given again under the same `Idempotency-Key`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.store.database import Database
from bx24app.store.models import StoredResponseRow

KEPT = timedelta(hours=24)
UNFINISHED = timedelta(minutes=3)
"""After that long a first call without an answer has died, and the next one takes its place."""


@dataclass(frozen=True)
class IdempotentRequest:
    """A request that names itself: who asks about which portal, under which name, and what."""

    key_id: int
    member_id: str
    name: str
    digest: str


@dataclass(frozen=True)
class StoredResponse:
    """An answer as it was given."""

    status: int
    headers: dict[str, str]
    body: str


class KeyReused(Error):
    """The same `Idempotency-Key` came with another request."""

    code = "idempotency_key_reused"
    message = N_("This Idempotency-Key was used for another request. Nothing was changed.")


class StillRunning(Error):
    """The first request of that name has not been answered yet."""

    code = "portal_busy"
    message = N_("The same request is still being carried out. Ask again in a moment.")


class StoredResponses:
    """The answers of the last day."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def begin(self, asked: IdempotentRequest) -> StoredResponse | None:
        """The answer given before, or None for whoever is the first and has to make one.

        Raises OtherRequest, and UnderWay while the first one is at it.
        """
        now = datetime.now(UTC)
        with self._database.write() as session:
            session.execute(
                delete(StoredResponseRow).where(StoredResponseRow.asked_at < now - KEPT)
            )
            row = session.get(StoredResponseRow, (asked.key_id, asked.member_id, asked.name))
            if row is None:
                session.add(_row(asked, now))
                try:
                    session.flush()
                except IntegrityError:
                    raise StillRunning(retryable=True, retry_after=1) from None
                return None
            if row.request_digest != asked.digest:
                raise KeyReused
            if row.status is not None:
                return StoredResponse(row.status, json.loads(row.headers or "{}"), row.body or "")
            if row.asked_at > now - UNFINISHED:
                raise StillRunning(retryable=True, retry_after=1)
            row.asked_at = now
            return None

    def finish(self, asked: IdempotentRequest, reply: StoredResponse) -> None:
        """Keep the answer for whoever asks again."""
        with self._database.write() as session:
            row = session.get(StoredResponseRow, (asked.key_id, asked.member_id, asked.name))
            if row is not None:
                row.status, row.body = reply.status, reply.body
                row.headers = json.dumps(reply.headers)

    def drop(self, asked: IdempotentRequest) -> None:
        """Forget that it was asked: nothing came of it, so the next one may try."""
        with self._database.write() as session:
            row = session.get(StoredResponseRow, (asked.key_id, asked.member_id, asked.name))
            if row is not None:
                session.delete(row)


def _row(asked: IdempotentRequest, now: datetime) -> StoredResponseRow:
    return StoredResponseRow(
        key_id=asked.key_id,
        member_id=asked.member_id,
        name=asked.name,
        request_digest=asked.digest,
        asked_at=now,
    )
