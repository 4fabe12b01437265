"""The channel that sends mail through an SMTP server (RFC 5321), many messages a connection."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ...engine.ports import ChannelError, Envelope, Outcome
from .mail import MailSettings, refuse_addresses
from .settings import Settings
from .smtp_session import LostConnectionError, Session
from .smtp_url import read_server
from .tls import trust

_KEYS = ("url", "from", "redirect", "bounces", "rate", "timeout", "ca", "insecure")


class SmtpChannel:
    """Mail over SMTP with STARTTLS or TLS.

    A message is retried over one new connection when the old one ended before the server can have taken it;
    what ends after the final dot is ``unknown``. A touch with several recipients goes to all of them or none.
    """

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None:
        settings = Settings(name, config, _KEYS)
        self._say = settings.say
        self._mail = MailSettings.read(settings)
        self._server = read_server(settings)
        self._timeout = settings.seconds("timeout", 30.0)
        self._pause = settings.pause("rate")
        self._insecure = settings.flag("insecure")
        self._trust = trust(settings, root, insecure=self._insecure)
        self._session: Session | None = None
        self._next_at = 0.0

    def send(self, envelope: Envelope) -> Outcome:
        """One message; see ``Outcome``. ``ChannelError`` for a login, certificate or server that no message
        could pass."""
        envelope = self._mail.apply(envelope)
        refused = refuse_addresses(envelope)
        if refused or not envelope.sender:
            return Outcome("failed", refused or "it has no sender; set `from` on the channel")
        self._keep_rate()
        try:
            return self._transmit(envelope)
        except LostConnectionError as first:
            if not first.again:
                return Outcome("retry", str(first), lost=True)
        try:
            return self._transmit(envelope)
        except LostConnectionError as second:
            return Outcome("retry", str(second), lost=True)

    def check(self) -> str:
        """Connects and logs in."""
        try:
            with self._named():
                return f"{self._connected().summary}: ready"
        except LostConnectionError as error:
            raise ChannelError(self._say(f"{error}; check `url` and that the server runs")) from error
        finally:
            self.close()

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None and session.alive:
            session.close()

    def _transmit(self, envelope: Envelope) -> Outcome:
        with self._named():
            return self._connected().send(envelope)

    def _connected(self) -> Session:
        if self._session is None or not self._session.alive:
            self._session = Session(self._server, self._timeout, self._trust, self._insecure)
        return self._session

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors of the session say which channel they are about."""
        try:
            yield
        except ChannelError as error:
            raise ChannelError(self._say(str(error))) from error

    def _keep_rate(self) -> None:
        """Spaces messages evenly; the rate is this process's own."""
        if not self._pause:
            return
        now = time.monotonic()
        if self._next_at > now:
            time.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + self._pause
