"""Goes through what a reviewer of the Market checks, on a running installation.

The points are those of Bitrix24's requirements for applications (market/preparing-to-publish).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

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
PUBLIC = ("/", "/install", "/connect", *ABOUT)
"""Pages that anybody may open; the others are seen in a portal only."""
MOST_LOADED = 100
"""Pages and files that are looked for, so that a check ends whatever it finds."""
INSIDE = ("Traceback (most recent call last)", 'File "/', "sqlalchemy")
"""What a page would show of a fault that nobody has caught."""
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
FOR_PEOPLE = (
    "icon, screenshots and texts of docs/market/ are in the card",
    "the card's field of support names every channel and its hours",
    "install, use as administrator and as employee, remove, install again",
    "after the removal `portals list` does not name the portal any more",
    "no scroll bars in the frame at 1280 pixels, nothing in the browser's console",
    "the same on a self-hosted Bitrix24",
)
"""What no program can tell."""
TAGS = re.compile(r"<(script|style|template|head)\b.*?</\1>|<[^>]+>", re.DOTALL)
LINKED = re.compile(r'<(?:a|link|script|img)\b[^>]*? (?:href|src)="([^"]+)"')
PASSWORD = re.compile(r'<input[^>]* type="?password', re.IGNORECASE)


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
        yield self._point("every link, picture and file of the pages is there", self._links)
        yield self._point("no page in English leads to a Russian address", self._foreign)
        yield self._point("no page asks for a password", self._passwords)
        yield self._point("an error shows nothing of the inside", self._errors)
        yield self._point("an event that nobody has proven is refused", self._events)
        yield self._point("the headers for the security of browsers are there", self._headers)
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
        yield from (Point(BY_HAND, what) for what in FOR_PEOPLE)

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
        self,
        path: str,
        method: str = "GET",
        params: Mapping[str, str] | None = None,
        language: str = "en",
    ) -> requests.Response:
        return self._session.request(
            method,
            self._url + path,
            params=params,
            headers={"Accept-Language": language},
            timeout=TIMEOUT,
            allow_redirects=False,
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

    def _pages(self, *languages: str) -> Iterator[tuple[str, str]]:
        """Path and text of the pages for anybody."""
        for language in languages:
            for path in PUBLIC:
                yield path, self._answer(path, language=language).text

    def _links(self) -> str:
        """Follow every link to the installation itself, and into the pages that it leads to."""
        wanted = {
            (path, link) for path, text in self._pages(*LANGUAGES) for link in _links_of(text)
        }
        found: dict[str, requests.Response] = {}
        broken = set()
        for path, link in sorted(wanted):
            address, part = urldefrag(urljoin(self._url + path, link))
            if not address.startswith(f"{self._url}/") or len(found) >= MOST_LOADED:
                continue
            if address not in found:
                found[address] = self._answer(address.removeprefix(self._url))
            answer = found[address]
            if answer.status_code != 200 or (part and f'id="{part}"' not in answer.text):
                broken.add(link)
        return f"{', '.join(sorted(broken))} cannot be had" if broken else ""

    def _foreign(self) -> str:
        links = {link for _, text in self._pages("en") for link in _links_of(text)}
        russian = [one for one in sorted(links) if (urlsplit(one).hostname or "").endswith(".ru")]
        return ", ".join(russian)

    def _passwords(self) -> str:
        asking = [path for path, text in self._pages("en") if PASSWORD.search(text)]
        return f"{', '.join(asking)} does" if asking else ""

    def _errors(self) -> str:
        refused = {
            "an address that is not there": self._answer("/nothing-is-here"),
            "a launch without a token": self._answer("/", "POST", FRAMED),
            "a call without a key": self._answer("/api/v1/portals"),
        }
        for what, answer in refused.items():
            if not 400 <= answer.status_code < 500:
                return f"{what} is answered with {answer.status_code}"
            if any(words in answer.text for words in INSIDE):
                return f"{what} shows it"
        return ""

    def _events(self) -> str:
        status = self._answer("/events", "POST").status_code
        return "" if status == 403 else f"it is {status}"

    def _headers(self) -> str:
        given = self._answer("/").headers
        wrong = [name for name, value in HEADERS.items() if given.get(name) != value]
        if urlsplit(self._url).scheme == "https" and "Strict-Transport-Security" not in given:
            wrong.append("Strict-Transport-Security")
        return f"{', '.join(wrong)} missing" if wrong else ""

    def _about(self, path: str, language: str) -> str:
        answer = self._answer(f"{path}?lang={language}")
        if answer.status_code != 200:
            return f"it is {answer.status_code}"
        # A browser has to show it at once, instead of keeping it as a file.
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            return "it is no page"
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
        placements = ", ".join(self._manifest.placements) or "none"
        yield Point(BY_HAND, f"the card names the placements that are used: {placements}")
        for name, path in self._manifest.handlers.items():
            yield Point(BY_HAND, f"the card's address for {name} is {urljoin(self._url, path)}")


def _verdict(what: str, is_so: bool) -> Point:
    return Point(OK if is_so else FAILS, what)


def _links_of(page: str) -> set[str]:
    """Where a page leads to and what it loads, as it is written there."""
    return {unescape(link) for link in LINKED.findall(page)}


def _words(page: str) -> str:
    """What can be read on a page."""
    return " ".join(TAGS.sub(" ", page).split())
