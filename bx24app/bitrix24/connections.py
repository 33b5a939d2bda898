"""Kept connections: few to each host, and closed soon when nobody needs them.

Every portal is a host of its own, and a process may have no more than some hundred open files.
"""

from __future__ import annotations

import logging
import resource
import threading
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

HOSTS = 128
"""Hosts to which connections are kept; beyond, the longest unused host's are closed. Fewer where
the process may open few files."""
CONNECTIONS_PER_HOST = 4
"""Kept to one host; more may be open while they are used (see Bulkheads)."""
IDLE = 30.0
"""Seconds after which a connection that nobody uses is closed."""
SWEPT_EVERY = 1.0
"""Seconds between two looks for such connections."""
FILES = 1024
"""Open files that a process may need: connections to hosts, to clients and to the database."""

log = logging.getLogger("bx24app.connections")


class KeptConnections(HTTPAdapter):
    """The connections of the process; the sessions that use them come and go without closing it."""

    def __init__(self, idle: float = IDLE, files: int | None = None) -> None:
        """Close what is `idle` for so many seconds.

        `files` is how many the process may open: what the system allows, unless given.
        """
        hosts = hosts_for(allowed_files() if files is None else files)
        super().__init__(pool_connections=hosts, pool_maxsize=CONNECTIONS_PER_HOST)
        self._idle = idle
        self._swept = time.monotonic()
        self._lock = threading.Lock()
        # urllib3 does not note when a connection came back, hence pools of our own.
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def send(self, *args: Any, **kwargs: Any) -> Any:
        """See HTTPAdapter."""
        now = time.monotonic()
        # Whoever gets the lock sweeps; the other threads go on with their requests.
        if now - self._swept > SWEPT_EVERY and self._lock.acquire(blocking=False):
            try:
                self._swept = now
                self.sweep(now - self._idle)
            finally:
                self._lock.release()
        return super().send(*args, **kwargs)

    def sweep(self, since: float) -> None:
        """Close all connections that nobody has used `since` (by the monotonic clock)."""
        known = self.poolmanager.pools
        with known.lock:  # asking it for each pool would make all of them the last used
            pools = list(known._container.values())
        for pool in pools:
            _close_idle(pool, since)

    def close(self) -> None:
        """Do nothing: sessions close their adapters, and this one is shared by all of them."""


class _Stamped:
    """A pool that notes when each connection came back."""

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)  # type: ignore[misc]


class _Pool(_Stamped, HTTPConnectionPool):
    pass


class _SecurePool(_Stamped, HTTPSConnectionPool):
    pass


def _close_idle(pool: Any, since: float) -> None:
    """Close the pool's idle connections; urllib3 opens a new one where it finds None."""
    waiting = pool.pool
    if waiting is None:  # closed meanwhile
        return
    # The queue's own lock: no request can take a connection that is about to be closed.
    with waiting.mutex:
        stale = [
            place
            for place, conn in enumerate(waiting.queue)
            if conn is not None and getattr(conn, "idle_since", since) <= since
        ]
        found = [waiting.queue[place] for place in stale]
        for place in stale:
            waiting.queue[place] = None
    # Outside the mutex: closing a TLS connection may block.
    for conn in found:
        conn.close()


def allowed_files() -> int:
    """How many files this process may open (RLIMIT_NOFILE); -1 for no limit."""
    # The soft limit, which is the one that fails.
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def hosts_for(files: int) -> int:
    """To how many hosts connections are kept by a process that may open so many files."""
    # All that is kept takes half of the files at most; the rest is for clients and the database.
    fitting = HOSTS if files < 0 else files // (2 * CONNECTIONS_PER_HOST)
    return max(1, min(HOSTS, fitting))


def warn_about_files(limit: int | None = None) -> bool:
    """Say in the log where the process may open too few files; gives whether it did.

    `limit` is what the system allows unless given.
    """
    allowed = allowed_files() if limit is None else limit
    too_few = allowed != resource.RLIM_INFINITY and allowed < FILES
    if too_few:
        log.warning(
            "this process may open %d files only, and may need %d: raise `ulimit -n`",
            allowed,
            FILES,
        )
    return too_few
