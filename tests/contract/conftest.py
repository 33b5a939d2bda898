"""Fixtures of the judges: the Python client's world, a browser, the portals to be judged."""

import os
from collections.abc import Iterator

import pytest
from b24pysdk import BitrixToken
from playwright.sync_api import Browser

from tests.contract.guest import Guest
from tests.contract.official_page import OfficialApp, opened
from tests.contract.portals import guest_of, to_be_judged
from tests.contract.python_client import encrypted, install_everywhere, token
from tests.emulator.browser import launched
from tests.emulator.control import Control
from tests.emulator.state import World


@pytest.fixture(scope="module")
def reachable() -> Iterator[World]:
    """The world that the Python client reaches."""
    with encrypted() as world:
        yield world


@pytest.fixture
def control(reachable: World) -> Control:
    """Its control; the application is installed on both portals and nothing else happened."""
    return install_everywhere(reachable)


@pytest.fixture
def world(control: Control) -> World:
    """The world itself."""
    return control.world


@pytest.fixture
def alice(world: World) -> BitrixToken:
    """Alice Carter, administrator of the English portal."""
    return token(world)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def official_app() -> Iterator[OfficialApp]:
    """A portal with an application that loads Bitrix24's own library."""
    with opened() as official_app:
        yield official_app


@pytest.fixture(scope="module", params=to_be_judged(os.environ))
def guest(request: pytest.FixtureRequest) -> Iterator[Guest]:
    """A guest of each portal in turn; what it made is gone when its tests are over."""
    with guest_of(request.param) as guest:
        yield guest
