"""The official Python client as it comes, in front of an emulated Bitrix24 with real host names."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import trustme
from b24pysdk import BitrixApp, BitrixToken

from tests.contract.tunnel import proxy
from tests.emulator.control import Control
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator

AUTHORIZATION = "oauth.bitrix24.tech"  # built into the client
PORTALS = ("northwind.bitrix24.com", "severny-veter.bitrix24.ru")
RENAMED = "southwind.bitrix24.com"


@contextmanager
def encrypted() -> Iterator[World]:
    """Let every HTTPS request of this process reach an emulated world until the block ends."""
    world = World.default(scheme="https", auth_host=AUTHORIZATION, portal_hosts=PORTALS)
    authority, certificate = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(AUTHORIZATION, *PORTALS, RENAMED).configure_cert(certificate)
    with (
        proxy(create_emulator(world), certificate) as address,
        authority.cert_pem.tempfile() as trusted,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            environment.delenv(name)
        environment.setenv("https_proxy", address)
        environment.setenv("REQUESTS_CA_BUNDLE", trusted)
        yield world


def install_everywhere(world: World) -> Control:
    """Put the world back as it was at first, the application installed on both portals."""
    world.reset()
    control = Control(world)
    for host in world.portal_hosts:
        control.install(host)
        control.finish(host)
    return control


def application(world: World) -> BitrixApp:
    """The application's keys, as the client holds them."""
    return BitrixApp(client_id=world.app.client_id, client_secret=world.app.client_secret)


def token(world: World, host: str = PORTALS[0], user_id: int = 1) -> BitrixToken:
    """A person's pair of tokens in the hands of the client, which learns what the portal says."""
    grant = world.install_pair(world.portal(host), user_id)
    return BitrixToken(
        domain=host,
        auth_token=grant.access_token,
        refresh_token=grant.refresh_token,
        expires=datetime.fromtimestamp(grant.expires, UTC),
        expires_in=round(grant.expires - world.clock.now()),
        bitrix_app=application(world),
    )
