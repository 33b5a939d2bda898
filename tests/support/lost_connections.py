"""A database that is away for one moment: one of the next connections to it cannot be had."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bx24app.container import Container


class Connections:
    """Refuses one connection to the database of those that are asked for from now on."""

    def __init__(self) -> None:
        """All can be had."""
        self._left = -1

    def fail_at(self, number: int) -> None:
        """Let the connection of that number fail, counted from nought; none if it is negative."""
        self._left = number

    def watch(self, container: Container) -> None:
        """Stand before the connections of a container."""
        event.listen(container.database.engine, "checkout", self._checkout)

    def _checkout(self, *_: Any) -> None:
        self._left -= 1
        if self._left == -1:
            raise OperationalError("away", None, Exception("the database is away"))
