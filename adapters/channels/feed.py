"""The channel of what the product shows in itself: nothing is sent, the product asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...engine.ports import Envelope, Outcome
from .settings import Settings


class FeedChannel:
    """A message is out as soon as it is rendered: the ledger keeps it, and the product reads it there."""

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None:
        Settings(name, config, ())

    def send(self, envelope: Envelope) -> Outcome:
        """Always ``sent``."""
        return Outcome("sent")

    def check(self) -> str:
        """There is nothing that could fail."""
        return "feed: read by the product"

    def close(self) -> None:
        """Nothing is kept."""
