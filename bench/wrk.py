"""wrk against a server: pages that are opened, and forms of which each is posted once."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

AT_ONCE = 8  # connections
NEEDED = "left out: needs wrk"
_DONE = """\
done = function(summary, latency, requests)
  io.write(string.format("%.1f %.1f %.1f %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, summary.errors.status))
end
"""
# Each line of the file is a path, an address and a form. wrk asks for a request ahead of each connection's
# first answer, so the last ones that it has taken may go unsent.
_FORMS = """\
local pages = io.open("{forms}", "r")
request = function()
  local line = pages:read("l")
  if line == nil then
    wrk.thread:stop()
    return wrk.format("GET", "/healthz")
  end
  local path, address, body = line:match("^(%S+) (%S+) (%S+)$")
  local headers = {{["Content-Type"] = "application/x-www-form-urlencoded", ["X-Forwarded-For"] = address}}
  return wrk.format("POST", path, headers, body)
end
"""


class Form(NamedTuple):
    """What is posted where, and from which address."""

    path: str
    address: str
    body: str


def opened(url: str, headers: Mapping[str, str], seconds: int, folder: Path) -> str:
    """One page, again and again."""
    sent = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    return _told(folder, "", [*sent, f"-d{seconds}s", url])


def posted(url: str, forms: Sequence[Form], seconds: int, folder: Path) -> str:
    """Each form once, for at most so many seconds."""
    written = folder / "forms.txt"
    written.write_text("".join(f"{' '.join(form)}\n" for form in forms))
    return _told(folder, _FORMS.format(forms=written), [f"-d{seconds}s", url])


def _told(folder: Path, script: str, arguments: Sequence[str]) -> str:
    if shutil.which("wrk") is None:
        return NEEDED
    path = folder / "wrk.lua"
    path.write_text(script + _DONE)
    command = ["wrk", "-t1", f"-c{AT_ONCE}", "-s", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    each, half, most, wrong = done.stdout.strip().splitlines()[-1].split()
    assert wrong == "0", done.stdout
    return f"{each:>8} requests/s  p50 {half:>7} ms  p95 {most:>7} ms  ({AT_ONCE} at once)"
