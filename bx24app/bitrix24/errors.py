"""What a portal or the authorization server can answer instead of a result, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bx24app.errors import Error
from bx24app.i18n import N_


class Bitrix24Error(Error):
    """An answer that is not a result; keeps the portal's own words for a closer look."""

    code = "portal_refused"
    message = N_("Bitrix24 refused the request.")

    def __init__(self, error: str = "", description: str = "", **facts: Any) -> None:
        """Take the answer's `error` code and `error_description`, and the keywords of Error."""
        super().__init__(**facts)
        self.portal_error = error
        self.portal_description = description


class Refused(Bitrix24Error):
    """The portal refused for a reason that has no class here."""


class NotPermitted(Bitrix24Error):
    """The user, the application or the plan lacks a right or a scope."""

    code = "not_permitted"
    changed_nothing = True
    message = N_("Bitrix24 does not permit this.")


class UserBlocked(NotPermitted):
    """The person was excluded from the application or dismissed, perhaps for a while."""

    message = N_(
        "The person in whose name this is done may not use the application any more. "
        "An administrator of the portal can permit it again."
    )


class AccessDenied(NotPermitted):
    """The user of the token may not work here at all, or the plan has no REST."""


class KeysRefused(Bitrix24Error):
    """The application's own keys are wrong or unknown; no portal is at fault."""

    code = "authorization_lost"
    changed_nothing = True
    message = N_(
        "Bitrix24 does not accept the keys of this application. Its operator has to check "
        "BX24_CLIENT_ID and BX24_CLIENT_SECRET."
    )


class PaymentRequired(Bitrix24Error):
    """The application's trial or subscription on the portal has ended."""

    code = "payment_required"
    message = N_("The application's trial or subscription on this portal has ended.")


class AuthorizationLost(Bitrix24Error):
    """The token no longer works and cannot be refreshed."""

    code = "authorization_lost"
    message = N_(
        "The stored authorization of this portal no longer works. "
        "An administrator can restore it by opening the application on the portal."
    )


class TokenExpired(Bitrix24Error):
    """The access token has ended; a refresh helps."""

    code = "authorization_lost"
    message = AuthorizationLost.message


class PortalGone(Bitrix24Error):
    """The application is not installed on the portal, or so it says."""

    code = "portal_gone"
    message = N_(
        "The application is no longer installed there, or there is no such portal any more."
    )


class Busy(Bitrix24Error):
    """The rate or time limit of the portal; the call was not executed."""

    code = "portal_busy"
    changed_nothing = True
    message = N_("Bitrix24 asks the app to slow down for a while.")

    def __init__(self, error: str = "", description: str = "", **facts: Any) -> None:
        """A busy portal can always be tried again."""
        super().__init__(error, description, retryable=True, **facts)


class OutOfTime(Busy):
    """One method has used up its time of execution; it was not executed, and others still are."""


class Unreachable(Bitrix24Error):
    """No usable answer. `maybe_done` says whether the call may have been executed all the same."""

    code = "portal_unreachable"
    changed_nothing = True
    message = N_("The portal could not be reached.")

    def __init__(self, error: str = "", description: str = "", **facts: Any) -> None:
        """An unreachable portal can be tried again."""
        # A default only: a refused certificate and a 404 will be the same a moment later.
        facts.setdefault("retryable", True)
        super().__init__(error, description, **facts)

    def without_doubt(self) -> Unreachable:
        """The same silence where, whatever became of the call, no harm can have been done."""
        return Unreachable(
            self.portal_error,
            self.portal_description,
            retryable=self.retryable,
            retry_after=self.retry_after,
        )


class SuspectedGone(Unreachable):
    """One answer says that the application is not installed, and nobody has confirmed it yet."""

    message = N_(
        "Bitrix24 said that the application is not installed on this portal. This is not confirmed "
        "yet."
    )


class PortalClosed(Unreachable):
    """The public part of a self-hosted portal is closed for the moment (docs, REST errors).

    It does not open within seconds, so the call is not repeated.
    """


class CertificateRefused(Unreachable):
    """The server's certificate is not signed by anybody we trust; nothing was sent."""

    reason = "untrusted_certificate"
    message = N_(
        "The application does not trust the certificate of this server. Its administrator has to "
        "install one that browsers trust, with all intermediate certificates."
    )


class ServerDown(Unreachable):
    """The authorization server gives no usable answer, so nothing was sent to the portal."""

    message = N_("Bitrix24's authorization server does not answer.")


class BulkheadFull(Unreachable):
    """Too many requests of this process wait for the server already; nothing was sent."""


