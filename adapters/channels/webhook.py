"""The channel that hands a message to another system as a signed POST (Standard Webhooks)."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ...engine.ports import ChannelError, Clock, Envelope, Outcome, SystemClock
from .peer import resolve
from .settings import Settings
from .signing import sign, signing_key
from .tls import trust

_LONGEST_HEAD = 16 * 1024  # bytes of an answer that are looked at; its body never is
_STATUS_LINE = re.compile(rb"HTTP/\d\.\d (\d{3})(?: ([^\r\n]*))?")
_WORTH_RETRYING = frozenset({408, 425, 429})
_OWN_HEADERS = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature", "host", "content-length"})


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to post to; ``path`` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


class WebhookChannel:
    """One POST a message, each over a connection of its own: on a kept connection that the other side has
    just closed, nobody could say whether the message arrived. Redirects are not followed."""

    def __init__(
        self, name: str, config: Mapping[str, object], root: Path, clock: Clock | None = None
    ) -> None:
        settings = Settings(name, config, ("url", "secret", "allow_private", "timeout", "ca"))
        self._say = settings.say
        self._clock = clock or SystemClock()
        self._target = _read_target(settings)
        self._allow_private = settings.flag("allow_private")
        self._timeout = settings.seconds("timeout", 15.0)
        try:
            self._key = signing_key(settings.required("secret", "${WEBHOOK_SECRET}"))
        except ValueError as error:
            raise ChannelError(settings.say(f"`secret`: {error}")) from error
        self._trust = trust(settings, root)

    def send(self, envelope: Envelope) -> Outcome:
        """2xx is ``sent``; 408, 425, 429 and 5xx ``retry``; any other answer ``failed``; none ``unknown``."""
        try:
            connection = self._connect()
        except OSError as error:
            return Outcome("retry", f"{self._target}: {_plain(error)}", lost=True)
        try:
            return self._exchange(connection, envelope)
        finally:
            connection.close()

    def check(self) -> str:
        """Resolves the host and connects; sends nothing."""
        try:
            self._connect().close()
        except OSError as error:
            raise ChannelError(self._say(f"{self._target}: {_plain(error)}; check `url`")) from error
        return f"{self._target}: can be reached, requests are signed"

    def close(self) -> None:
        """Nothing is kept."""

    def _connect(self) -> http.client.HTTPConnection:
        target = self._target
        try:
            address = resolve(target.host, target.port, self._allow_private)
        except ChannelError as error:
            raise ChannelError(self._say(str(error))) from error
        sock = socket.create_connection((address, target.port), self._timeout)
        connection = http.client.HTTPConnection(target.host, target.port)
        if target.scheme == "https":
            connection = http.client.HTTPSConnection(target.host, target.port, context=self._trust())
            sock = self._encrypted(sock)
        connection.sock = sock
        return connection

    def _encrypted(self, sock: socket.socket) -> ssl.SSLSocket:
        try:
            return self._trust().wrap_socket(sock, server_hostname=self._target.host)
        except ssl.SSLCertVerificationError as error:
            sock.close()
            text = f"{self._target}: no trusted certificate ({error.verify_message}); see `ca:`"
            raise ChannelError(self._say(text)) from error
        except BaseException:
            sock.close()
            raise

    def _exchange(self, connection: http.client.HTTPConnection, envelope: Envelope) -> Outcome:
        try:
            headers = self._headers(envelope)
            connection.request("POST", self._target.path, envelope.payload, headers)
        except ValueError as error:
            return Outcome("failed", f"a header cannot be sent: {error}")
        except OSError as error:
            return Outcome("retry", f"{self._target}: lost while sending: {_plain(error)}", lost=True)
        try:
            head = _read_head(connection.sock, time.monotonic() + self._timeout)
        except OSError as error:
            detail = f"{self._target}: no answer after the request: {_plain(error)}"
            return Outcome("unknown", detail, lost=True)
        return _verdict(head)

    def _headers(self, envelope: Envelope) -> dict[str, str]:
        timestamp = int(self._clock.now().timestamp())
        extra = {name: text for name, text in envelope.headers.items() if name.lower() not in _OWN_HEADERS}
        return {
            "content-type": "application/json",
            "user-agent": "playcall",
            **{name.lower(): text for name, text in extra.items()},
            "connection": "close",
            "webhook-id": envelope.touch_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._key, envelope.touch_id, timestamp, envelope.payload),
        }


def _read_target(settings: Settings) -> _Target:
    text = settings.required("url", "https://hooks.example/playcall")
    try:
        url = urlsplit(text)
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError as error:
        raise ChannelError(settings.say("`url` is not a URL")) from error
    if url.scheme not in ("http", "https") or not url.hostname or not _printable(url):
        raise ChannelError(settings.say("`url` must start with https:// or http:// and name a host"))
    if url.username is not None or url.password is not None:
        raise ChannelError(settings.say("`url` must not hold a password; requests are signed instead"))
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return _Target(url.scheme, url.hostname, port, path)


def _printable(url: SplitResult) -> bool:
    return all("!" <= character <= "~" for character in url.geturl())


def _read_head(sock: socket.socket, deadline: float) -> bytes:
    """The answer up to the end of its header fields or ``_LONGEST_HEAD``, by ``deadline`` (monotonic) at
    the latest, however slowly it trickles in."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        piece = sock.recv(4096)
        if not piece:
            break
        head += piece
    return head


def _verdict(head: bytes) -> Outcome:
    match = _STATUS_LINE.match(head)
    if match is None:
        return Outcome(
            "unknown", "the answer after the request is not HTTP" if head else "closed without an answer"
        )
    code = int(match[1])
    detail = f"{code} {(match[2] or b'').decode('latin-1').strip()}"[:200].strip()
    if 200 <= code < 300:
        return Outcome("sent", detail)
    if code in _WORTH_RETRYING or 500 <= code < 600:
        return Outcome("retry", detail)
    if 300 <= code < 400:
        return Outcome("failed", f"{detail}; redirects are not followed, put the final address into `url`")
    if 400 <= code < 500:
        return Outcome("failed", detail)
    return Outcome("unknown", f"the answer makes no sense: {detail}")


def _plain(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error) or type(error).__name__
