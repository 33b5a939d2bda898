"""What Gunicorn takes from here whenever it is started in this folder; `make serve` says the rest.

Its own logs are masked like ours: it writes request lines, with whatever a caller put into them.
"""

from __future__ import annotations

import logging
import os

from gunicorn import glogging

from bx24app.masking import mask_path

worker_class = "gthread"
control_socket_disable = True
# A program may wait 90 seconds for its turn at a portal; what is under way at SIGTERM is finished.
graceful_timeout = 100


class Masked(logging.Formatter):
    """Writes what another formatter writes, without secrets."""

    def __init__(self, inner: logging.Formatter) -> None:
        """`inner` knows what a line looks like."""
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """One record, with its trace."""
        return mask_path(self._inner.format(record))


class Logger(glogging.Logger):
    """Gunicorn's logger, which tells no secrets."""

    def setup(self, cfg: object) -> None:
        """Set the handlers up, and a mask before each."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(Masked(handler.formatter or logging.Formatter()))


logger_class = Logger


def when_ready(server: object) -> None:
    """Say what the pages for the Market lack; the application works without it."""
    missing = [name for name in ("BX24_VENDOR", "BX24_SUPPORT_EMAIL") if not os.environ.get(name)]
    if missing:
        words = "%s missing: the legal and help pages cannot say who offers the application"
        getattr(server, "log").warning(words, ", ".join(missing))  # noqa: B009


def post_worker_init(worker: object) -> None:
    """Let each worker look for plans that were queued, or left by a worker that was killed."""
    runner = getattr(worker, "wsgi").extensions["bx24app"].runner  # noqa: B009
    runner.wake()