class AnswerLost(Unreachable):
    """The request was sent and no usable answer came back: the change may have happened."""

    message = N_(
        "The portal did not answer. The change may have happened: look before repeating it."
    )

    def __init__(self, error: str = "", description: str = "", **facts: Any) -> None:
        """See Unreachable."""
        super().__init__(error, description, maybe_done=True, **facts)


class UnreadableAnswer(Unreachable):
    """A portal answered something that cannot be understood, so nothing is known from it.

    The caller of a write turns it into AnswerLost; a read that failed has changed nothing.
    """

    message = N_("The portal gave an answer that could not be understood.")


class Overloaded(Bitrix24Error):
    """Bitrix24 has blocked REST on this portal by hand; only its support can lift that."""

    changed_nothing = True
    message = N_(
        "Bitrix24 has blocked REST on this portal because of overload. Contact Bitrix24 support."
    )


class NotProven(Bitrix24Error):
    """Something that came in could not be proven; it is not believed and nothing was done."""

    code = "not_proven"
    message = N_("This call could not be proven to come from a portal that uses this application.")

    def __init__(self, reason: str = "unproven", error: str = "", **facts: Any) -> None:
        """`reason` is a word for the log; `error` the code of the server that did not prove it."""
        super().__init__(error, **facts)
        self.reason = reason


class UnknownServer(NotProven):
    """The caller named an authorization server that is not on the operator's list."""

    code = "unknown_authorization_server"

    def __init__(self) -> None:
        """See NotProven."""
        super().__init__("unknown_server")

    message = N_("This portal is authorized by a server that this application does not trust.")


ERRORS_BY_CODE: dict[str, type[Bitrix24Error]] = {
    # Bitrix24 docs, system errors; "SRC" ones are seen in the product and its SDKs only.
    "expired_token": TokenExpired,
    # Bitrix24's own JavaScript SDK, too, refreshes once after this code.
    "invalid_token": TokenExpired,
    "no_auth_found": AuthorizationLost,
    "authorization_error": AuthorizationLost,
    # Said by token endpoints: the refresh token or code is spent, expired or unknown.
    "invalid_grant": AuthorizationLost,
    "application_not_found": PortalGone,
    # Portals have said so once and then not again: a suspicion until it is verified.
    "error_oauth": PortalGone,
    "not_installed": PortalGone,
    # Comes with HTTP 200 from the authorization server.
    "wrong_client": KeysRefused,
    "invalid_client": KeysRefused,
    "unauthorized_client": KeysRefused,
    # Despite its name: a self-hosted portal's public part is closed for a while.
    "portal_deleted": PortalClosed,
    "payment_required": PaymentRequired,
    "insufficient_scope": NotPermitted,
    "invalid_scope": NotPermitted,
    # An administrator can lift this one again, so the token is kept.
    "user_access_error": UserBlocked,
    # Plans without REST and missing rights share this code.
    "access_denied": AccessDenied,
    "access_error": NotPermitted,
    "invalid_credentials": NotPermitted,
    "allowed_only_intranet_user": NotPermitted,
    "wrong_auth_type": NotPermitted,
    "method_confirm_waiting": NotPermitted,
    "method_confirm_denied": NotPermitted,
    "query_limit_exceeded": Busy,
    "operation_time_limit": OutOfTime,
    # 503 like query_limit_exceeded, but waiting does not end it.
    "overload_limit": Overloaded,
    "connection_error": Unreachable,
    # PHP failed at an unknown point, so a write may have been carried out.
    "internal_server_error": AnswerLost,
    "error_unexpected_answer": AnswerLost,
}


def error_for(error: Any, description: Any = "", **facts: Any) -> Bitrix24Error:
    """Make the error for what a portal said.

    The code may be "0", 0, "" or an object, in upper or lower case; the text is localized and
    decides nothing (Bitrix24 docs: the failure test is the presence of `error`).
    """
    if isinstance(error, dict):  # REST 3 answers with an object
        error, description = error.get("code", ""), error.get("message", "")
    code = str(error)
    # Systems differ in the case of the same code (expired_token, NO_AUTH_FOUND).
    return ERRORS_BY_CODE.get(code.lower(), Refused)(code, str(description or ""), **facts)


@contextmanager
def nothing_done() -> Iterator[None]:
    """Between two attempts of a call: what was sent was refused, so nothing can have been done.

    The database, or the authorization server, may fail here in the middle of a write of their own.
    """
    try:
        yield
    except Error as error:
        error.maybe_done = False
        raise
