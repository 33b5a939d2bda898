"""The journal of REST exchanges: masked, kept at least three days, as the Market demands."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, tuple_
from sqlalchemy.orm import Session

from bx24app.bitrix24.client import Exchange
from bx24app.bitrix24.errors import ERRORS_BY_CODE
from bx24app.masking import Masked, masked_json
from bx24app.portals.exchange_queue import ExchangeQueue, WaitingExchange
from bx24app.store.counters import PORTAL_ERRORS, WAIT_SECONDS, WAITS, count
from bx24app.store.database import Base, Database, DatabaseAway
from bx24app.store.models import ExchangeRow, PortalRow

KEPT = timedelta(days=4)
LONGEST = 96 * 1024
"""Characters of a request or response that are kept: 64 KiB as sent may be longer as JSON."""
PRUNED_EVERY = 60.0
"""Seconds between two looks for what is too old."""
PAUSE = 0.5
"""Seconds between two writings, so that a call does not wait for its own record."""
LONGEST_PAUSE = 30.0
"""Seconds between two attempts while the database does not answer."""
PIECE = 1000
"""Rows removed in one statement, so that nobody waits long for the table."""
MOST_PIECES = 100
"""Pieces removed in one go; the rest goes the next time."""
NO_ANSWER, OTHER = "no_answer", "other"
"""Labels of errors without a code, and with one that we do not know."""
UNREADABLE = "(could not be written down)"
INSERT = insert(Base.metadata.tables[ExchangeRow.__tablename__])
STORED_PORTALS = (
    select(PortalRow.member_id)
    .where(PortalRow.member_id.in_(bindparam("member_ids", expanding=True)))
    .with_for_update(read=True, key_share=True)
)

log = logging.getLogger("bx24app.exchanges")


class Journal:
    """Records exchanges in a background thread and removes old ones.

    Failures are logged and never reach the caller.
    """

    def __init__(self, database: Database) -> None:
        """Write to `database`."""
        self._database = database
        self._waiting = ExchangeQueue()
        self._writer: threading.Thread | None = None
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._closing = threading.Event()
        self._pruned = -PRUNED_EVERY

    def record(self, member_id: str, exchange: Exchange, *, visit: bool = False) -> None:
        """Note one exchange with a portal; a `visit` is one that may not be ours, or not yet.

        Never raises.
        """
        try:
            row = _row(member_id, exchange)
            log.info(
                "exchange",
                extra={
                    "portal": member_id,
                    "method": row["method"],
                    "status": row["status"],
                    "error": row["error"],
                    "milliseconds": row["milliseconds"],
                },
            )
            self._waiting.add(WaitingExchange(row, visit, exchange.waited))
            self._start()
        except Exception:
            log.exception("an exchange could not be noted")

    def _start(self) -> None:
        """Start the writer unless it runs; where the system has no thread, the next record tries.

        It is no daemon: a process that ends waits this moment for what it has noted.
        """
        with self._lock:
            if self._writer is None:
                writer = threading.Thread(target=self._write, name="journal")
                writer.start()
                self._writer = writer

    def flush(self) -> None:
        """Write what waits, now; what comes after its portal was forgotten is dropped.

        Raises DatabaseAway, and what could not be written goes on waiting.
        """
        # One flush at a time: two could put rows back in the wrong order after a failure.
        with self._flushing:
            noted = self._waiting.take()
            if not noted:
                return
            try:
                self._insert(noted)
            except DatabaseAway:
                self._waiting.put_back(noted)
                raise
            except Exception:
                # One bad row may be the cause, and the others can be written without it.
                log.exception("exchanges are written one by one")
                self._insert_singly(noted)

    def _insert(self, noted: Sequence[WaitingExchange]) -> None:
        with self._database.write() as session:
            ours = _stored_portals(session, {one.row["member_id"] for one in noted})
            # A row of a portal that was removed meanwhile would stay after the portal's data is
            # gone.
            rows = [one.row for one in noted if one.visit or one.row["member_id"] in ours]
            if rows:
                session.execute(INSERT, rows)
            count(session, _counts(noted))

    def _insert_singly(self, noted: Sequence[WaitingExchange]) -> None:
        for one in noted:
            try:
                self._insert([one])
            except Exception:
                log.exception("an exchange could not be written")

    def close(self) -> None:
        """Write what waits and end the writing; nothing touches the database afterwards."""
        self._closing.set()
        writer = self._writer
        if writer is not None:
            writer.join()
        try:
            self.flush()
        except Exception:
            log.exception("the journal could not be written at the end")

    def read(self, member_id: str, since: datetime | None = None) -> Iterator[ExchangeRow]:
        """The written exchanges of one portal, oldest first, from a moment on."""
        wanted = select(ExchangeRow).where(ExchangeRow.member_id == member_id)
        if since is not None:
            wanted = wanted.where(ExchangeRow.at >= since)
        after: tuple[datetime, int] | None = None
        while True:
            part = wanted.order_by(ExchangeRow.at, ExchangeRow.id).limit(PIECE // 10)
            if after is not None:
                part = part.where(tuple_(ExchangeRow.at, ExchangeRow.id) > after)
            # Piece by piece, because the exchanges of some days may be gigabytes.
            with self._database.read() as session:
                rows = list(session.scalars(part))
            yield from rows
            if not rows:
                return
            after = rows[-1].at, rows[-1].id

    def prune(self) -> None:
        """Remove what is older than it has to be kept."""
        self._pruned = time.monotonic()
        self._remove(ExchangeRow.at < datetime.now(UTC) - KEPT, MOST_PIECES)

    def forget(self, member_id: str) -> None:
        """Remove everything about one portal."""
        self.flush()
        self._remove(ExchangeRow.member_id == member_id)

    def remove(self, session: Session, member_id: str) -> None:
        """Remove the rest of one portal's exchanges, in the caller's transaction."""
        session.execute(delete(ExchangeRow).where(ExchangeRow.member_id == member_id))

    def _remove(self, condition: ColumnElement[bool], most_pieces: int | None = None) -> None:
        """Remove rows piece by piece, each in a transaction of its own."""
        ids, pieces, removed = select(ExchangeRow.id).where(condition).limit(PIECE), 0, PIECE
        while removed == PIECE and pieces != most_pieces:
            with self._database.write() as session:
                found = list(session.scalars(ids))
                session.execute(delete(ExchangeRow).where(ExchangeRow.id.in_(found)))
            pieces, removed = pieces + 1, len(found)

    def _write(self) -> None:
        """Write what came in until nothing waits; the next record starts another thread."""
        failures, due = 0, 0.0
        while True:
            # Not every process calls `close`. As no daemon, this thread keeps an ending interpreter
            # waiting, so it has to see by itself that the main thread has ended.
            closing = self._closing.wait(PAUSE) or not threading.main_thread().is_alive()
            if closing or time.monotonic() >= due:
                try:
                    self.flush()
                    failures = 0
                    if time.monotonic() - self._pruned > PRUNED_EVERY:
                        self.prune()
                except Exception:
                    log.exception("the journal could not be written")
                    failures += 1
                    # Pauses grow while the database is away; the queue is bounded meanwhile.
                    due = time.monotonic() + min(PAUSE * 2**failures, LONGEST_PAUSE)
            with self._lock:
                # Under the lock, so that a record made now is seen here or starts another thread.
                if closing or not self._waiting:
                    self._writer = None
                    return


def _counts(noted: Sequence[WaitingExchange]) -> dict[tuple[str, str], float]:
    """What the metrics tell of these exchanges."""
    counts: defaultdict[tuple[str, str], float] = defaultdict(float)
    for row, _, waited in noted:
        if row["error"] is not None:
            counts[PORTAL_ERRORS, error_label(row["error"])] += 1
        if waited:
            counts[WAITS, ""] += 1
            counts[WAIT_SECONDS, ""] += waited
    return counts


def error_label(code: str) -> str:
    """The code of a portal as one of a fixed set, for a label."""
    if not code:
        return NO_ANSWER
    return code.lower() if code.lower() in ERRORS_BY_CODE else OTHER


def _stored_portals(session: Session, member_ids: set[str]) -> set[str]:
    """Those of the portals that are stored; none of them can leave before we have written."""
    # KEY SHARE locks keep the portals from being deleted, but not from being updated.
    return set(session.scalars(STORED_PORTALS, {"member_ids": list(member_ids)}))


def _row(member_id: str, exchange: Exchange) -> dict[str, Any]:
    request, response = _readable(exchange.params), _readable(exchange.body)
    return {
        # An exchange is recorded when it is over, and dated by its beginning.
        "at": datetime.now(UTC) - timedelta(seconds=exchange.seconds),
        "member_id": member_id,
        "method": _clean(_name(exchange), 255),
        "status": exchange.status,
        "error": None if exchange.error is None else _clean(exchange.error, 255),
        "milliseconds": round(exchange.seconds * 1000),
        "request": _clean(request.text, LONGEST),
        "response": _clean(response.text, LONGEST),
        "cut": request.cut or response.cut,
    }


def _name(exchange: Exchange) -> str:
    if exchange.method != "batch":
        return exchange.method
    commands = exchange.params.get("cmd", {}).values()
    # A command is written `method?query`.
    return "batch " + " ".join(dict.fromkeys(command.partition("?")[0] for command in commands))


def _readable(value: Any) -> Masked:
    """The text of a request or response; one that cannot be read does not lose the exchange."""
    try:
        return masked_json(value, LONGEST)
    except Exception:
        log.exception("an exchange's content could not be noted")
        return Masked(UNREADABLE, cut=True)


def _clean(text: str, longest: int) -> str:
    """As much of a text as every database takes; a portal may send halves of characters."""
    # PostgreSQL stores no NUL, and a lone surrogate cannot be encoded.
    return text[:longest].replace("\x00", "").encode(errors="replace").decode()
