"""Settings → API keys: administrators of a portal make, see and revoke its keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
from flask_babel import format_date, gettext

from bx24app.api_keys import LONGEST_LABEL, ApiKey
from bx24app.errors import NotFound
from bx24app.i18n import N_
from bx24app.portals.portal import Portal
from bx24app.web.administrator import portal_of_administrator
from bx24app.web.context import container
from bx24app.web.render import render_page, require_session

bp = flask.Blueprint("settings_keys", __name__, url_prefix="/settings/keys")
bp.before_request(require_session)

ACCESS = ("write", "read")
LIFETIMES = {
    "30": N_("In 30 days"),
    "90": N_("In 90 days"),
    "365": N_("In a year"),
    "never": N_("Never"),
}


ADMINISTRATORS_ONLY = N_("Only administrators of this portal can see its API keys.")


@dataclass(frozen=True)
class Made:
    """A new key, which is shown this once."""

    label: str
    secret: str


@bp.get("")
def list_keys():
    """The keys, and the form for a new one."""
    return _page(portal_of_administrator(ADMINISTRATORS_ONLY))


@bp.post("")
def create():
    """Make a key and show it, once."""
    portal, form = portal_of_administrator(ADMINISTRATORS_ONLY), flask.request.form
    label, lifetime = form.get("label", "").strip(), form.get("expires", "")
    problem = _problem(label, form.get("access", ""), lifetime)
    if problem:
        return _page(portal, form=form, problem=problem), 422
    # `_problem` lets nothing through but the values of LIFETIMES.
    expires = None if lifetime == "never" else datetime.now(UTC) + timedelta(days=int(lifetime))
    secret = container().api_keys.create(
        portal.member_id, label, read_only=form["access"] == "read", expires_at=expires
    )
    # Not a redirect: only a digest is stored, so the secret exists in this answer alone.
    return _page(portal, made=Made(label, secret))


@bp.get("/<int:key_id>/revoke")
def confirm_revoke(key_id: int):
    """The question before a key is revoked."""
    portal = portal_of_administrator(ADMINISTRATORS_ONLY)
    return flask.render_template("parts/revoke_key.html", key=_key(portal, key_id))


@bp.post("/<int:key_id>/revoke")
def revoke(key_id: int):
    """Stop a key of this portal from working."""
    portal = portal_of_administrator(ADMINISTRATORS_ONLY)
    # The number comes from the address: it may be a key of another portal.
    found = _key(portal, key_id)
    container().api_keys.revoke(found.id)
    return _page(portal, message=gettext("The key “%(label)s” was revoked.", label=found.label))


def _key(portal: Portal, key_id: int) -> ApiKey:
    """A key of the portal that works; any other one is not found."""
    for key in container().api_keys.of_portal(portal.member_id):
        if key.id == key_id:
            return key
    raise NotFound(message=N_("There is no such key."))


def _problem(label: str, access: str, lifetime: str) -> str:
    """What is wrong with the form; empty if nothing is."""
    if not label:
        return gettext("Enter a label.")
    if len(label) > LONGEST_LABEL:
        return gettext("The label is too long.")
    if access not in ACCESS:
        return gettext("Choose read and write, or read-only.")
    return "" if lifetime in LIFETIMES else gettext("Choose when the key expires.")


def _page(portal: Portal, **context: Any) -> str:
    return render_page(
        "settings_keys.html",
        keys=[_row(key) for key in container().api_keys.of_portal(portal.member_id)],
        lifetimes={value: gettext(label) for value, label in LIFETIMES.items()},
        **context,
    )


def _row(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "label": key.label or f"#{key.id}",
        "access": gettext("Read-only") if key.read_only else gettext("Read and write"),
        "used": format_date(key.used_at) if key.used_at else gettext("never used"),
        "expires": format_date(key.expires_at) if key.expires_at else gettext("Never"),
        "expired": not key.works,
    }
