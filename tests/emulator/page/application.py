"""The application on the portal: its card in the Market, installing it, opening it in the frame."""

import flask
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tests.emulator import installation
from tests.emulator.entities import Portal
from tests.emulator.page.furniture import APP_ID
from tests.emulator.page.opening import open_application
from tests.emulator.page.visitor import Visitor, current_visitor, current_world
from tests.emulator.php_forms import parse_pairs

bp = flask.Blueprint("application", __name__)


@bp.get("/")
def start() -> Response:
    """Lead to the application, as the portal's start page."""
    return redirect(url_for("application.show", app_id=APP_ID))


@bp.get("/marketplace/app/<int:app_id>/")
def show(app_id: int) -> Response | str:
    """Open the application in its frame, or say why it cannot be opened yet."""
    visitor = current_visitor()
    if app_id != APP_ID:
        abort(404)
    if visitor.portal.installation is None and visitor.person.admin:
        return redirect(url_for("application.market"))
    obstacle = _obstacle(visitor)
    if obstacle:
        return render_template("obstacle.html", obstacle=obstacle)
    options = parse_pairs(request.args.items(multi=True))
    opening = open_application(current_world(), visitor, options)
    return render_template("application.html", opening=opening)


def _obstacle(visitor: Visitor) -> str:
    """Name what keeps the person from the application; "" when nothing does."""
    here, person = visitor.portal.installation, visitor.person
    if here is None or not (here.installed or person.admin):
        return "waiting"
    if person.id in here.denied_users:
        return "denied"
    return "unpaid" if here.payment_expired else ""


@bp.get("/marketplace/")
@bp.get("/marketplace/<path:part>")
def market(part: str = "") -> str:
    """Show the application's card with its scopes; any page of the Market is this one."""
    portal = current_visitor().portal
    return render_template("market.html", scopes=current_world().app.scope, state=_state(portal))


def _state(portal: Portal) -> str:
    if portal.installation is None:
        return "absent"
    return "installed" if portal.installation.installed else "installing"


@bp.post("/marketplace/install/")
def install() -> Response:
    """Put the application onto the portal; its installer opens in the frame."""
    visitor = _administrator()
    installation.install(current_world(), visitor.portal, visitor.person)
    return redirect(url_for("application.show", app_id=APP_ID), 303)


@bp.post("/marketplace/uninstall/")
def uninstall() -> Response:
    """Take the application off the portal, with or without its settings and data."""
    visitor = _administrator()
    if visitor.portal.installation:
        installation.uninstall(current_world(), visitor.portal, clean="clean" in request.form)
    return redirect(url_for("application.market"), 303)


def _administrator() -> Visitor:
    visitor = current_visitor()
    if not visitor.person.admin:
        abort(403)
    return visitor
