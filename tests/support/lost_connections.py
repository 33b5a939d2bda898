"""A database that is away for one moment, and a process that dies before one of its connections."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bx24app.container import Container


class Crash(BaseException):
    """The process is killed at this point; nothing catches it on purpose."""


class Connections:
    """Refuses one connection to the database of those that are asked for from now on."""

    def __init__(self) -> None:
        """All can be had."""
        self._left = -1
        self._kills = False
        self._main = threading.get_ident()
        self._life = _Life()

    def fail_at(self, number: int, *, kills: bool = False) -> None:
        """Let the connection of that number fail, counted from nought; none if it is negative.

        If it `kills`, the process dies there instead.
        """
        self._left, self._kills = number, kills

    def watch(self, container: Container) -> None:
        """Stand before the connections of a container, which is a process that lives now."""
        life = self._life = _Life()
        event.listen(container.database.engine, "checkout", lambda *_: self._checkout(life))

    def kill(self) -> None:
        """The process that lives now reaches the database no more, whatever still runs of it."""
        self._life.dead = True

    def bury(self) -> None:
        """The dead process has unwound: what it still asks for is refused like an error."""
        self._life.buried = True

    def _checkout(self, life: _Life) -> None:
        if life.buried or (life.dead and threading.get_ident() != self._main):
            raise _away()
        # `finally` and `except` run in a simulated death, and must not write.
        if life.dead:
            raise Crash
        # What happens in the background is not counted, or the same seed would differ.
        if threading.get_ident() != self._main:
            return
        self._left -= 1
        if self._left == -1 and self._kills:
            self.kill()
            raise Crash
        if self._left == -1:
            raise _away()


class _Life:
    dead = buried = False


def _away() -> Any:
    return OperationalError("away", None, Exception("the database is away"))
