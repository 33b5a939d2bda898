"""What Bitrix24 calls: install, launch, events, and authorizing again at /connect."""

from __future__ import annotations

import logging
import re
import secrets
from functools import partial
from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh
from itsdangerous import BadSignature, SignatureExpired

from bx24app.bitrix24.payloads import HOST, Event, Launch, Malformed, Values
from bx24app.errors import Error
from bx24app.flows.overview import FirstLook
from bx24app.i18n import N_
from bx24app.portals.installation import Incomplete, Installed
from bx24app.portals.reauthorization import STATE_LIFETIME, TooLate
from bx24app.web import session
from bx24app.web.admission import call_from_stranger
from bx24app.web.api.bodies import read_body
from bx24app.web.context import container
from bx24app.web.errors import status_of
from bx24app.web.flows import list_page
from bx24app.web.language import translate
from bx24app.web.signing import signer

bp = Blueprint("handshake", __name__)
log = logging.getLogger("bx24app.web")
LARGEST_CALL = 64 * 1024
"""Bytes; a launch has one or two thousand, an event hardly more."""
PASTED = re.compile(r"^https?://", re.IGNORECASE)
NO_ADDRESS = N_("This is no address of a portal. It looks like company.bitrix24.com.")


@bp.before_request
def limit_body() -> None:
    """Calls of Bitrix24 are small, and who sends one is not known yet."""
    # Both: Werkzeug limits the fields of a multipart form separately from the body.
    request.max_content_length = request.max_form_memory_size = LARGEST_CALL


@bp.get("/")
@bp.get("/install")
def outside() -> ResponseReturnValue:
    """Answer visitors outside a portal, and Bitrix24's check of the card's addresses (HEAD).

    Bitrix24 sends a person back to the address in the application's card, which for most is this
    one, and takes no other (Bitrix24 docs, settings/oauth).
    """
    if "state" in request.args and {"code", "error"} & request.args.keys():
        return connected()
    return render_template("outside.html")


@bp.post("/install")
def install() -> ResponseReturnValue:
    """Install: what the portal's frame shows until the installation is finished."""
    launch = _launch()
    try:
        # To verify costs a call to the authorization server, so unproven callers are limited.
        with call_from_stranger():
            installed = container().installation.install(launch)
    except Incomplete as error:
        # A step that failed, not an error page: the person still sees the installer's frame.
        failed = {"text": translate(error.message, error.facts), "failed": True, "advice": ""}
        return render_template("installed.html", steps=[failed]), status_of(error)
    # Replaces the hint of the POST by what the authorization server has confirmed.
    g.frame_origin = installed.portal.origin
    return render_template(
        "installed.html", steps=_steps(installed), frame=_frame(installed.portal)
    )


@bp.post("/")
def launch() -> ResponseReturnValue:
    """Launch: the application was opened from the portal's menu; the answer is the list."""
    launch, look = _launch(), FirstLook()
    with call_from_stranger():
        # A known portal is asked for its flows while the authorization server is asked about the
        # person: one wait instead of two.
        opened = container().installation.open(launch, look.send)
    if opened.early:
        g.first_look = look
    session.begin(opened, launch.language)
    # Not a redirect: the session value lives in the page, so a GET would come without it.
    answer = make_response(list_page.list_flows())
    me = container().access.as_person(opened.portal, opened.user_id)
    seen = container().flow_lists.kept(me)
    if seen is not None and seen.me.admin:
        # After the answer, so that nobody waits for it. Only administrators may bind handlers.
        answer.call_on_close(partial(container().installation.handlers.restore, me.client))
    return answer


@bp.post("/session")
def renew_session() -> ResponseReturnValue:
    """Renew the session of a page whose script has got a fresh token from the portal."""
    values = _json_values()
    # One JSON object stands for the query and the form of a launch.
    launch = Launch.parse(values, values)
    with call_from_stranger():
        opened = container().installation.open(launch)
    # The portal's answer to `refreshAuth` has no LANG, so the page keeps its language.
    return {"session": session.begin(opened, session.language(launch.language))}


