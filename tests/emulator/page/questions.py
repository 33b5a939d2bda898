"""What the page's scripts ask the portal on behalf of the frame, each as a POST of JSON."""

import flask
from flask import abort, jsonify, request
from werkzeug.wrappers import Response

from tests.emulator import installation
from tests.emulator.entities import Portal, User
from tests.emulator.page.phrases import phrases
from tests.emulator.page.visitor import current_visitor, current_world

bp = flask.Blueprint("questions", __name__, url_prefix="/bitrix/services/frame")


@bp.post("/grant")
def grant() -> Response:
    """Give new tokens of the person, unless the control door has planned a failure."""
    world, visitor = current_world(), current_visitor()
    request.get_json()
    if world.faults.take("refreshAuth", visitor.portal.host, "error", "html"):
        abort(503)
    pair = world.install_pair(visitor.portal, visitor.person)
    left = int(pair.expires - world.clock.now())
    return jsonify(AUTH_ID=pair.access_token, AUTH_EXPIRES=str(left), REFRESH_ID=pair.refresh_token)


@bp.post("/first-run")
def first_run() -> Response:
    """Remember that this person has run this version once."""
    visitor = current_visitor()
    request.get_json()
    version = installation.required(visitor.portal).version
    visitor.portal.seen_versions.add((visitor.person.id, version))
    return jsonify({})


@bp.post("/finish")
def finish() -> Response:
    """Finish the installation; a person without the right leaves it unfinished."""
    world, visitor = current_world(), current_visitor()
    request.get_json()
    return jsonify(finished=installation.finish(world, visitor.portal, visitor.person))


@bp.post("/app-option")
def app_option() -> Response:
    """Store an option of the application, administrators only; give all of them."""
    visitor, option = current_visitor(), request.get_json()
    if not visitor.person.admin:
        abort(403)
    visitor.portal.app_options[option["name"]] = option["value"]
    return jsonify(visitor.portal.app_options)


@bp.post("/user-option")
def user_option() -> Response:
    """Store an option of the application for this person; give all of theirs."""
    visitor, option = current_visitor(), request.get_json()
    options = visitor.portal.user_options.setdefault(visitor.person.id, {})
    options[option["name"]] = option["value"]
    return jsonify(options)


@bp.post("/people")
def people() -> Response:
    """Give the employees, as selectUser answers with them."""
    visitor = current_visitor()
    request.get_json()
    rows = [_person(user) for user in _employees(visitor.portal)]
    return jsonify(title=phrases(visitor.language)["select_people"], people=rows)


@bp.post("/access")
def access() -> Response:
    """Give everybody, people, departments and projects by access code, as selectAccess does."""
    visitor = current_visitor()
    request.get_json()
    portal, words = visitor.portal, phrases(visitor.language)
    sections = {
        "": [_row("AU", words["everybody"])],
        words["departments"]: _departments(portal, words["below"]),
        words["people"]: [
            _row(f"U{user.id}", user.full_name, user.position) for user in _employees(portal)
        ],
        words["groups"]: [
            _row(f"SG{group.id}", group.name) for group in portal.groups.values() if group.visible
        ],
    }
    listed = [{"name": name, "rows": rows} for name, rows in sections.items()]
    return jsonify(title=words["select_access"], sections=listed)


@bp.post("/crm")
def crm() -> Response:
    """Give the words of the CRM dialog; there are no elements."""
    request.get_json()
    return jsonify(title=phrases(current_visitor().language)["select_crm"])


def _employees(portal: Portal) -> list[User]:
    return [user for user in portal.users.values() if user.active and not user.extranet]


def _person(user: User) -> dict[str, object]:
    return {
        "id": str(user.id),
        "name": user.full_name,
        "sub": False,
        "sup": False,
        "position": user.position,
        "photo": "",
        "url": f"/company/personal/user/{user.id}/",
    }


def _departments(portal: Portal, below: str) -> list[dict[str, str]]:
    rows = []
    for department in portal.departments.values():
        rows.append(_row(f"D{department.id}", department.name))
        rows.append(_row(f"DR{department.id}", f"{department.name} {below}"))
    return rows


def _row(code: str, name: str, detail: str = "") -> dict[str, str]:
    return {"id": code, "name": name, "detail": detail}
