"""Blueprints that are kept: the gallery of ready ones, and the own ones of each portal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from bx24app.blueprints.document import parse_document
from bx24app.blueprints.nodes import Finding, InvalidDocument, Node
from bx24app.blueprints.reading import read_document
from bx24app.blueprints.variables import stand_ins
from bx24app.errors import NotFound
from bx24app.i18n import N_
from bx24app.store.blueprint_models import BlueprintRow
from bx24app.store.database import Database, upsert

GALLERY = (
    "it-help-desk",
    "hr-onboarding",
    "purchase-approvals",
    "content-production",
    "legal-review",
    "accounts-payable",
    "facilities",
    "travel-expenses",
)
"""The ready ones, in the order in which they are shown; files beside this module."""
FOLDER = Path(__file__).parent / "gallery"
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
MOST = 100
"""Own blueprints of one portal."""
Texts = Mapping[str, str]


@dataclass(frozen=True)
class ReadyBlueprint:
    """A blueprint of the gallery."""

    slug: str
    name: Texts
    """By language."""
    description: Texts
    document: Mapping[str, Any]
    text: str
    """The document as it is written, with its comments."""


@dataclass(frozen=True)
class KeptBlueprint:
    """A document that is kept for a portal."""

    slug: str
    document: Mapping[str, Any]
    updated_at: datetime


class NoSuchBlueprint(NotFound):
    """The portal keeps no blueprint of that name."""

    message = N_("There is no such blueprint.")


class KeptBlueprints:
    """The gallery, and what portals keep."""

    def __init__(self, database: Database) -> None:
        """Keep portals' own blueprints in `database`."""
        self._database = database
        self._gallery = [_ready(slug) for slug in GALLERY]

    def gallery(self) -> list[ReadyBlueprint]:
        """The ready ones."""
        return self._gallery

    def all(self, member_id: str) -> list[KeptBlueprint]:
        """Those that a portal keeps, by their names."""
        wanted = select(BlueprintRow).where(BlueprintRow.member_id == member_id)
        with self._database.read() as session:
            return [_kept(row) for row in session.scalars(wanted.order_by(BlueprintRow.slug))]

    def get(self, member_id: str, slug: str) -> KeptBlueprint:
        """One that a portal keeps; raises NoSuchBlueprint."""
        with self._database.read() as session:
            row = session.get(BlueprintRow, (member_id, slug))
            if row is None:
                raise NoSuchBlueprint
            return _kept(row)

    def put(self, member_id: str, slug: str, document: Node) -> bool:
        """Keep a document under a name; gives whether the name is new. Raises InvalidDocument."""
        if not SLUG.fullmatch(slug):
            message = N_("A name in an address has small letters, digits, - and _, at most 100.")
            raise InvalidDocument([Finding("", "bad_slug", message)])
        parse_document(document, stand_ins(document))
        with self._database.write() as session:
            of_portal = select(func.count()).where(BlueprintRow.member_id == member_id)
            is_new = session.get(BlueprintRow, (member_id, slug)) is None
            if is_new and (session.scalar(of_portal) or 0) >= MOST:
                message = N_("A portal keeps at most %(most)s blueprints.")
                raise InvalidDocument([Finding("", "too_many", message, {"most": MOST})])
            values = {
                "member_id": member_id,
                "slug": slug,
                "document": json.dumps(document.plain()),
                "updated_at": datetime.now(UTC).replace(microsecond=0),
            }
            upsert(session, BlueprintRow, [values])
        return is_new

    def delete(self, member_id: str, slug: str) -> None:
        """Keep one no longer; raises NoSuchBlueprint."""
        with self._database.write() as session:
            gone = session.execute(
                delete(BlueprintRow)
                .where(BlueprintRow.member_id == member_id, BlueprintRow.slug == slug)
                .returning(BlueprintRow.slug)
            ).first()
        if gone is None:
            raise NoSuchBlueprint


def _kept(row: BlueprintRow) -> KeptBlueprint:
    return KeptBlueprint(row.slug, json.loads(row.document), row.updated_at)


def _ready(slug: str) -> ReadyBlueprint:
    text = (FOLDER / f"{slug}.yaml").read_text(encoding="utf-8")
    document = read_document(text).plain()
    (flow,) = document["flows"].values()
    return ReadyBlueprint(slug, flow["name"], flow["description"], document, text)
