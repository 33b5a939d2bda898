"""The portal's own pages: its flows as they are stored, its projects, its people."""

import flask
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tests.emulator.entities import Flow, Group, Portal, User
from tests.emulator.page.facts import facts_of
from tests.emulator.page.furniture import name_of
from tests.emulator.page.phrases import phrases
from tests.emulator.page.visitor import Visitor, current_visitor, current_world

bp = flask.Blueprint("contents", __name__)


@bp.get("/company/")
def company() -> Response:
    """Lead to the page that a person comes back to: the flows."""
    return redirect(url_for("contents.flows", user_id=current_visitor().person.id))


@bp.get("/company/personal/user/<int:user_id>/tasks/flow/")
def flows(user_id: int) -> str:
    """Show every flow of the portal, or those that the filter or the search field leaves."""
    visitor, world = current_visitor(), current_world()
    found = [flow for flow in visitor.portal.flows.values() if _asked_for(flow)]
    found.sort(
        key=lambda flow: ((visitor.person.id, flow.id) not in visitor.portal.pins, -flow.activity)
    )
    return render_template(
        "flows.html",
        flows=[(flow, facts_of(world, visitor, flow)) for flow in found],
        narrowed=len(found) < len(visitor.portal.flows),
    )


def _asked_for(flow: Flow) -> bool:
    wanted = request.args.get("editFormFlowId", "")
    if request.args.get("apply_filter") == "Y":
        wanted = request.args.get("ID_from", wanted)
    sought = request.args.get("find", "").strip().casefold()
    return wanted in {"", str(flow.id)} and sought in flow.name.casefold()


@bp.get("/workgroups/")
def groups() -> str:
    """Show the projects that the person may see."""
    visitor = current_visitor()
    seen = [group for group in visitor.portal.groups.values() if _sees(visitor, group)]
    return render_template("groups.html", groups=seen)


@bp.get("/workgroups/group/<int:group_id>/")
@bp.get("/workgroups/group/<int:group_id>/<path:part>")
def group(group_id: int, part: str = "") -> str:
    """Show a project with its flows and tasks; any page inside it is this one."""
    visitor = current_visitor()
    portal, found = visitor.portal, visitor.portal.groups.get(group_id)
    if found is None or not _sees(visitor, found):
        abort(404)
    return render_template(
        "group.html",
        group=found,
        members=[name_of(portal, user_id) for user_id in sorted(found.members)],
        flows=[flow for flow in portal.flows.values() if flow.group_id == group_id],
        tasks=[task for task in portal.tasks.values() if task.group_id == group_id],
        flow_address=_flow_address,
    )


def _sees(visitor: Visitor, group: Group) -> bool:
    person = visitor.person
    if person.extranet:
        return group.holds(person.id)
    return group.visible or person.admin or group.holds(person.id)


def _flow_address(flow_id: int) -> str:
    filtered = {"apply_filter": "Y", "ID_numsel": "exact", "ID_from": flow_id, "ID_to": flow_id}
    return url_for("contents.flows", user_id=current_visitor().person.id, **filtered)


@bp.get("/company/personal/user/<int:user_id>/")
@bp.get("/company/personal/user/<int:user_id>/<path:part>")
def user(user_id: int, part: str = "") -> str:
    """Show a person; any page inside the profile but the flows is this one."""
    visitor = current_visitor()
    found = visitor.portal.users.get(user_id)
    if found is None:
        abort(404)
    return render_template(
        "user.html",
        user=found,
        departments=_departments(visitor.portal, found),
        standing=_standing(found, phrases(visitor.language)),
    )


def _departments(portal: Portal, user: User) -> list[str]:
    return [portal.departments[number].name for number in user.departments]


def _standing(user: User, words: dict[str, str]) -> str:
    if not user.active:
        return words["dismissed"]
    if user.extranet:
        return words["extranet"]
    return words["administrator"] if user.admin else words["employee"]
