"""Errors in answers: one table from code to status, a problem document or a page for each."""

from __future__ import annotations

import logging
import math
import re
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from bx24app.blueprints.nodes import Finding
from bx24app.errors import Error
from bx24app.flows.problems import InvalidFlow, Problem
from bx24app.i18n import N_
from bx24app.web.context import container
from bx24app.web.error_text import READS, error_text, row_text
from bx24app.web.json import PROBLEM, json_response
from bx24app.web.language import translate
from bx24app.web.render import render_page

STATUS = {
    "malformed": 400,
    "malformed_json": 400,
    "too_late": 400,
    "unauthenticated": 401,
    "session_ended": 401,
    "payment_required": 402,
    "not_permitted": 403,
    "read_only_key": 403,
    "not_proven": 403,
    "unknown_authorization_server": 403,
    "not_administrator": 403,
    "not_installed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "name_taken": 409,
    "trial_would_start": 409,
    "sample_flow": 409,
    "key_taken": 409,
    "no_mend": 409,
    "plan_expired": 409,
    "plan_unsafe": 409,
    "plan_already_applied": 409,
    "plan_not_applied": 409,
    # Not 401: the caller's key is fine, the token of the portal's installer is not.
    "authorization_lost": 409,
    "portal_gone": 409,
    "flow_changed": 412,
    "plan_changed": 412,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid_flow": 422,
    "invalid_document": 422,
    "unresolved": 422,
    "invalid_settings": 422,
    "portal_refused": 422,
    "idempotency_key_reused": 422,
    "installation_incomplete": 422,
    "internal_error": 500,
    "portal_unreachable": 502,
    "portal_busy": 503,
    "database_away": 503,
}
TITLES = {
    "malformed": N_("The request cannot be understood"),
    "too_late": N_("Too late"),
    "malformed_json": N_("Not valid JSON"),
    "unauthenticated": N_("No valid API key"),
    "session_ended": N_("Your session ended"),
    "payment_required": N_("The application has to be paid for"),
    "not_permitted": N_("Not permitted"),
    "read_only_key": N_("The API key is read-only"),
    "not_proven": N_("Not proven"),
    "unknown_authorization_server": N_("Unknown authorization server"),
    "not_administrator": N_("An administrator is needed"),
    "not_installed": N_("Not fully installed yet"),
    "not_found": N_("Not found"),
    "method_not_allowed": N_("Method not allowed"),
    "name_taken": N_("The name is taken"),
    "trial_would_start": N_("The trial of flows would start"),
    "sample_flow": N_("This is a sample flow"),
    "key_taken": N_("The key is taken"),
    "no_mend": N_("A person has to decide"),
    "invalid_settings": N_("These settings cannot be used"),
    "plan_expired": N_("The plan has expired"),
    "plan_unsafe": N_("The plan is unsafe"),
    "plan_already_applied": N_("The plan has been applied already"),
    "plan_not_applied": N_("The plan has not been carried out"),
    "authorization_lost": N_("The authorization is lost"),
    "portal_gone": N_("The portal is gone"),
    "flow_changed": N_("The flow was changed meanwhile"),
    "plan_changed": N_("This is another plan"),
    "too_large": N_("The request is too long"),
    "unsupported_media_type": N_("The body has to be JSON"),
    "invalid_flow": N_("Some fields need attention"),
    "invalid_document": N_("The document or a member of the call needs attention"),
    "unresolved": N_("Some references are not clear"),
    "portal_refused": N_("Not accepted"),
    "idempotency_key_reused": N_("The Idempotency-Key was used before"),
    "installation_incomplete": N_("The installation is not complete"),
    "internal_error": N_("Internal error"),
    "portal_unreachable": N_("No answer from Bitrix24"),
    "portal_busy": N_("Bitrix24 is busy"),
    "database_away": N_("Just a moment"),
}
HTTP_CODES = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
"""Our codes for Werkzeug's own errors; others are `malformed` below 500, else `internal_error`."""
ADVICE = {
    "malformed": N_("Open the application again from the menu of your Bitrix24."),
    "not_proven": N_("Open the application again from the menu of your Bitrix24."),
    "unknown_authorization_server": N_(
        "The operator of this application decides which authorization servers it trusts."
    ),
    "authorization_lost": N_("Open the application again from the menu of your Bitrix24."),
    "portal_unreachable": N_("Wait a minute and try again."),
    "portal_busy": N_("Wait a minute and try again."),
    "database_away": N_("Wait a minute and try again."),
    "payment_required": N_("Renew the subscription in the Market of your Bitrix24."),
}

ROW = re.compile(r"flow-([0-9]{1,10})(-ask)?$")
"""The ids of a flow's row, and of the question under it."""
MOST_PROBLEMS = 50
"""The most findings in one document; the others are reported once these are mended."""

log = logging.getLogger("bx24app.web")


def status_of(error: Error) -> int:
    """The HTTP status of an error; an unknown code is a fault of ours."""
    return STATUS.get(error.code, 500)


def wants_document() -> bool:
    """Whether a program asks, and gets a problem document instead of a page."""
    # Bitrix24's servers call /events, our own script /session; neither can show a page.
    if request.path.startswith("/api/") or request.path in ("/events", "/session"):
        return True
    return request.accept_mimetypes.best == "application/json"


