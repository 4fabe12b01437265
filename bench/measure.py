"""What a benchmark asks of its own process, and gives to others."""

from __future__ import annotations

import os
from pathlib import Path


def environment() -> dict[str, str]:
    """The environment of a command that is measured: it may keep its modules compiled, as it does where
    people work; in a container that says otherwise each process would compile them anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def peak_memory() -> float:
    """GiB that this process has held at most. Not getrusage: its figure outlives exec, so that a small child
    of a large parent looks large."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20
