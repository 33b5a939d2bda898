"""The journal of REST exchanges: masked, kept at least three days, as the Market demands."""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from bx24app.bitrix24.client import Exchange
from bx24app.masking import mask
from bx24app.store.database import Base, Database
from bx24app.store.models import ExchangeRow, PortalRow

KEPT = timedelta(days=4)
LONGEST = 4000
"""Characters of a request or response that are kept."""
PRUNED_EVERY = 60.0
"""Seconds between two looks for what is too old."""
PAUSE = 0.5
"""Seconds between two writings, so that a call does not wait for its own record."""
INSERT = insert(Base.metadata.tables[ExchangeRow.__tablename__])
STORED_PORTALS = (
    select(PortalRow.member_id)
    .where(PortalRow.member_id.in_(bindparam("member_ids", expanding=True)))
    .with_for_update(read=True, key_share=True)
)

log = logging.getLogger("bx24app.exchanges")


class Journal:
    """Records exchanges behind the caller's back and throws old ones away."""

    def __init__(self, database: Database) -> None:
        """Write to `database`."""
        self._database = database
        self._waiting: SimpleQueue[_Waiting] = SimpleQueue()
        self._writer: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._pruned = -PRUNED_EVERY

    def record(self, member_id: str, exchange: Exchange, *, visit: bool = False) -> None:
        """Note one exchange with a portal; a `visit` is one that may not be ours, or not yet."""
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
        self._waiting.put(_Waiting(row, visit))
        with self._lock:
            if self._writer is None:
                # No daemon: a process that ends waits this moment for what it has noted.
                self._writer = threading.Thread(target=self._write, name="journal")
                self._writer.start()

    def flush(self) -> None:
        """Write what waits, now; what comes after its portal was forgotten is dropped."""
        noted = []
        while True:
            try:
                noted.append(self._waiting.get_nowait())
            except Empty:
                break
        if not noted:
            return
        with self._database.write() as session:
            ours = _stored_portals(session, {row["member_id"] for row, _ in noted})
            rows = [row for row, visit in noted if visit or row["member_id"] in ours]
            if rows:
                session.execute(INSERT, rows)

    def close(self) -> None:
        """Write what waits and end the writing; nothing touches the database afterwards."""
        self._closing.set()
        writer = self._writer
        if writer is not None:
            writer.join()
        self.flush()

    def prune(self) -> None:
        """Remove what is older than it has to be kept."""
        self._pruned = time.monotonic()
        with self._database.write() as session:
            session.execute(delete(ExchangeRow).where(ExchangeRow.at < datetime.now(UTC) - KEPT))

    def forget(self, member_id: str) -> None:
        """Remove everything about one portal."""
        self.flush()
        with self._database.write() as session:
            session.execute(delete(ExchangeRow).where(ExchangeRow.member_id == member_id))

    def _write(self) -> None:
        """Write what came in until nothing waits; the next record starts another thread."""
        while True:
            closing = self._closing.wait(PAUSE)
            try:
                self.flush()
                if time.monotonic() - self._pruned > PRUNED_EVERY:
                    self.prune()
            except Exception:
                log.exception("the journal could not be written")
            with self._lock:
                if closing or self._waiting.empty():
                    self._writer = None
                    return


class _Waiting(NamedTuple):
    """A row to be written, and whether the portal may be none of ours."""

    row: dict[str, Any]
    visit: bool


def _stored_portals(session: Session, member_ids: set[str]) -> set[str]:
    """Those of the portals that are stored; none of them can leave before we have written."""
    return set(session.scalars(STORED_PORTALS, {"member_ids": list(member_ids)}))


def _row(member_id: str, exchange: Exchange) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC) - timedelta(seconds=exchange.seconds),
        "member_id": member_id,
        "method": _clean(_name(exchange), 255),
        "status": exchange.status,
        "error": None if exchange.error is None else _clean(exchange.error, 255),
        "milliseconds": round(exchange.seconds * 1000),
        "request": _text(exchange.params),
        "response": _text(exchange.body),
    }


def _name(exchange: Exchange) -> str:
    if exchange.method != "batch":
        return exchange.method
    commands = exchange.params.get("cmd", {}).values()
    return "batch " + " ".join(dict.fromkeys(command.partition("?")[0] for command in commands))


def _text(value: Any) -> str:
    return _clean(json.dumps(mask(value), ensure_ascii=False, default=str), LONGEST)


def _clean(text: str, longest: int) -> str:
    """As much of a text as every database takes; a portal may send halves of characters."""
    return text[:longest].replace("\x00", "").encode(errors="replace").decode()
