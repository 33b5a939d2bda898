"""The base class of all errors that are raised on purpose; they carry facts, not statuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bx24app.i18n import N_


class Error(Exception):
    """Something that went wrong in a way a caller can act upon.

    `code` is a word of the contract (`name_taken`, `portal_busy` …), `message` an English sentence
    with `%(fact)s` placeholders that `web` fills in, in the reader's language.
    """

    code = "error"
    message = N_("Something went wrong.")
    portal_error = ""
    """The portal's own error code, where it spoke."""
    portal_description = ""
    """The portal's own words, in its language; shown, but nothing is decided by them."""
    members: Mapping[str, Any] = {}
    """What else a program is told: members of the problem document."""
    changed_nothing = False
    """Whether a change that was asked for has surely not been made, unless `maybe_done`."""
    reason = ""
    """A word for the log that says more than `code`, where more is known."""

    def __init__(
        self,
        code: str | None = None,
        message: str | None = None,
        *,
        retryable: bool = False,
        maybe_done: bool = False,
        retry_after: float | None = None,
        **facts: Any,
    ) -> None:
        """Take what is known.

        `retryable`: the same call may succeed later. `maybe_done`: a change may have happened
        although no answer came. `retry_after`: seconds to wait before the next attempt.
        """
        # Subclasses set both on the class; most callers add facts only.
        self.code = code or self.code
        self.message = message or self.message
        self.retryable = retryable
        self.maybe_done = maybe_done
        self.retry_after = retry_after
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        """The English sentence with its facts."""
        # Without facts there is no placeholder, and a % in the text is one of the text.
        return self.message % self.facts if self.facts else self.message


class NotFound(Error):
    """What was asked for is not there, or not for whoever asks."""

    code = "not_found"


class NoSuchPortal(NotFound):
    """No portal of that identity is known, or not to whoever asks."""

    message = N_("There is no such portal.")