@bp.post("/events")
def events() -> ResponseReturnValue:
    """Receive an event from Bitrix24's servers; anything unproven gets the same refusal."""
    try:
        event = Event.parse(_values(request.form))
    except Malformed as error:
        # Told apart in our log only: a caller must not find out what we know of a portal.
        refusal = Error("not_proven", error.message, **error.facts)
        refusal.reason = error.reason
        raise refusal from None
    with call_from_stranger():
        container().installation.receive(event)
    return {"status": "ok"}


@bp.get("/connect")
def connect() -> ResponseReturnValue:
    """Ask for the portal's address, and send the person there to authorize it again."""
    # To a browser the redirect to the portal is still the sending of the form.
    g.form_targets = "'self' https: http:" if container().config.allow_http else "'self' https:"
    typed = request.args.get("domain", "").strip()
    if not typed:
        return render_template("connect.html", domain="")
    # People paste the whole address from their browser.
    domain = PASTED.sub("", typed).partition("/")[0].lower()
    try:
        if not HOST.fullmatch(domain):
            raise Malformed(message=NO_ADDRESS)
        state = signer("connect").dumps(secrets.token_urlsafe(24))
        # Not an open redirect: `begin` knows the address from an installation, or refuses it.
        return redirect(container().reauthorization.begin(domain, state), 302)
    except Error as error:
        text = translate(error.message, error.facts)
        return render_template("connect.html", domain=typed, error=text), status_of(error)


@bp.get("/connect/callback")
def connected() -> ResponseReturnValue:
    """Finish the authorization of a person whom the portal sent back with a code."""
    state, code = request.args.get("state", ""), request.args.get("code", "")
    if "error" in request.args:  # the person said no (RFC 6749, 4.1.2.1); the state runs out
        log.info("refused", extra={"error": "access_denied", "reason": "no_consent"})
        return render_template("connect.html", denied=True, domain="")
    try:
        # Tells a late state from a forged one; `finish` sees to it that it is used once.
        signer("connect").loads(state, max_age=int(STATE_LIFETIME.total_seconds()))
    except SignatureExpired:
        raise TooLate from None
    except BadSignature:
        raise Malformed(name="state") from None
    if not code or len(code) > 2048:
        raise Malformed(name="code")
    portal = container().reauthorization.finish(code, state)
    return render_template(
        "connect.html", connected=True, domain=portal.domain, origin=portal.origin
    )


def _launch() -> Launch:
    """Take a launch apart, and answer in its language and in its frame even if it is refused.

    The frame's address is only a hint until it is proven; a refusal holds nothing to protect.
    """
    g.language = request.args.get("LANG", "en").lower()[:8]
    # Flask-Babel may have cached a locale for this request before LANG was read.
    refresh()
    # PROTOCOL=0 is a portal without TLS; the operator has to allow those.
    plain = container().config.allow_http and request.args.get("PROTOCOL") == "0"
    g.frame_origin = f"{'http' if plain else 'https'}://{request.args.get('DOMAIN', '').lower()}"
    return Launch.parse(_values(request.args), _values(request.form))


def _values(parameters: Any) -> Values:
    return dict(parameters.to_dict(flat=False))


def _json_values() -> Values:
    """The texts and numbers of a JSON object; whatever else is in it cannot be a parameter."""
    body = read_body()
    if not isinstance(body, dict):
        raise Malformed(name="body")
    return {name: [str(value)] for name, value in body.items() if isinstance(value, str | int)}


def _frame(portal: Any) -> dict[str, str]:
    return {
        # Nobody works here yet: the portal reloads the frame with a launch when it is finished.
        "session": "",
        "origin": portal.origin,
        "member": portal.member_id,
        "domain": portal.domain,
    }


def _steps(installed: Installed) -> list[dict[str, Any]]:
    done = [
        gettext("Connected to %(domain)s", domain=installed.portal.domain),
        gettext("You are an administrator of this portal"),
        gettext("Bitrix24 will tell the app about changes"),
    ]
    steps: list[dict[str, Any]] = [{"text": text, "failed": False} for text in done]
    if installed.missing_scopes:
        scopes = ", ".join(installed.missing_scopes)
        steps[0]["advice"] = gettext(
            "These rights were not granted, so some choices will be empty: %(scopes)s.",
            scopes=scopes,
        )
    return steps
