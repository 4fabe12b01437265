"""How far the other side's certificate is trusted."""

from __future__ import annotations

import ssl
from pathlib import Path

from ...engine.ports import ChannelError
from .settings import Settings


def tls_context(settings: Settings, root: Path) -> ssl.SSLContext:
    """Verifies by the system's authorities, or by those in the file of the key ``ca`` instead.
    ``ChannelError`` when that file is not one."""
    authority = settings.text("ca")
    try:
        return ssl.create_default_context(cafile=str(root / authority) if authority else None)
    except OSError as error:
        raise ChannelError(settings.say(f"`ca`: {authority} is not a readable certificate file")) from error