def problem_type(code: str) -> str:
    """The URL at which the API's page explains a code."""
    return f"{container().config.public_url}/api/v1/docs#problem-{code}"


def problem_document(error: Error) -> dict[str, Any]:
    """RFC 9457, with the fields of the contract."""
    status = status_of(error)
    document: dict[str, Any] = {
        "type": problem_type(error.code),
        "title": translate(TITLES.get(error.code, error.message), {}),
        "status": status,
        "detail": error_text(error),
        "code": error.code,
    }
    if isinstance(error, InvalidFlow):
        # A body may hold thousands of people, each with a finding of its own.
        shown = error.problems[:MOST_PROBLEMS]
        document["errors"] = [problem_entry(problem) for problem in shown]
    document |= error.members
    # Bitrix24's code and text go along unchanged, for whoever has to ask its support.
    if error.portal_error or error.portal_description:
        document["portal"] = {
            "error": error.portal_error,
            "error_description": error.portal_description,
        }
    if status >= 500:
        document["retryable"] = error.retryable
        document["mayHaveHappened"] = error.maybe_done
    # A key cannot repair this; an administrator can, in a browser.
    if error.code == "authorization_lost":
        document["connect"] = "/connect"
    return document


def problem_entry(problem: Problem) -> dict[str, Any]:
    """One finding of a check, as the API shows it; of a document with its line."""
    entry = {
        "pointer": problem.pointer,
        "code": problem.code,
        "message": translate(problem.message, problem.facts),
    }
    return entry | ({"line": problem.line} if isinstance(problem, Finding) else {})


def error_response(error: Error) -> Response:
    """The answer for an error: a problem document for programs, a page for people."""
    # To an installer who was demoted or dismissed Bitrix24 says "not found" or "no permission".
    # `pop`, so that an error raised while this is explained does not ask once more.
    if "installer" in g:
        writes = request.method not in READS
        error = container().access.explain(g.pop("installer"), error, writes=writes)
    status = status_of(error)
    # Refusals are normal traffic; only faults of ours count as errors in the log.
    level = logging.ERROR if status == 500 else logging.INFO
    facts = {"error": error.code, "reason": error.reason or error.code, "status": status}
    log.log(level, "refused", extra=facts)
    if wants_document():
        response = json_response(problem_document(error), status, PROBLEM)
    else:
        response = _shown(error, status)
    if error.retryable and status in (502, 503):
        # Whole seconds (RFC 9110, 10.2.3); rounded up, since coming early is refused again.
        response.headers["Retry-After"] = str(math.ceil(error.retry_after or 1))
    # RFC 9110, 15.5.2 wants a challenge; a page's session is no HTTP authentication scheme.
    if status == 401 and wants_document():
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _shown(error: Error, status: int) -> Response:
    """The error as a page, or in the row of the list in which something was done."""
    row = ROW.match(request.headers.get("HX-Target", ""))
    if not row:
        return make_response(_page(error), status)
    words = render_template("parts/row_error.html", text=row_text(error))
    headers = {"HX-Retarget": f"#said-{row[1]}", "HX-Reswap": "innerHTML"}
    return make_response(words, status, headers)


def _page(error: Error) -> str:
    return render_page(
        "error.html",
        title=translate(TITLES.get(error.code, error.message), {}),
        text=error_text(error),
        advice=translate(ADVICE[error.code], {}) if error.code in ADVICE else "",
        portal_words=error.portal_description,
        # Without a session a link to the list would lead to the next error.
        back="session" in g,
        # A launch that failed for now: only the portal can open the application once more. A launch
        # that was not proven stays without a script.
        portal_origin=g.get("frame_origin", "") if error.retryable and "session" not in g else "",
        reference=g.get("request_id", ""),
    )


def _http(error: HTTPException) -> Response | HTTPException:
    """Werkzeug's own findings (404, 405, 413, 415 …) in the same form."""
    code = error.code or 500
    # Werkzeug raises redirects as HTTPExceptions too.
    if code < 400:
        return error
    text = error.description or error.name
    if wants_document():
        # Werkzeug knows more statuses than our contract has codes.
        ours = HTTP_CODES.get(code, "malformed" if code < 500 else "internal_error")
        found = {
            "type": problem_type(ours),
            "title": translate(TITLES[ours], {}),
            "status": code,
            "detail": text,
            "code": ours,
        }
        response = json_response(found, code, PROBLEM)
    else:
        title = gettext("Page not found") if code == 404 else error.name
        response = make_response(render_page("error.html", title=title, text=text), code)
    # A 405 has to name the methods that exist (RFC 9110, 15.5.6).
    headers = dict(error.get_headers())
    if "Allow" in headers:
        response.headers["Allow"] = headers["Allow"]
    return response


class Unforeseen(Error):
    """A fault of ours. The step it happened at is not known, so a write may have been done."""

    code = "internal_error"
    message = N_("Something went wrong on our side. We have noted it.")


def _unforeseen(error: Exception) -> Response:
    log.exception("unforeseen")
    # A read leaves nothing behind at the portal and may be repeated without looking first.
    return error_response(Unforeseen(maybe_done=request.method not in READS))


def register(app: Flask) -> None:
    """Answer every error of the application here."""
    app.register_error_handler(Error, error_response)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)
