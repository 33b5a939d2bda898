"""Unsaved tokens: handed out while the database was away, used from memory and saved later.

The authorization server may have revoked the old refresh token by then: if the new one were lost,
so would be the portal's authorization.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from bx24app.bitrix24.tokens import OAuthToken
from bx24app.store.database import DatabaseAway

PAUSE = 0.5
"""Seconds between two attempts to save."""
LAST_ATTEMPTS = 10.0
"""Seconds for which a process that ends goes on trying."""

log = logging.getLogger("bx24app.tokens")

Key = tuple[str, int]
"""A portal's member_id and the number of a user there."""


class UnsavedTokens:
    """The tokens of this process that wait for the database, by user and version of the row."""

    def __init__(self, save: Callable[[Key, Any, OAuthToken], OAuthToken]) -> None:
        """`save` takes the user, what is stored (see StoredToken), and the new token."""
        self._save = save
        self._kept: dict[Key, tuple[Any, OAuthToken]] = {}
        self._lock = threading.Lock()
        self._saver: threading.Thread | None = None

    def save(self, key: Key, held: Any, token: OAuthToken) -> OAuthToken:
        """Save a token that was handed out, or keep it until the database is back.

        Gives the token to use; see `keep`.
        """
        try:
            return self._save(key, held, token)
        except DatabaseAway:
            if not token.refresh_token:  # the server says that the old one stays
                token = OAuthToken(token.access_token, held.token.refresh_token, token.expires_at)
            self.keep(key, held, token)
            return token

    def keep(self, key: Key, held: Any, token: OAuthToken) -> None:
        """Keep a token that could not be saved, and go on trying.

        `held` is what is stored: its refresh token is spent, its version tells the row.
        """
        log.error("a new token waits for the database", extra={"portal": key[0]})
        with self._lock:
            self._kept[key] = held, token
            if self._saver is None:
                # No daemon: a process that ends tries for a last time.
                saver = threading.Thread(target=self._run, name="unsaved tokens")
                try:
                    saver.start()
                except RuntimeError:
                    log.exception("no thread to save tokens; the next one tries again")
                else:
                    self._saver = saver

    def token(self, key: Key, version: int) -> OAuthToken | None:
        """The token that belongs in a row of that version; None where the row is up to date."""
        # The row's version shows whether somebody has stored a newer token since.
        kept = self._kept.get(key)
        return kept[1] if kept and kept[0].version == version else None

    def _run(self) -> None:
        give_up: float | None = None
        while True:
            time.sleep(PAUSE)
            for key, (held, token) in list(self._kept.items()):
                self._try(key, held, token)
            # Only an ending process gives up: the interpreter waits for this thread, and the
            # database may not come back.
            if give_up is None and not threading.main_thread().is_alive():
                give_up = time.monotonic() + LAST_ATTEMPTS
            with self._lock:
                # Under the lock, so that `keep` finds this thread running or starts another.
                if not self._kept or (give_up is not None and time.monotonic() > give_up):
                    self._saver = None
                    return

    def _try(self, key: Key, held: Any, token: OAuthToken) -> None:
        """Save one; what is not to be saved any more, as its portal has left, is dropped."""
        try:
            self._save(key, held, token)
        except DatabaseAway:
            return
        except Exception:
            log.exception("a token is not saved any more", extra={"portal": key[0]})
        with self._lock:
            # A newer token of the same user may have been kept while this one was saved.
            if self._kept.get(key) == (held, token):
                del self._kept[key]
