"""The YAML language server that editors use, spoken to as an editor does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parents[2] / "node_modules/yaml-language-server/bin/yaml-language-server"
ADDRESS = "file:///flows.yaml"
PATIENCE = 60
"""Messages that may come before the one that is waited for."""


class Editor:
    """An editor with one document open."""

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        """Introduce the editor to the server."""
        self._server = server
        self._count = 0
        self.request("initialize", processId=None, rootUri=None, capabilities={})
        self._notify("initialized")
        settings = {
            "yaml": {"validate": True, "completion": True, "schemaStore": {"enable": False}}
        }
        self._notify("workspace/didChangeConfiguration", settings=settings)

    def open(self, text: str) -> list[str]:
        """Open a document: the words of everything that is wrong with it."""
        document = {"uri": ADDRESS, "languageId": "yaml", "version": 1, "text": text}
        self._notify("textDocument/didOpen", textDocument=document)
        found = self._await(lambda one: one.get("method") == "textDocument/publishDiagnostics")
        return [one["message"] for one in found["params"]["diagnostics"]]

    def offers(self, line: int, character: int) -> set[str]:
        """What is offered at a place of the document, both from 0."""
        place = {"line": line, "character": character}
        found = self.request(
            "textDocument/completion", textDocument={"uri": ADDRESS}, position=place
        )
        return {one["label"] for one in found["items"]}

    def request(self, method: str, **params: Any) -> Any:
        """Ask the server something."""
        self._count += 1
        number = self._count
        self._send({"id": number, "method": method, "params": params})
        return self._await(lambda one: one.get("id") == number and "result" in one)["result"]

    def _notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self._server.stdin
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._server.stdin.flush()

    def _await(self, wanted: Any) -> dict[str, Any]:
        for _ in range(PATIENCE):
            message = self._receive()
            if wanted(message):
                return message
            # The server asks for settings too; an editor that knows none answers so.
            if "method" in message and "id" in message:
                items = message["params"].get("items", [])
                self._send({"id": message["id"], "result": [None] * len(items)})
        raise AssertionError("the language server does not answer")

    def _receive(self) -> dict[str, Any]:
        assert self._server.stdout
        length = 0
        while line := self._server.stdout.readline():
            name, _, value = line.decode().strip().partition(":")
            if name.lower() == "content-length":
                length = int(value)
            # An empty line ends the head.
            if not name and length:
                break
        else:
            raise AssertionError("the language server has ended")
        return dict(json.loads(self._server.stdout.read(length)))


@contextmanager
def editor() -> Iterator[Editor]:
    """An editor, and the server that it has started."""
    server = subprocess.Popen(
        ["node", str(PROGRAM), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Editor(server)
    finally:
        server.kill()
        server.communicate()
