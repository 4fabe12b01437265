"""Mangles projects for as long as wanted.

Run: ``python tests/fuzz/run.py [--minutes N] [--seed N] [--atheris]``.

Prints every input that breaks a promise, with the seed that makes it again, and ends with 1 if so.
``--atheris`` lets coverage guide the bytes (``pip install playcall[fuzz]``), from the library's files on,
until it finds something or the time is over; what it found stands in the last lines, and as a file in the
system's folder of temporary files.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from fuzzkit import Target, broken
from hostile import files

HANG = 60  # seconds after which the stack of what hangs in C is shown


def attempt(target: Target, opened: dict[str, bytes], what: str) -> bool:
    """Whether lint keeps its promises for these files; what broke is printed."""
    faulthandler.dump_traceback_later(HANG, exit=True)
    try:
        target.lint(opened)
    except Exception:  # whatever it is, it is what is looked for
        print(f"{what}: {', '.join(opened)}\n{traceback.format_exc()}", flush=True)
        return False
    finally:
        faulthandler.cancel_dump_traceback_later()
    return True


def wander(target: Target, minutes: float, seed: int) -> int:
    """Hostile files first, then mangled ones; gives how many broke something."""
    failed = sum(not attempt(target, {name: data}, what) for what, name, data in files())
    end, tried = time.monotonic() + minutes * 60, 0
    while time.monotonic() < end:
        failed += not attempt(target, broken(target, random.Random(seed + tried)), f"seed {seed + tried}")
        tried += 1
    print(f"{tried:,} mangled projects, {failed} broke something")
    return failed


def guided(target: Target, minutes: float, seed: int) -> None:
    """Bytes by coverage: the first one chooses the file. Does not come back."""
    import atheris

    names = sorted(target.files)
    known = target.root.with_name("known")
    known.mkdir()
    for number, name in enumerate(names):
        (known / str(number)).write_bytes(bytes([number]) + target.files[name])

    def one(data: bytes) -> None:
        if data:
            target.lint({names[data[0] % len(names)]: data[1:]})

    atheris.instrument_all()
    found = f"{tempfile.gettempdir()}/playcall-"
    wanted = [f"-max_total_time={minutes * 60:.0f}", f"-seed={seed}", f"-artifact_prefix={found}"]
    atheris.Setup([sys.argv[0], *wanted, str(known)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Target(Path(folder) / "project")
        if asked.atheris:
            guided(project, asked.minutes, asked.seed)
        else:
            sys.exit(wander(project, asked.minutes, asked.seed) > 0)
