# SPDX-License-Identifier: MIT
"""The package's public names, and what it may import."""

import ast
import re
import sys
import tomllib
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import linkpool
from tools.sources import ROOT, name_of

# Public names are a promise: a change here is a line in the changelog.
PUBLIC = ["__version__"]

PACKAGE = ROOT / "src" / "linkpool"


def test_the_public_names_are_these() -> None:
    assert sorted(linkpool.__all__) == PUBLIC
    assert all(hasattr(linkpool, name) for name in linkpool.__all__)


def test_the_command_exists() -> None:
    assert callable(import_module("linkpool.cli").main)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(path: Path) -> set[str]:
    """Top-level modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found


def declared() -> set[str]:
    text = (ROOT / "requirements" / "runtime.in").read_text()
    return {normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)", text, re.MULTILINE)}


def extras() -> set[str]:
    """What only an extra brings: imported inside the function that needs it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [one for extra in project["optional-dependencies"].values() for one in extra]
    return {normal(name) for one in wanted for name in re.findall(r"^([A-Za-z0-9._-]+)", one)}


def test_the_package_imports_only_what_it_declares() -> None:
    """`make up` installs no test tools: an import of one would work here and fail there."""
    owners = packages_distributions()
    undeclared = {}
    for path in PACKAGE.rglob("*.py"):
        outside = imported(path) - set(sys.stdlib_module_names) - {"linkpool"}
        names = {module: {normal(owner) for owner in owners.get(module, [])} for module in outside}
        wrong = [module for module, found in names.items() if not found & (declared() | extras())]
        if wrong:
            undeclared[name_of(path)] = wrong
    assert undeclared == {}


def test_no_declared_package_is_unused() -> None:
    owners = packages_distributions()
    modules = {module for path in PACKAGE.rglob("*.py") for module in imported(path)}
    used = {normal(owner) for module in modules for owner in owners.get(module, [])}
    # eth-keys signs with it when it is there; SQLAlchemy finds it by its URL
    by_others = {"coincurve", "psycopg"}
    assert declared() - used - by_others == set()
