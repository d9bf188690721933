# SPDX-License-Identifier: MIT
"""Compiles a copy of the contracts elsewhere and compares every file with the committed ones.

Another folder, locale, time zone, hash seed and umask; another user, too, where this one is root.
None of them may leave a trace in the byte code, nor in the release manifest.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.release import RELEASE
from tools.sources import ARTEFACTS, CONTRACTS, ROOT, deployables, name_of

# The Turkish i is no letter of ASCII, that island is 14 hours ahead of Greenwich.
ELSEWHERE = {
    "LC_ALL": "tr_TR.ISO-8859-9",
    "TZ": "Pacific/Kiritimati",
    "PYTHONHASHSEED": "4711",
    "PYTHONUTF8": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "COLUMNS": "40",
}
UMASK = 0o077
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def another_user() -> list[str]:
    """What goes before a command to run it as nobody; nothing where only root could."""
    if os.geteuid() != 0 or shutil.which(NOBODY[0]) is None:
        return []
    attempt = [*NOBODY, sys.executable, "-c", "import vyper"]
    tried = subprocess.run(attempt, capture_output=True, check=False)
    return NOBODY if tried.returncode == 0 else []


def copied(folder: Path, names: Collection[str]) -> None:
    """Sources and tools, no compiled file, of the deployable contracts only those named."""
    others = {path for path in deployables() if path.stem not in names}

    def skipped(place: str, entries: list[str]) -> set[str]:
        found = {entry for entry in entries if Path(place, entry) in others}
        return found | {entry for entry in entries if entry == "__pycache__"}

    for place in (CONTRACTS, ROOT / "tools", ROOT / "src"):
        ignored = shutil.ignore_patterns("__pycache__", "*.json")
        shutil.copytree(
            place, folder / name_of(place), ignore=skipped if place == CONTRACTS else ignored
        )
    for path in (folder.parent, folder, *folder.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o644)


def compiled(folder: Path) -> subprocess.CompletedProcess[str]:
    """`make compile` in there."""
    place = {"PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": str(folder / "src")}
    return subprocess.run(
        [*another_user(), sys.executable, "-m", "tools.compile"],
        cwd=folder,
        env=place | ELSEWHERE,
        umask=UMASK,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def differences(folder: Path, names: Collection[str]) -> Iterator[str]:
    """One line for every file that is not the same; of the manifest, what was compiled."""
    for name in sorted(names):
        ours = ARTEFACTS / f"{name}.json"
        theirs = folder / name_of(ours)
        if not ours.exists() or ours.read_bytes() != theirs.read_bytes():
            yield f"{name_of(ours)} is stale: make compile"
    theirs = folder / name_of(RELEASE)
    if set(names) == {path.stem for path in deployables()}:
        if not RELEASE.exists() or RELEASE.read_bytes() != theirs.read_bytes():
            yield f"{name_of(RELEASE)} is stale: make compile"
        for path in ARTEFACTS.glob("*.json"):
            if path.stem not in names:
                yield f"{name_of(path)} has no source: make compile"
    else:
        released = json.loads(RELEASE.read_text(encoding="utf-8"))["contracts"]
        for name, one in json.loads(theirs.read_text(encoding="utf-8"))["contracts"].items():
            if released.get(name) != one:
                yield f"{name_of(RELEASE)}: {name} is stale: make compile"


def reproduced(names: Collection[str]) -> list[str]:
    """What is wrong; nothing where all is the same."""
    # Not in the usual folder of the tests, where nobody but its owner may look.
    with TemporaryDirectory() as place:
        folder = Path(place) / "an Öther place"
        folder.mkdir()
        copied(folder, names)
        done = compiled(folder)
        if done.returncode != 0:
            return [done.stdout + done.stderr]
        return list(differences(folder, names))


def main() -> int:
    names = {path.stem for path in deployables()}
    wrong = reproduced(names)
    for line in wrong:
        print(f"compile: {line}", file=sys.stderr)
    if not wrong:
        who = "another user" if another_user() else "the same user"
        print(f"compile: {len(names)} contracts, the same byte code elsewhere for {who}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
