"""Pages for the operator: how far each rollout has come, with Cancel and Try again.

They belong to no portal, so they stand outside of Bitrix24: the operator signs in with an API key.
The browser keeps a signed number of that key for some hours, never the key itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext
from itsdangerous import BadData

from bx24app.api_keys import ApiKey
from bx24app.i18n import N_
from bx24app.rollouts.rollout import Rollout
from bx24app.web.admission import call_from_stranger
from bx24app.web.context import container
from bx24app.web.language import translate
from bx24app.web.signing import signer

bp = flask.Blueprint("operator", __name__, url_prefix="/operator")

COOKIE = "operator"
PURPOSE = "operator"
LIFETIME = 8 * 60 * 60
"""Seconds for which a sign-in is good, unless its key is revoked or expires before."""
ON_A_PAGE = 50
EVERY = 3
"""Seconds after which a page shows a rollout anew that is under way."""
STATUSES = {
    "running": N_("Under way"),
    "done": N_("Done"),
    "partly_done": N_("Partly done"),
    "stopped": N_("Stopped: too many portals have failed"),
    "cancelled": N_("Cancelled"),
}
PORTAL_STATUSES = {
    "waiting": N_("waiting"),
    "running": N_("being carried out"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}
FIRST = ("failed", "running", "waiting", "cancelled", "done")
"""The order of the portals: what needs a person stands first."""


@bp.before_request
def require_key() -> ResponseReturnValue | None:
    """Lead whoever is not signed in to the page where one does that."""
    if flask.request.endpoint == "operator.sign_in" or _key() is not None:
        return None
    return flask.redirect(flask.url_for("operator.sign_in"), 303)


@bp.route("", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Take a key of the operator that may write."""
    if flask.request.method == "GET":
        return flask.render_template("operator/sign_in.html")
    with call_from_stranger():
        key = container().api_keys.check(flask.request.form.get("key", "").strip())
    if key is None or not _may_enter(key):
        page = flask.render_template("operator/sign_in.html", refused=True)
        return page, 403
    answer = flask.redirect(flask.url_for("operator.list_rollouts"), 303)
    answer.set_cookie(
        COOKIE,
        signer(PURPOSE).dumps(key.id),
        max_age=LIFETIME,
        path=bp.url_prefix,
        secure=container().config.public_url.startswith("https://"),
        httponly=True,
        # No other site can press a button here in the operator's name.
        samesite="Strict",
    )
    return answer


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who was signed in."""
    answer = flask.redirect(flask.url_for("operator.sign_in"), 303)
    answer.delete_cookie(COOKIE, path=bp.url_prefix)
    return answer


@bp.get("/rollouts")
def list_rollouts() -> ResponseReturnValue:
    """The rollouts, the newest first."""
    before = flask.request.args.get("before", type=int)
    found = container().rollouts.page(before, ON_A_PAGE + 1)
    more = found[ON_A_PAGE - 1].id if len(found) > ON_A_PAGE else None
    shown = [_shown(one) for one in found[:ON_A_PAGE]]
    return flask.render_template("operator/rollouts.html", rollouts=shown, more=more)


@bp.get("/rollouts/<int:number>")
def one_rollout(number: int) -> ResponseReturnValue:
    """One rollout with its portals; the page comes again by itself while it is under way."""
    rollout = container().rollouts.get(number)
    domains = {one.member_id: one.domain for one in container().portals.all()}
    portals = sorted(rollout.portals, key=lambda one: FIRST.index(one.status))
    return flask.render_template(
        "operator/rollout.html",
        rollout=_shown(rollout),
        every=0 if rollout.over else EVERY,
        portals=[
            {
                "domain": domains.get(one.member_id, one.member_id),
                "status": gettext(PORTAL_STATUSES[one.status]),
                "bad": one.status == "failed",
                "why": translate(one.failure.message, one.failure.facts) if one.failure else "",
                "changes": _changes(one.summary),
            }
            for one in portals
        ],
    )


@bp.post("/rollouts/<int:number>/cancel")
def cancel(number: int) -> ResponseReturnValue:
    """Finish what is under way and begin no other portal."""
    return _after(number, container().rollouts.cancel)


@bp.post("/rollouts/<int:number>/retry")
def retry(number: int) -> ResponseReturnValue:
    """Go on with what failed and with what a stop left waiting."""
    return _after(number, container().rollouts.retry)


def _after(number: int, act: Callable[[int], Rollout]) -> ResponseReturnValue:
    act(number)
    # A reload of the page that follows must not press the button again.
    return flask.redirect(flask.url_for("operator.one_rollout", number=number), 303)


def _key() -> ApiKey | None:
    """The key that somebody has signed in with, if it still works."""
    try:
        number = signer(PURPOSE).loads(flask.request.cookies.get(COOKIE, ""), max_age=LIFETIME)
    except BadData:
        return None
    key = container().api_keys.find(int(number))
    return key if key is not None and _may_enter(key) else None


def _may_enter(key: ApiKey) -> bool:
    return key.works and key.member_id is None and not key.read_only


def _shown(rollout: Rollout) -> dict[str, Any]:
    progress = rollout.progress
    return progress | {
        "id": rollout.id,
        "status": gettext(STATUSES[rollout.status]),
        "over": rollout.over,
        "begun": format_datetime(rollout.created_at, "short"),
        "by": rollout.started_by.name,
        "ended": progress["done"] + progress["failed"],
        "again": rollout.over and progress["done"] < progress["total"],
    }


def _changes(summary: Any) -> int | None:
    """How many changes the plan of a portal holds; None where there is no plan."""
    if summary is None:
        return None
    return sum(count for action, count in summary.items() if action != "unchanged")
