"""One thing that was tried."""

from __future__ import annotations

from typing import Final, Literal

from ....dsl.frozen import frozen

DRAWN: Final = 'python -c "import secrets; print(secrets.token_urlsafe(32))" draws one'
Level = Literal["ok", "warn", "fail"]


@frozen
class Check:
    """What was found, and what to do ``next`` where it is not well. ``warn``: a run does its work, but
    somebody should look; ``fail``: it cannot, or not safely."""

    name: str
    level: Level
    detail: str
    next: str = ""

    def to_json(self) -> dict[str, object]:
        ok = self.level != "fail"
        return {"name": self.name, "level": self.level, "ok": ok, "detail": self.detail, "next": self.next}


def ok(name: str, detail: str) -> Check:
    return Check(name, "ok", detail)


def warn(name: str, detail: str, advice: str) -> Check:
    return Check(name, "warn", detail, advice)


def fail(name: str, detail: str, advice: str) -> Check:
    return Check(name, "fail", detail, advice)
