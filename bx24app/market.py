"""Goes through what a reviewer of the Market checks, on a running installation.

The points are those of Bitrix24's requirements for applications (market/preparing-to-publish).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urljoin, urlsplit

import requests

from bx24app.bitrix24.manifest import Manifest
from bx24app.bitrix24.scopes import USED
from bx24app.config import Config
from bx24app.portals import journal

OK, FAILS, BY_HAND = "ok", "fails", "by hand"
TIMEOUT = (5.0, 20.0)
"""Seconds to connect, and between two pieces of an answer."""
LEAST_KEPT = timedelta(days=3)
LANGUAGES = ("en", "ru")
"""Languages of the pages, and of the card."""
ABOUT = ("/legal/privacy", "/legal/license", "/help")
PORTAL = "company.bitrix24.com"
"""A portal that frames the page of a refused call; nothing is asked of it."""
FRAMED = {"DOMAIN": PORTAL, "PROTOCOL": "1"}
SETTINGS_MISSING = "BX24_VENDOR"
TAGS = re.compile(r"<(script|style|template|head)\b.*?</\1>|<[^>]+>", re.DOTALL)
LINKED = re.compile(r'<(?:link|script)[^>]* (?:href|src)="(/[^"]+)"')


@dataclass(frozen=True)
class Point:
    """One thing that a reviewer looks at."""

    verdict: str
    """`ok`, `fails`, or `by hand` where no program can tell."""
    what: str


def check(url: str, config: Config, manifest: Manifest) -> Iterator[Point]:
    """Check the installation at an address, one point after the other.

    `config` and `manifest` are those of this copy of the application.
    """
    yield from _Site(url, config, manifest).points()


class _Site:
    """One installation, seen from outside."""

    def __init__(self, url: str, config: Config, manifest: Manifest) -> None:
        self._url, self._config, self._manifest = url.rstrip("/"), config, manifest
        self._session = requests.Session()

    def points(self) -> Iterator[Point]:
        """Everything, what can be seen from outside first."""
        yield self._certificate()
        for path in ("/", "/install"):
            yield self._point(f"HEAD {path} answers 200", partial(self._head, path))
        yield self._point("the service is ready: GET /readyz", lambda: self._found("/readyz"))
        yield self._point("a portal, and nobody else, may frame the pages", self._frames)
        yield self._point("the installation page is not blank", self._installation)
        yield self._point("every file that a page needs is there", self._files)
        for path in ABOUT:
            for language in LANGUAGES:
                yield self._point(
                    f"{path} is there in {language}",
                    partial(self._about, path, language),
                )
        yield self._point("the pages name the vendor and a support address", self._vendor)
        yield from self._card()
        kept = journal.KEPT
        yield _verdict(
            f"REST exchanges are kept for {kept.days} days, three at least", kept >= LEAST_KEPT
        )
        yield Point(BY_HAND, "icon, screenshots and texts of docs/market/ are in the card")
        yield Point(BY_HAND, "install, use as administrator and as employee, remove, install again")
        yield Point(BY_HAND, "the same on a self-hosted Bitrix24")

    def _certificate(self) -> Point:
        what = "the certificate is valid"
        if urlsplit(self._url).scheme == "http":
            if self._config.allow_http:
                return Point(BY_HAND, f"{what}: this installation is reached without TLS")
            return Point(FAILS, f"{what}: the address has to begin with https://")
        return self._point(what, lambda: self._found("/healthz"))

    def _point(self, what: str, look: Callable[[], str]) -> Point:
        """Look; what is found wrong, or keeps us from looking, stands behind the point."""
        try:
            wrong = look()
        except requests.exceptions.SSLError:
            wrong = "the certificate is not trusted"
        except requests.RequestException as error:
            wrong = f"no answer ({type(error).__name__})"
        return Point(FAILS, f"{what}: {wrong}") if wrong else Point(OK, what)

    def _answer(
        self, path: str, method: str = "GET", params: Mapping[str, str] | None = None
    ) -> requests.Response:
        return self._session.request(
            method, self._url + path, params=params, timeout=TIMEOUT, allow_redirects=False
        )

    def _head(self, path: str) -> str:
        status = self._answer(path, "HEAD").status_code
        return "" if status == 200 else f"it is {status}"

    def _found(self, path: str) -> str:
        status = self._answer(path).status_code
        return "" if status == 200 else f"it is {status}"

    def _frames(self) -> str:
        """A call that lacks its token is refused at once, with a page for the portal's frame."""
        answer = self._answer("/", "POST", FRAMED)
        policy = answer.headers.get("Content-Security-Policy", "")
        if "X-Frame-Options" in answer.headers:
            return "X-Frame-Options keeps portals out"
        if f"frame-ancestors https://{PORTAL}" not in policy:
            return f"frame-ancestors does not name the portal ({policy or 'no policy'})"
        outside = self._answer("/").headers.get("Content-Security-Policy", "")
        return "" if "frame-ancestors 'none'" in outside else "anybody may frame the page outside"

    def _installation(self) -> str:
        answers = (
            self._answer("/install"),
            self._answer("/install", "POST", FRAMED),
        )
        return "" if all(_words(answer.text) for answer in answers) else "nothing can be read there"

    def _files(self) -> str:
        page = self._answer("/help").text
        broken = [path for path in LINKED.findall(page) if self._found(path)]
        return f"{', '.join(broken)} cannot be had" if broken else ""

    def _about(self, path: str, language: str) -> str:
        answer = self._answer(f"{path}?lang={language}")
        if answer.status_code != 200:
            return f"it is {answer.status_code}"
        if f'lang="{language}"' not in answer.text:
            return "it is in another language"
        if path == "/legal/license" and self._manifest.title(language) not in _words(answer.text):
            return "it does not name the title of the card"
        return ""

    def _vendor(self) -> str:
        text = self._answer("/legal/license?lang=en").text
        missing = SETTINGS_MISSING in text
        return "BX24_VENDOR and BX24_SUPPORT_EMAIL are not set there" if missing else ""

    def _card(self) -> Iterator[Point]:
        """The application's card, install.json, of this copy."""
        asked = set(self._manifest.scopes)
        yield _verdict("install.json asks for no right that is not used", not asked - USED)
        yield _verdict("install.json asks for every right that is used", not USED - asked)
        for language in LANGUAGES:
            yield _verdict(
                f"install.json has a title and a description in {language}",
                bool(
                    self._manifest.titles.get(language)
                    and self._manifest.descriptions.get(language)
                ),
            )
        for name, path in self._manifest.handlers.items():
            yield Point(BY_HAND, f"the card's address for {name} is {urljoin(self._url, path)}")


def _verdict(what: str, is_so: bool) -> Point:
    return Point(OK if is_so else FAILS, what)


def _words(page: str) -> str:
    """What can be read on a page."""
    return " ".join(TAGS.sub(" ", page).split())
