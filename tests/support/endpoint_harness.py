"""What a frame, a portal's server or a stranger posts to the application, and what it leaves."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import select
from werkzeug.test import TestResponse

from bx24app.config import Config
from bx24app.container import Timing
from bx24app.portals.rate_limit import Bucket
from bx24app.store.database import Base
from tests.emulator.adapter import WsgiAdapter
from tests.emulator.entities import Portal
from tests.emulator.events import event_form
from tests.emulator.launch import launch_form
from tests.emulator.state import Notice, World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import SETTINGS, AppHarness
from tests.support.built_app import build_app

Changes = Mapping[str, str | None]
"""Parameters to replace, or to leave out where the value is None."""
ALLOWED = {"localhost:8901"}
"""The one authorization server of the settings."""
AUDIT = ("exchanges", "rate_limits")
"""What calls to a portal leave behind whoever made them: the journal, and the rate limit."""
NAMELESS = ("counters",)
"""What is counted of all portals together, and belongs to nobody."""


class RecordingAdapter(WsgiAdapter):
    """The way out to the emulated world, which remembers every request that took it."""

    def __init__(self, world: World) -> None:
        """Lead to `world`."""
        super().__init__(create_emulator(world))
        self.requests: list[requests.PreparedRequest] = []
        self.redirects: dict[str, str] = {}
        """Hosts that answer everything with a redirect, and where to."""
        self.meanwhile: list[Callable[[], None]] = []
        """What happens while the next answer is on its way."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Remember the request and carry it out."""
        self.requests.append(request)
        target = self.redirects.get(urlsplit(str(request.url)).netloc)
        if target:
            return self.response_to(request, [b""], "302 Found", [("Location", target)])
        answer = super().send(request, *args, **more)
        if self.meanwhile:
            self.meanwhile.pop()()
        return answer

    @property
    def hosts(self) -> set[str]:
        """The hosts that were spoken to."""
        return {urlsplit(str(request.url)).netloc for request in self.requests}


class EndpointHarness(AppHarness):
    """The application before anything is installed; events wait until a test lets them in."""

    way_out: RecordingAdapter
    events: list[Notice]

    @classmethod
    @contextmanager
    def open_empty(
        cls,
        database_url: str,
        *,
        https: bool = False,
        timing: Timing | None = None,
        world: World | None = None,
        **settings: Any,
    ) -> Iterator[EndpointHarness]:
        """Build the application in a world, the default one unless given.

        With `https` everything has the addresses that it would have in real life.
        """
        world = world or World.default()
        if https:
            world = World(
                "https://flows.example",
                "https",
                "oauth.example",
                ("north.example", "sever.example"),
            )
            settings |= {"public_url": "https://flows.example", "allow_http": False}
            settings |= {"auth_servers": ("https://oauth.example",)}
        way_out = RecordingAdapter(world)
        config = Config(**SETTINGS | {"database_url": database_url} | settings)
        # Without requests that go out together, so that a test can act between two of them.
        timing = timing or Timing(early_requests=0)
        app = build_app(config, transport=way_out, bucket=Bucket(100_000, 100_000.0), timing=timing)
        app.testing = False
        harness = cls(world, app, way_out)
        harness.way_out, harness.events = way_out, []
        world.sender = harness.events.append
        try:
            yield harness
        finally:
            harness.container.journal.close()
            harness.container.database.close()

    def install_and_deliver(self) -> None:
        """Install on both portals as their administrators, to the end."""
        for portal in (self.a, self.b):
            self.control.install(portal.host)
            assert self.frame("/install", portal).status_code == 200
            self.control.finish(portal.host)
        self.deliver()

    def frame(
        self,
        path: str,
        portal: Portal,
        user_id: int = 1,
        *,
        query: Changes | None = None,
        form: Changes | None = None,
        **how: Any,
    ) -> TestResponse:
        """What a portal's frame posts for a person, with some parameters changed."""
        sent_query, sent_form = launch_form(self.world, portal, user_id, **how)
        return self.browser.post(
            path, query_string=changed(sent_query, query), data=changed(sent_form, form)
        )

    def event(
        self, portal: Portal, name: str, user_id: int | None = None, **changes: str | None
    ) -> TestResponse:
        """What a portal's server posts; `changes` are of its `auth` part."""
        data = {"VERSION": 1, "LANGUAGE_ID": portal.language}
        form = event_form(self.world, portal, name, data, user_id=user_id)
        return self.receive(
            changed(form, {f"auth[{part}]": value for part, value in changes.items()})
        )

    def deliver(self) -> list[TestResponse]:
        """Let the waiting events in, in the order they were sent."""
        waiting, self.events[:] = list(self.events), []
        return [self.receive(notice.form) for notice in waiting]

    def dump(self, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that is stored of anybody, by table."""
        self.container.journal.close()
        with self.container.database.engine.connect() as connection:
            return {
                table.name: sorted(
                    (tuple(row) for row in connection.execute(select(table))), key=repr
                )
                for table in Base.metadata.sorted_tables
                if table.name not in (*NAMELESS, *without)
            }

    @property
    def is_empty(self) -> bool:
        """Whether nothing is stored of anybody."""
        return not any(self.dump().values())


def unchanged(harness: EndpointHarness, action: Callable[[], TestResponse]) -> TestResponse:
    """Do it; nothing may be stored by it, and only an authorization server be spoken to."""
    before = harness.dump()
    harness.way_out.requests.clear()
    answer = action()
    assert harness.dump() == before
    assert harness.way_out.hosts <= ALLOWED
    assert "X-Session" not in answer.headers
    return answer


def verified(app: AppHarness, *options: str) -> str:
    """The last line that the operator's daily command prints."""
    ended = app.app.test_cli_runner().invoke(args=["portals", "verify", *options])
    assert ended.exit_code == 0, ended.output
    return ended.stdout.splitlines()[-1]


def changed(values: Mapping[str, str], changes: Changes | None) -> dict[str, str]:
    """The values with some replaced and some left out."""
    return {
        name: value for name, value in {**values, **(changes or {})}.items() if value is not None
    }


def session_of(answer: TestResponse) -> str:
    """The session value that a page carries."""
    return meta(answer, "session")


def meta(answer: TestResponse, name: str) -> str:
    """What a `meta` element of a page says; empty where there is none."""
    found = re.search(rf'<meta name="{name}" content="([^"]*)"', answer.get_data(as_text=True))
    return html.unescape(found[1]) if found else ""


def words_of(answer: TestResponse) -> str:
    """What a person reads on a page."""
    text = re.sub(
        r"<(script|style|template|title)\b.*?</\1>|<[^>]+>", " ", answer.get_data(as_text=True)
    )
    return re.sub(r"\s+", " ", html.unescape(text)).strip()


def ancestors(answer: TestResponse) -> str:
    """Who may frame an answer."""
    return answer.headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2]
