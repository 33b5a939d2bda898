"""Planned trouble: which of the next calls fail, wait, or lose their answer."""

from dataclasses import dataclass, field

from tests.emulator.wire import HtmlAnswer, RestError

ANY = "*"

# name → HTTP status, code, description: the system errors of REST and of the authorization server.
SYSTEM_ERRORS: dict[str, tuple[int, str, str]] = {
    "QUERY_LIMIT_EXCEEDED": (503, "QUERY_LIMIT_EXCEEDED", "Too many requests"),
    "OVERLOAD_LIMIT": (503, "OVERLOAD_LIMIT", "REST API is blocked due to overload."),
    "OPERATION_TIME_LIMIT": (
        429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit."),
    "expired_token": (401, "expired_token", "The access token provided has expired."),
    "invalid_token": (401, "invalid_token", "Unable to get application by token"),
    "NO_AUTH_FOUND": (401, "NO_AUTH_FOUND", "Wrong authorization data"),
    "APPLICATION_NOT_FOUND": (401, "APPLICATION_NOT_FOUND", "Application not found"),
    "ERROR_OAUTH": (401, "ERROR_OAUTH", "Application not installed"),
    "authorization_error": (401, "authorization_error", "Unable to authorize user"),
    "PAYMENT_REQUIRED": (401, "PAYMENT_REQUIRED", "Payment required"),
    "insufficient_scope": (
        403, "insufficient_scope",
        "The request requires higher privileges than provided by the access token"),
    "user_access_error": (
        403, "user_access_error", "The user does not have access to the application."),
    "ACCESS_DENIED": (
        403, "ACCESS_DENIED", "REST API is available only on commercial plans"),
    "INVALID_CREDENTIALS": (403, "INVALID_CREDENTIALS", "Invalid request credentials"),
    "ACCESS_ERROR": (403, "ACCESS_ERROR", "Access denied"),
    "ALLOWED_ONLY_INTRANET_USER": (
        403, "ALLOWED_ONLY_INTRANET_USER", "Allowed only for intranet users"),
    "WRONG_AUTH_TYPE": (403, "WRONG_AUTH_TYPE", "Current authorization type is denied"),
    "METHOD_CONFIRM_WAITING": (
        401, "METHOD_CONFIRM_WAITING", "Waiting for confirmation"),
    "METHOD_CONFIRM_DENIED": (403, "METHOD_CONFIRM_DENIED", "Method call denied"),
    "CONNECTION_ERROR": (
        401, "CONNECTION_ERROR", "Error connecting to authorization server"),
    "ERROR_METHOD_NOT_FOUND": (404, "ERROR_METHOD_NOT_FOUND", "Method not found!"),
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": (
        404, "ERROR_MANIFEST_IS_NOT_AVAILABLE", "Manifest is not available"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": (
        405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage"),
    "ERROR_BATCH_LENGTH_EXCEEDED": (
        400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"),
    "INVALID_REQUEST": (400, "INVALID_REQUEST", "Https required"),
    "ERROR_ARGUMENT": (400, "ERROR_ARGUMENT", "Argument is invalid"),
    "ERROR_CORE": (400, "ERROR_CORE", "Internal error"),
    "100": (400, "100", "Could not find value for parameter {flowData}"),
    "0": (400, "0", "Unknown error. [Flow: 198]"),
    "WRONG_ENCODING": (400, "WRONG_ENCODING", "Wrong encoding"),
    "INTERNAL_SERVER_ERROR": (500, "INTERNAL_SERVER_ERROR", "Internal server error"),
    "ERROR_UNEXPECTED_ANSWER": (
        500, "ERROR_UNEXPECTED_ANSWER", "Server returned an unexpected response."),
    "PORTAL_DELETED": (500, "PORTAL_DELETED", "Portal was deleted"),
    # The authorization server's own.
    "invalid_request": (400, "invalid_request", "The request is missing a required parameter"),
    "invalid_client": (400, "invalid_client", "The client credentials are invalid"),
    "wrong_client": (200, "wrong_client", "Unable to get application by client_id"),
    "invalid_grant": (400, "invalid_grant", "Invalid grant"),
    "invalid_scope": (403, "invalid_scope", "The requested scope is invalid"),
    "NOT_INSTALLED": (401, "NOT_INSTALLED", "Application not installed"),
    "unsupported_grant_type": (
        400, "unsupported_grant_type", "The grant type is not supported"),
    "unauthorized_client": (
        400, "unauthorized_client", "The client may not use this grant type"),
}  # fmt: skip


def system_error(name: str, status: int | None = None, description: str | None = None) -> RestError:
    """Build an error by its name; an unknown name is a code of its own with status 400."""
    known_status, code, text = SYSTEM_ERRORS.get(name, (400, name, name))
    return RestError(code, description if description is not None else text,
                     status or known_status)  # fmt: skip


@dataclass
class Fault:
    """What happens to the next `times` calls of `method` ("*" for any) on `host` ("" for any).

    kind: "error" (an error answer), "html" (a page of a gateway), "delay" (wait `seconds`, then
    serve), "lose" (serve, then break the connection), "break" (break it without serving), "answer"
    (serve, but give `result` for what came of it, or what that function makes of it).
    """

    kind: str
    method: str = ANY
    times: int = 1
    host: str = ""
    error: str = ""
    status: int | None = None
    description: str | None = None
    seconds: float = 0.0
    after: int = 0
    result: object = None

    def fits(self, method: str, host: str) -> bool:
        """Tell whether this fault is meant for that call."""
        wanted = self.method == ANY or self.method.lower() == method.lower()
        return self.times > 0 and wanted and self.host in {"", host}

    def exception(self) -> Exception:
        """Build the exception of an "error" or "html" fault."""
        if self.kind == "html":
            return HtmlAnswer(self.status or 502)
        return system_error(self.error, self.status, self.description)


@dataclass
class Faults:
    """The faults that are still to come, in the order in which they were planned."""

    planned: list[Fault] = field(default_factory=list)

    def take(self, method: str, host: str, *kinds: str) -> Fault | None:
        """Use up and give the first fault of these kinds that is due for the call."""
        for fault in self.planned:
            if fault.kind in kinds and fault.fits(method, host):
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None
