"""A client that a program makes of the OpenAPI document creates a flow."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.app_harness import AppHarness


@pytest.fixture
def generated(
    installed_app: AppHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The package that openapi-python-client makes; it knows no body in YAML."""
    document = tmp_path / "openapi.json"
    document.write_text(installed_app.browser.get("/api/v1/openapi.json").text)
    program = [sys.executable, "-m", "openapi_python_client", "generate"]
    # Its last step is to call Ruff, which lies beside the interpreter.
    path = {"PATH": str(Path(sys.executable).parent)}
    options = ["--path", document, "--output-path", tmp_path / "flows_client", "--meta", "none"]
    done = subprocess.run([*program, *options], env=path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    modules = ("client", "models", "api.flows.create_flow", "api.flows.list_flows")
    return {name: importlib.import_module(f"flows_client.{name}") for name in modules}


def test_it_makes_a_flow(generated: dict[str, Any], installed_app: AppHarness) -> None:
    portal = installed_app.a.member_id
    client = generated["client"].AuthenticatedClient(
        "http://127.0.0.1:8000",
        installed_app.program(installed_app.a).key,
        httpx_args={"transport": httpx.WSGITransport(app=installed_app.app)},
    )
    wanted = generated["models"].NewFlow(
        name="Made by a generated client",
        planned_completion_time=14_400,
        distribution_type=generated["models"].NewFlowDistributionType.QUEUE,
        responsible_list=[["user", "3"]],
        task_control=True,
    )

    made = generated["api.flows.create_flow"].sync(portal, client=client, body=wanted)
    listed = generated["api.flows.list_flows"].sync(
        portal, client=client, name="Made by a generated client"
    )

    assert [flow.id for flow in listed.items] == [made.id]
    assert installed_app.a.flows[made.id].name == "Made by a generated client"
