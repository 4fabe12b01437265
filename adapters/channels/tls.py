"""How far the other side's certificate is trusted."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ...engine.ports import ChannelError
from .settings import Settings

Trust = Callable[[], ssl.SSLContext]


def trust(settings: Settings, root: Path, *, insecure: bool = False) -> Trust:
    """Verifies by the system's authorities, or by those in the file of the key ``ca`` instead; ``insecure``:
    not at all. ``ChannelError`` when that file is not one. The system's are read when a connection is first
    encrypted: it takes longer than a message."""
    authority = settings.text("ca")

    @cache
    def context() -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=str(root / authority) if authority else None)
        if insecure:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        return made

    if authority:
        try:
            context()
        except OSError as error:
            said = settings.say(f"`ca`: {authority} is not a readable certificate file")
            raise ChannelError(said) from error
    return context
