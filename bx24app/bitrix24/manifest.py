"""The application's card, `install.json`: the one source of titles, scopes, paths and events."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bx24app.errors import Error

FILE = Path(__file__).parents[2] / "install.json"
WIDER = {"user_brief": {"user_brief", "user_basic", "user"}}
"""Scopes that contain others (Bitrix24 docs, scopes/permissions)."""


@dataclass(frozen=True)
class Manifest:
    """What is entered in the vendor's cabinet and what the application itself goes by."""

    titles: dict[str, str]
    """The menu item and heading, by language; English is always there."""
    descriptions: dict[str, str]
    """One or two sentences for the Market, by language."""
    scopes: tuple[str, ...]
    """The fewest rights the application works with."""
    handlers: dict[str, str]
    """Paths of our endpoints: install, launch, events, connect."""
    events: tuple[str, ...]
    """Events bound at installation."""
    placements: tuple[str, ...]
    """Places in the portal besides the menu item; none."""

    @classmethod
    def load(cls, file: Path = FILE) -> Manifest:
        """Read the card; raises Error when it lacks something."""
        try:
            card: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return cls(
                titles={code: str(text["title"]) for code, text in card["languages"].items()},
                descriptions={
                    code: str(text["description"]) for code, text in card["languages"].items()
                },
                scopes=tuple(card["scopes"]),
                handlers=dict(card["handlers"]),
                events=tuple(card["events"]),
                placements=tuple(card["placements"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Error(
                "bad_manifest", "install.json is incomplete: %(problem)s", problem=str(error)
            ) from None

    def title(self, language: str) -> str:
        """The application's title in a language, or in English."""
        return self.titles.get(language, self.titles["en"])

    def missing(self, granted: Collection[str]) -> tuple[str, ...]:
        """Scopes we need that a portal did not grant; none where the portal names no scopes."""
        # Unknown is not missing: a false warning would send the administrator looking.
        if not granted:
            return ()
        # `user` contains `user_brief`, though the portal names only the wider one.
        return tuple(scope for scope in self.scopes if not WIDER.get(scope, {scope}) & set(granted))
