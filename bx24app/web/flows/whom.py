"""Whom to ask for what one may not do oneself."""

from __future__ import annotations

from flask_babel import gettext

from bx24app.portals.access import Actor


def administrators(me: Actor) -> str:
    """The sentence that names an administrator of the portal; raises nothing.

    Bitrix24 has no method that lists administrators, but one of them has installed the application.
    """
    pair = ("user", str(me.portal.installer_id))
    entry = me.directory.entries([pair])[pair]
    if entry.state or entry.name.startswith("#"):
        return gettext("Ask an administrator of your Bitrix24.")
    return gettext(
        "Ask an administrator of your Bitrix24, for example %(name)s, who installed this app.",
        name=entry.name,
    )
