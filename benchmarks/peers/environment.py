"""The virtual environment that the peers run in, apart from pcard's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = ("naive", "recordlinkage", "splink")


def last_line(said: str) -> str:
    """Return what a failed process said last: where it is Python, the error."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it said nothing")


def interpreter(folder: Path) -> Path:
    """Make the environment where it is not made yet, and return its Python.

    What cannot be installed is reported in a line each; peers that can do without it run.

    Raises:
        RuntimeError: there is no environment at all.
    """
    python, made = folder.absolute() / "bin" / "python", folder / "made-from.txt"
    wanted = (HERE / "requirements.txt").read_text()
    if made.exists() and made.read_text() == wanted:
        return python
    venv = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True, check=False)
    if venv.returncode:
        raise RuntimeError(last_line(venv.stderr or venv.stdout))
    if not failed(python, "-r", str(HERE / "requirements.txt")):
        made.write_text(wanted)
        return python
    for requirement in re.findall(r"^[^#\s].*$", wanted, re.MULTILINE):
        if reason := failed(python, requirement):
            print(f"    cannot install {requirement}: {reason}", flush=True)
    return python


def failed(python: Path, *asked: str) -> str:
    """Install with pip; return the reason why not, empty where it is installed."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *asked]
    pip = subprocess.run(command, capture_output=True, text=True, check=False)
    return last_line(pip.stderr) if pip.returncode else ""


def versions(python: Path) -> str:
    """Return what is installed of what was asked for, as `splink 5.0.0, ...`."""
    names = re.findall(r"^[A-Za-z][\w-]*", (HERE / "requirements.txt").read_text(), re.MULTILINE)
    frozen = [str(python), "-m", "pip", "--disable-pip-version-check", "list", "--format", "freeze"]
    listed = subprocess.run(frozen, capture_output=True, text=True, check=True).stdout
    installed = dict(line.lower().split("==") for line in listed.splitlines() if "==" in line)
    return ", ".join(f"{name} {installed.get(name, 'not installed')}" for name in names)
