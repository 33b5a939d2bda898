"""The language of an answer: the portal's, where one is known; English and Russian in full."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_babel import gettext

SUPPORTED = ("en", "ru")


def select_language() -> str:
    """What Flask-Babel asks: the session's or launch's language, otherwise the browser's."""
    # A launch names its language before there is a session.
    code = g.get("language") or (g.session.language if "session" in g else None)
    if code:
        return supported(code)
    return request.accept_languages.best_match(SUPPORTED) or "en"


def supported(code: str) -> str:
    """Bitrix24's code of a language as one of ours; everything but Russian reads English."""
    return code if code in SUPPORTED else "en"


def translate(message: str, facts: Any) -> str:
    """A marked sentence in the reader's language, with its facts."""
    text = gettext(message)
    # A sentence without facts may hold a bare percent sign.
    return text % facts if facts else text
