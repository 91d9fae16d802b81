#!/usr/bin/env python3
"""Make `.venv` hold what a command needs: `install.py runtime`, `temporal` or `dev`.

Standard library only, any Python that runs it. The locked, hashed requirements and our own packages
(editable) are installed once; a stamp with the hash of everything that decides the outcome says
so, and the next call returns at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PACKAGES = (
    "shared",
    *sorted(f"services/{p.name}" for p in (ROOT / "services").iterdir()),
    "deploy/local",
)
OLDEST = (3, 11)
FILES = {
    "runtime": ("runtime.txt",),
    "temporal": ("runtime.txt", "temporal.txt"),  # the optional timer backend and its server
    "dev": ("dev.txt",),  # all of it, and the tools
}
INCLUDED_IN = {"runtime": ("temporal", "dev"), "temporal": ("dev",), "dev": ()}


def main(kind: str) -> int:
    """Install *kind* of requirements unless the stamp says that they are there."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        return complain(
            f"Python {found} is too old", "use 3.11 or newer: make PYTHON=python3.12 ..."
        )
    with (ROOT / "requirements" / f"{kind}.txt").open() as lock:  # one installer at a time
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint(kind)
        if any(stamp(larger) == fingerprint(larger) for larger in (kind, *INCLUDED_IN[kind])):
            return 0
        try:
            install(kind)
        except subprocess.CalledProcessError as error:
            return complain(f"{error.cmd[0]} ended with {error.returncode}", "see its lines above")
        (VENV / f".installed-{kind}").write_text(wanted, encoding="utf-8")
    return 0


def install(kind: str) -> None:
    """Create the environment, then install the requirements and our packages."""
    say(f"installing {kind} requirements into .venv (once)")
    python = VENV / "bin" / "python"
    if not python.exists():
        try:
            run(sys.executable, "-m", "venv", VENV)
        except subprocess.CalledProcessError:
            say("venv is missing: install your system's python3-venv package")
            raise
    pip = (python, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check", "install")
    files = [word for name in FILES[kind] for word in ("-r", ROOT / "requirements" / name)]
    run(*pip, "--require-hashes", *files)
    ours = [word for package in PACKAGES for word in ("-e", ROOT / package)]
    run(*pip, "--no-deps", "--no-build-isolation", *ours)


def fingerprint(kind: str) -> str:
    """A hash over what decides the outcome: requirements, our packages' metadata, the Python."""
    decides = [
        *(ROOT / "requirements" / name for name in FILES[kind]),
        *(ROOT / p / "pyproject.toml" for p in PACKAGES),
    ]
    digest = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for path in decides:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamp(kind: str) -> str:
    """What the last installation left, empty when there was none."""
    path = VENV / f".installed-{kind}"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def run(*words: str | Path) -> None:
    """Run a command; what it prints goes to standard error."""
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1"}
    subprocess.run([str(word) for word in words], check=True, stdout=2, env=environment)  # noqa: S603 - fixed words


def say(sentence: str) -> None:
    """One line for the person who waits."""
    sys.stderr.write(f"slaclock: {sentence}\n")


def complain(sentence: str, remedy: str) -> int:
    """Say what is wrong and what helps; the exit code of a failure."""
    say(f"{sentence}; {remedy}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
