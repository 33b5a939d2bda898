"""A person with an application in hand: calls REST of a portal and reads what comes back."""

from typing import Any

import requests

from tests.emulator.entities import Portal
from tests.emulator.state import World


class Person:
    """Someone on a portal whose token lives as long as the test does; calls go over `session`."""

    def __init__(
        self, world: World, session: requests.Session, portal: Portal, user_id: int = 1
    ) -> None:
        self.world, self.session, self.portal, self.user_id = world, session, portal, user_id
        self.grant = world.install_pair(portal, user_id)

    def ask(self, method: str, params: object = None, timeout: float = 10) -> requests.Response:
        """Call a method with JSON and the token in the header."""
        return self.session.post(
            self.world.endpoint(self.portal) + method,
            json=params if params is not None else {},
            headers={"Authorization": f"Bearer {self.grant.access_token}"},
            timeout=timeout,
            allow_redirects=False,
        )

    def result(self, method: str, params: object = None) -> Any:
        """Call a method that must succeed and give its result."""
        answer = self.ask(method, params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def error(self, method: str, params: object = None) -> tuple[int, object, str]:
        """Call a method that must fail and give status, code and text."""
        answer = self.ask(method, params)
        body = answer.json()
        assert "error" in body, answer.text
        return answer.status_code, body["error"], body["error_description"]

    def flow(self, action: str, **data: object) -> Any:
        """Call a flow action with flowData that must succeed."""
        return self.result(f"tasks.flow.Flow.{action}", {"flowData": data})

    def flow_error(self, action: str, **data: object) -> tuple[int, object, str]:
        """Call a flow action with flowData that must fail."""
        return self.error(f"tasks.flow.Flow.{action}", {"flowData": data})

    def read(self, flow_id: int) -> dict[str, Any]:
        """Read a flow."""
        return self.result("tasks.flow.Flow.get", {"flowId": flow_id})
