"""What the repository must never hold: paths of a machine, hosts of registries, secrets."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INVENTED = "12345678|87654321|00000000"  # how the keys of applications in tests end

NEVER = {
    "a folder of somebody's machine": r"(?<![\w.>}])/(?:root|home|Users|work)/[\w.]",
    "a drive of somebody's machine": r"\b[A-Z]:\\Users\\",
    "the host of a package registry": r"(?:pypi|npmjs|pythonhosted|npmmirror|yarnpkg|unpkg)\.\w",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a key of a cloud": r"\bAKIA[0-9A-Z]{16}\b",
    "a token of a code host": r"\b(?:gh[pousr]|github_pat|glpat)[_-]\w{20,}",
    "a token of a chat": r"\bxox[abprs]-\w{10,}",
    "an inbound webhook of a portal": r"/rest/\d+/[a-z0-9]{16,}\b",
    "the keys of an application": rf"\b(?:app|local)\.[0-9a-f]{{14}}\.(?!{INVENTED})\d{{8}}\b",
    "a key that encrypts tokens": r"ENCRYPTION_KEYS=['\"]?[\w-]{43}",
    "a password in an address": r"://[^\s/:@{}]+:(?=[^\s@]*\d)[^\s/:@{}]{12,}@",
}
# Each is put together here, so that this file does not hold what it forbids.
EXAMPLES = {
    "a folder of somebody's machine": "/".join(["", "home", "alice", "bx24app"]),
    "a drive of somebody's machine": "\\".join(["C:", "Users", "alice"]),
    "the host of a package registry": ".".join(["https://registry", "npmjs", "org/htmx"]),
    "a private key": "-----BEGIN " + "EC PRIVATE KEY-----",
    "a key of a cloud": "AKIA" + "ABCDEFGHIJKLMNOP",
    "a token of a code host": "ghp" + "_" + "a1" * 18,
    "a token of a chat": "xoxb" + "-" + "1234567890",
    "an inbound webhook of a portal": "https://company.bitrix24.com/rest/1/"
    + "a1b2" * 4
    + "/profile",
    "the keys of an application": "local." + "0123456789abcd" + ".24681357",
    "a key that encrypts tokens": "BX24_ENCRYPTION_KEYS=" + "Ab1-" * 10 + "Ab1",
    "a password in an address": "postgresql://app:" + "c0rrect-h0rse-battery" + "@db/app",
}


def files() -> list[Path]:
    """Every file that is in the repository or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> set[str]:
    """The packages of a requirements file, without hashes, comments and other files."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    lines = [line.rstrip(" \\") for line in lines]
    return {line for line in lines if line and not re.match(r"#|-r | +--hash=", line)}


@pytest.mark.parametrize("what", NEVER)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(NEVER[what].encode())
    holders = [
        f"{path.relative_to(ROOT)}: {found[0].decode(errors='replace')}"
        for path in files()
        if (found := pattern.search(path.read_bytes()))
    ]
    assert holders == []


@pytest.mark.parametrize("what", NEVER)
def test_it_would_be_noticed(what: str) -> None:
    assert re.search(NEVER[what], f"see {EXAMPLES[what]} there")


def test_no_file_knows_where_the_repository_lies() -> None:
    place = f"{ROOT}/".encode()
    assert [path.name for path in files() if place in path.read_bytes()] == []


PINNED = ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"]


@pytest.mark.parametrize("name", PINNED)
def test_what_is_installed_is_what_was_tried_to_the_last_byte(name: str) -> None:
    whole = re.sub(r" \\\n +", " ", (ROOT / name).read_text(encoding="utf-8"))
    found = [line for line in whole.splitlines() if not line.startswith("#")]
    assert [line for line in found if "--hash=sha256:" not in line] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "install -r" not in makefile
    assert makefile.count("install --require-hashes -r $<") == 3


@pytest.mark.parametrize("name", PINNED)
def test_every_package_is_pinned_and_no_host_is_named(name: str) -> None:
    # An extra that a package asks for stands in its pin, or installing with hashes refuses it.
    pinned = re.compile(r"[a-z0-9-]+(?:\[[a-z0-9,-]+\])?==[0-9.]+(?:post\d+)?")
    loose = [line for line in pins(name) if not pinned.fullmatch(line)]
    assert loose == []


@pytest.mark.parametrize(
    ("asked", "pinned"),
    [("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt")],
)
def test_what_is_asked_for_is_what_is_pinned(asked: str, pinned: str) -> None:
    wanted = {re.sub(r"\[\w+\]|\s*#.*", "", line).strip() for line in pins(asked)}
    assert {line for line in wanted if "==" in line} <= pins(pinned)


def test_tests_run_with_the_packages_of_production() -> None:
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_the_lock_file_names_no_host() -> None:
    lock = json.loads(read("package-lock.json"))
    packages = [part for name, part in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in part and part["integrity"] for part in packages)
    for part in packages:
        part.pop("funding", None)  # where their authors may be thanked
    assert "://" not in json.dumps(lock)


def test_the_card_of_the_application_names_no_host() -> None:
    card = json.loads(read("install.json"))
    assert "://" not in json.dumps(card)
    assert all(path.startswith("/") for path in card["handlers"].values())


def test_every_target_of_make_is_explained() -> None:
    makefile = read("Makefile")
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z-]+):.*## \w", makefile, re.MULTILINE))


def test_continuous_integration_runs_the_tests_and_nothing_else() -> None:
    assert [line for line in read(".ci/run").splitlines() if "make" in line] == ["make test"]
