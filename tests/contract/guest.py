"""A guest on a portal, emulated or real: calls through an inbound webhook, tidies up at the end."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

FLOW = "tasks.flow.Flow."
PREFIX = "bx24app contract"  # what every name begins with that a guest leaves if it is killed
ABSENT = 999_999_999
NEEDED = {"task", "sonet_group"}
PATIENCE = 60  # how often a call is repeated that the portal had no time for, a second apart


class NotServed(Exception):  # noqa: N818 - what a person reads who named a wrong webhook
    """The portal does not let this guest do its work; never tells the webhook."""


class LeftBehind(Exception):  # noqa: N818 - what a person reads who has to tidy up by hand
    """What the guest made and could not delete, with what the portal said to that."""


@dataclass(frozen=True)
class Answer:
    """What the portal said to one call."""

    status: int
    body: dict[str, Any]

    @property
    def result(self) -> Any:
        """The result of a call that must have succeeded."""
        assert (self.status, "error" in self.body) == (200, False), self.body
        return self.body["result"]

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Status, code and text of a call that must have failed; older portals write numbers."""
        assert "error" in self.body, self.body
        return self.status, str(self.body["error"]), self.body["error_description"]


class Guest:
    """Remembers every flow and project it made, whatever becomes of the test that wanted them."""

    def __init__(self, session: requests.Session, webhook: str) -> None:
        self._session, self._webhook = session, webhook.rstrip("/") + "/"
        self.mark = f"{PREFIX} {secrets.token_hex(3)}"
        self.flows: set[int] = set()
        self.groups: set[int] = set()
        self.me, self.group_id = "", 0

    def ask(self, method: str, **params: object) -> Answer:
        """Call a method; waits while the portal has too much to do."""
        for _ in range(PATIENCE):
            answer = self._ask(method, params)
            if answer.body.get("error") != "QUERY_LIMIT_EXCEEDED":
                break
            time.sleep(1)
        made = answer.body.get("result")
        if method == f"{FLOW}create" and isinstance(made, dict):
            self.flows.add(made["id"])
            self.groups.add(made["groupId"])
        return answer

    def _ask(self, method: str, params: dict[str, object]) -> Answer:
        try:
            answer = self._session.post(
                self._webhook + method, json=params, timeout=30, allow_redirects=False
            )
            return Answer(answer.status_code, answer.json())
        except (requests.RequestException, ValueError) as error:  # their texts hold the webhook
            raise NotServed(f"no JSON came from the portal: {type(error).__name__}") from None

    def flow(self, action: str, **data: object) -> Answer:
        """Call an action of flows with flowData."""
        return self.ask(FLOW + action, flowData=data)

    def toggle(self, action: str, flow_id: int) -> object:
        """Call an action of one flow that must succeed."""
        return self.ask(FLOW + action, flowId=flow_id).result

    def fields(self, what: str, **changes: object) -> dict[str, object]:
        """What a flow of this name needs, in the guest's project; a change to ... leaves out."""
        good = {
            "name": f"{self.mark} {what}",
            "groupId": self.group_id,
            "plannedCompletionTime": 3600,
            "distributionType": "queue",
            "responsibleList": [["user", self.me]],
        }
        return {name: value for name, value in {**good, **changes}.items() if value is not ...}

    def create(self, what: str, **changes: object) -> dict[str, Any]:
        """Make a flow that must succeed; gives it as the portal reads it."""
        return self.read(self.flow("create", **self.fields(what, **changes)).result["id"])

    def read(self, flow_id: int) -> dict[str, Any]:
        """Read a flow that must be there."""
        return self.ask(f"{FLOW}get", flowId=flow_id).result

    def projects(self, name: str) -> list[int]:
        """The projects whose names begin like this."""
        rows = self.ask("sonet_group.get", FILTER={"%NAME": name}).result
        return [int(row["ID"]) for row in rows if row["NAME"].startswith(name)]

    def arrive(self) -> None:
        """See that the webhook is good for this, and take a project of its own.

        NotServed says what is wrong with it.
        """
        profile, scope = self.ask("profile").body, self.ask("scope").body
        if not profile.get("result", {}).get("ADMIN"):
            raise NotServed("the webhook must be an administrator's")
        if missing := NEEDED - set(scope.get("result", [])):
            raise NotServed(f"the webhook lacks {', '.join(sorted(missing))}")
        self.me = profile["result"]["ID"]
        self.group_id = self.create("ground", groupId=...)["groupId"]

    def leave(self) -> None:
        """Delete all that was made; LeftBehind names by id what would not go."""
        if not self.me:
            return
        stays = {}
        for flow_id in self.flows:
            answer = self.flow("delete", id=flow_id)
            if "error" in answer.body and self.ask(f"{FLOW}get", flowId=flow_id).status == 200:
                stays[f"flow {flow_id}"] = answer.body
        for group_id in self.groups | set(self.projects(self.mark)):
            answer = self.ask("sonet_group.delete", GROUP_ID=group_id)
            if (
                "error" in answer.body
                and self.ask("sonet_group.get", FILTER={"ID": group_id}).result
            ):
                stays[f"project {group_id}"] = answer.body
        if stays:
            raise LeftBehind(stays)


@contextmanager
def visiting(session: requests.Session, webhook: str) -> Iterator[Guest]:
    """Be a guest until the block ends, however it ends."""
    guest = Guest(session, webhook)
    try:
        guest.arrive()
        yield guest
    finally:
        guest.leave()
