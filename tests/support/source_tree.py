"""Reads the source of a package without running it: modules, what they import, their functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported name: where it stands, what it is, and whether it stands where it should."""

    line: int
    target: str
    relative: bool
    inside_function: bool


@dataclass(frozen=True)
class Module:
    """One source file of a package."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.text, str(self.path))

    @cached_property
    def imports(self) -> list[Import]:
        """Everything it imports; `from a import b` is `a.b`, whatever b turns out to be."""
        nested = {id(node) for function in self.functions for node in ast.walk(function)}
        return [
            Import(node.lineno, target, bool(getattr(node, "level", 0)), id(node) in nested)
            for node in ast.walk(self.tree)
            for target in _targets(node)
        ]

    @cached_property
    def functions(self) -> list[Function]:
        """Every function and method, also those inside another one."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]


def modules(package: Path) -> list[Module]:
    """The modules of the package in a folder; a package is called like its `__init__`'s folder."""
    return [Module(_name(path, package), path) for path in sorted(package.rglob("*.py"))]


def length(function: Function) -> int:
    """Lines of a function from its `def` to its end, its docstring left out."""
    last = function.end_lineno or function.lineno
    return last - function.lineno + 1 - _docstring_lines(function)


def _name(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def _docstring_lines(function: Function) -> int:
    first = function.body[0]
    if ast.get_docstring(function) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1
