"""Editors show what is wrong with a blueprint and offer its fields, by the published schema."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from bx24app.blueprints.kept import FOLDER, GALLERY
from tests.support.app_harness import AppHarness
from tests.support.language_server import Editor, editor


@pytest.fixture(scope="module")
def schema_url(shared_app: AppHarness) -> Iterator[str]:
    """The address of the schema, served as it is everywhere."""
    server = make_server("127.0.0.1", 0, shared_app.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/blueprint.schema.json"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened() -> Iterator[Editor]:
    """An editor without a document yet."""
    with editor() as one:
        yield one


def lines(schema_url: str, *more: str) -> str:
    """A document that names its schema as docs/flows-as-code.md says."""
    head = [f"# yaml-language-server: $schema={schema_url}", "schema: 1", "flows:", "  help-desk:"]
    return "\n".join([*head, *more]) + "\n"


def test_a_good_document_has_no_marks(opened: Editor, schema_url: str) -> None:
    assert (
        opened.open(lines(schema_url, "    name: Help desk", "    plannedCompletionTime: 4h")) == []
    )


@pytest.mark.parametrize("slug", GALLERY)
def test_the_ready_blueprints_have_none_either(slug: str, schema_url: str) -> None:
    text = (FOLDER / f"{slug}.yaml").read_text()
    with editor() as one:
        assert one.open(f"# yaml-language-server: $schema={schema_url}\n{text}") == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("    colour: red", "colour"),
        ("    distributionType: sometimes", "queue"),
        ("    matchWorkTime: maybe", "true, false"),
    ],
)
def test_a_mistake_is_marked(opened: Editor, schema_url: str, line: str, told: str) -> None:
    found = opened.open(lines(schema_url, line))
    assert any(told in message for message in found), found


def test_fields_and_values_are_offered(opened: Editor, schema_url: str) -> None:
    opened.open(lines(schema_url, "    ", "    distributionType: "))
    assert {"plannedCompletionTime", "responsibleList", "ownerId"} <= opened.offers(4, 4)
    assert {"queue", "manually", "himself"} <= opened.offers(5, 22)
