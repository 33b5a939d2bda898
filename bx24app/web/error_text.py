"""What an error says to whoever asked: the sentence, and whether anything was changed."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from bx24app.errors import Error
from bx24app.flows.problems import InvalidFlow
from bx24app.web.language import translate

READS = ("GET", "HEAD", "OPTIONS")
"""Methods of requests that change nothing."""
LOOKS = frozenset(
    {
        "handshake.launch",
        "handshake.renew_session",
        "flow_form.name",
        "flow_form.sentences_of_form",
        "flow_form.restore",
        "picker.template",
    }
)
"""Views that are posted to and change nothing all the same."""


def error_text(error: Error) -> str:
    """The sentence of an error, in the reader's language."""
    text = translate(error.message, error.facts)
    # Somebody who only looked does not wonder whether something was changed.
    if error.changed_nothing and not error.maybe_done and _asked_for_change():
        return " ".join([text, gettext("Nothing was changed.")])
    return text


def row_text(error: Error) -> str:
    """The same in the little room of a row, with what is wrong and the portal's own words."""
    if isinstance(error, InvalidFlow):
        text = " ".join(translate(one.message, one.facts) for one in error.problems)
    else:
        text = error_text(error)
    words = error.portal_description
    if not words:
        return text
    return " ".join([text, gettext("Bitrix24 says: %(words)s", words=words)])


def _asked_for_change() -> bool:
    return request.method not in READS and request.endpoint not in LOOKS
