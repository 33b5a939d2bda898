"""A browser without a screen: opens pages of the portals and reads what stands on them."""

import json
from html.parser import HTMLParser

from werkzeug.test import Client, TestResponse

from tests.emulator.entities import Portal
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator


class Elements(HTMLParser):
    """Every element of a page as (tag, attributes), in order; `text` is all its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str | None) -> list[dict[str, str | None]]:
        """Give the attributes of the elements with that tag and those attributes."""
        return [
            attributes
            for name, attributes in self.found
            if name == tag and wanted.items() <= attributes.items()
        ]


class Visit:
    """A browser without a screen: it keeps cookies, which ports of one host share."""

    def __init__(self, world: World) -> None:
        self.client = Client(create_emulator(world))

    def get(self, portal: Portal, path: str) -> TestResponse:
        """Open a page and go where it leads."""
        base_url = f"http://{portal.host}"
        return self.client.get(path, base_url=base_url, follow_redirects=True, buffered=True)

    def post(self, portal: Portal, path: str, data: object = None) -> TestResponse:
        """Post JSON."""
        return self.client.post(path, base_url=f"http://{portal.host}", json=data or {})

    def look(self, portal: Portal, path: str) -> Elements:
        """Read a page."""
        return Elements(self.get(portal, path).text)

    def flows(self, portal: Portal, path: str) -> dict[int, dict[str, object]]:
        """Read the stored values of the flows on a page, by id and field."""
        found: dict[int, dict[str, object]] = {}
        for _, attributes in self.look(portal, path).found:
            if "data-flow-id" in attributes:
                flow = found.setdefault(int(str(attributes["data-flow-id"])), {})
            elif "data-value" in attributes:
                flow[str(attributes["data-field"])] = json.loads(str(attributes["data-value"]))
        return found
