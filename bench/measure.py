"""What a benchmark asks of its own process."""

from __future__ import annotations

from pathlib import Path


def peak_memory() -> float:
    """GiB that this process has held at most. Not getrusage: its figure outlives exec, so that a small child
    of a large parent looks large."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20
