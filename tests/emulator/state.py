"""The emulated world: portals, applications, the authorization server and all that was received."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.emulator.application import Application
from tests.emulator.clock import Clock
from tests.emulator.entities import Portal, User
from tests.emulator.faults import Faults
from tests.emulator.grants import AuthServer, Grant
from tests.emulator.limits import Limits
from tests.emulator.sample import application, furnish_portals, other_application


@dataclass
class Received:
    """One request that reached the emulator; a call inside a batch has an entry of its own.

    `kind` is rest, oauth, control, page or stray (a host nobody serves). `token_in` says where
    the access token travelled: header, query, body or nowhere ("").
    """

    at: float
    kind: str
    host: str
    verb: str
    path: str
    query: str = ""
    method: str = ""
    params: dict[str, object] = field(default_factory=dict)
    member_id: str = ""
    user_id: int = 0
    token_in: str = ""
    was_write: bool = False
    in_batch: bool = False
    status: int = 0
    error: str | None = None


@dataclass
class Notice:
    """An event on its way to a handler: the flat form, exactly as it is posted."""

    url: str
    form: dict[str, str]


class World:
    """Everything the emulator knows, guarded by `lock`.

    `portal_hosts` are the hosts of portal A and B, `auth_host` that of the authorization server.
    `furnish` builds the portals, now and at every `reset`, from their hosts and the time.
    """

    def __init__(
        self,
        app_url: str = "http://127.0.0.1:8000",
        scheme: str = "http",
        auth_host: str = "localhost:8901",
        portal_hosts: tuple[str, str] = ("localhost:8900", "localhost:8902"),
        furnish: Callable[[Sequence[str], float], list[Portal]] = furnish_portals,
    ) -> None:
        self.lock = threading.RLock()
        self.app_url = app_url.rstrip("/")
        self.scheme = scheme
        self.auth_host = auth_host
        self.portal_hosts = portal_hosts
        self.sender: Callable[[Notice], None] | None = None
        self._furnish = furnish
        self.reset()

    @classmethod
    def default(cls, **settings: object) -> "World":
        """Build the fixed world that tests name; settings are those of the constructor."""
        return cls(**settings)  # type: ignore[arg-type]

    def reset(self) -> None:
        """Put everything back as it was at first; hosts and the event sender stay."""
        with self.lock:
            self.clock = Clock()
            portals = self._furnish(self.portal_hosts, self.clock.now())
            self.portals = {portal.host: portal for portal in portals}
            apps = application(self.app_url), other_application()
            self.apps: dict[str, Application] = {app.client_id: app for app in apps}
            self.auth = AuthServer()
            self.faults = Faults()
            self.limits = Limits()
            self.journal: list[Received] = []
            self.outbox: deque[Notice] = deque()

    def portal(self, host_or_member: str) -> Portal:
        """Find a portal by its present or a former host, or by member_id; KeyError if none."""
        for portal in self.portals.values():
            if host_or_member in {portal.host, portal.member_id} | portal.former_hosts:
                return portal
        raise KeyError(host_or_member)

    @property
    def app(self) -> Application:
        """The application under test: the first one of the vendor cabinet."""
        return next(iter(self.apps.values()))

    def origin(self, portal: Portal) -> str:
        """Scheme and host of a portal."""
        return f"{self.scheme}://{portal.host}"

    def endpoint(self, portal: Portal) -> str:
        """The portal's REST address, with a slash at its end."""
        return f"{self.origin(portal)}/rest/"

    @property
    def auth_origin(self) -> str:
        """Scheme and host of the authorization server."""
        return f"{self.scheme}://{self.auth_host}"

    @property
    def server_endpoint(self) -> str:
        """The authorization server's REST address, with a slash at its end."""
        return f"{self.auth_origin}/rest/"

    def install_pair(self, portal: Portal, user: User | int, client_id: str | None = None) -> Grant:
        """Mint an access and a refresh token of a person for an application (ours by default)."""
        user_id = user if isinstance(user, int) else user.id
        app = self.apps[client_id or self.app.client_id]
        ours = app is self.app and portal.installation is not None
        scope = portal.installation.scope if ours else app.scope
        with self.lock:
            return self.auth.mint(self.clock.now(), app.client_id, portal.member_id, user_id, scope)

    def webhook(self, portal: Portal, user: User | int = 1) -> str:
        """Make an inbound webhook of a person with the scope of our application.

        Gives its address, to which a method's name is appended.
        """
        user_id = user if isinstance(user, int) else user.id
        with self.lock:
            key = self.auth.webhook(portal.member_id, user_id, self.app.scope)
        return f"{self.endpoint(portal)}{key}/"

    def move(self, hosts: dict[str, str]) -> None:
        """Serve portals and the authorization server at other hosts, as {old: new}."""
        with self.lock:
            self.auth_host = hosts.get(self.auth_host, self.auth_host)
            first, second = (hosts.get(host, host) for host in self.portal_hosts)
            self.portal_hosts = (first, second)
            for portal in list(self.portals.values()):
                portal.host = hosts.get(portal.host, portal.host)
            self.portals = {portal.host: portal for portal in self.portals.values()}
