"""What a REST request says: method, parameters and token, however they were encoded."""

import json
import re
from dataclasses import dataclass

from werkzeug.wrappers import Request

from tests.emulator.php_forms import parse_pairs, parse_query

SUFFIXES = (".json", ".xml")
WEBHOOK = re.compile(r"(\d+/[^/]+)/(?=[^/])")


@dataclass
class Asked:
    """A request read: `token_in` is header, query, body, path (a webhook) or "" (none at all)."""

    method: str
    params: dict[str, object]
    token: str
    token_in: str


def read(request: Request, prefix: str = "/rest/") -> Asked:
    """Read a REST request. Nothing is refused here: what cannot be read is not there."""
    query, body = parse_query(request.query_string.decode()), body_of(request)
    token, token_in = token_of(request, query, body)
    path = request.path.removeprefix(prefix)
    webhook = WEBHOOK.match(path)
    if webhook:
        token, token_in, path = webhook[1], "path", path[webhook.end() :]
    for source in (query, body):
        for name in ("auth", "access_token"):
            source.pop(name, None)
    return Asked(method_of(path), {**query, **body}, token, token_in)


def method_of(path: str) -> str:
    """Take the method's name out of what follows `/rest/`, without `.json` and slashes."""
    name = path.strip("/")
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def body_of(request: Request) -> dict[str, object]:
    """Read the body: JSON, multipart, or text that is taken for a form whatever its type."""
    if request.mimetype == "application/json":
        try:
            parsed = json.loads(request.get_data() or b"{}")
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}
    if request.mimetype == "multipart/form-data":
        return parse_pairs(request.form.items(multi=True))
    return parse_query(request.get_data().decode(errors="replace"))


def token_of(
    request: Request, query: dict[str, object], body: dict[str, object]
) -> tuple[str, str]:
    """Find the access token: the Bearer header first, then `auth`, then `access_token`."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), "header"
    for name in ("auth", "access_token"):
        for place, source in (("body", body), ("query", query)):
            if isinstance(source.get(name), str):
                return str(source[name]), place
    return "", ""
