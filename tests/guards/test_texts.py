# SPDX-License-Identifier: MIT
"""No file points at one machine, at a package registry's host or at how it was made."""

import re

import pytest

from tools.sources import name_of, repository_files

# Written in pieces, so that this file does not contain what it looks for.
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
]
MACHINE_PATHS = [
    "/wo" + r"rk/(main|shared|\.)",
    "/ro" + "ot/",
    "/ho" + "me/[a-z]",
    "/Us" + "ers/",
    "/tm" + "p/(w|tool)/",
    "/op" + "t/(wheels|py" + "pi)",
]
ORIGINS = [
    r"\bwork" + r"place\b",
    r"\bC" + r"EO\b",
    r"\bsub-?ag" + r"ents?\b",
    r"\b(AI|LLM|coding) (ag" + "ent|assistant)",
    r"\b(this|another|earlier|later|previous|next) sess" + r"ion\b",
    r"\b(other|another) help" + r"er\b",
    r"\bissue" + r" #?\d",
    r"\bissues/" + r"\d",
]
FORBIDDEN = {
    "registry host": [re.escape(host) for host in HOSTS],
    "machine path": MACHINE_PATHS,
    "origin": ORIGINS,
}
PATTERNS = {kind: re.compile("|".join(parts)) for kind, parts in FORBIDDEN.items()}


def breaches(text: str) -> list[str]:
    return [f"{kind}: {m.group()}" for kind, p in PATTERNS.items() for m in p.finditer(text)]


def test_no_file_contains_a_forbidden_text() -> None:
    found = {}
    for path in repository_files():
        content = path.read_bytes()
        if b"\0" not in content and (wrong := breaches(content.decode("utf-8"))):
            found[name_of(path)] = wrong[:3]
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "https://" + HOSTS[0] + "/simple",
        "see /wo" + "rk/shared/x.md",
        "/ho" + "me/someone/x",
        "in a later sess" + "ion",
        "fixed in issue" + " 12",
        "a sub" + "-agent",
    ],
)
def test_each_kind_is_seen(text: str) -> None:
    assert len(breaches(text)) == 1


def test_plain_words_pass() -> None:
    assert breaches("a database session, an issue tracker, the helper function, user agent") == []
