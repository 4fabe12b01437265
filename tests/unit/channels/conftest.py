"""Mail servers that misbehave on demand, and a certificate of our own."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest

from playcall.engine.ports import Envelope

_REPLIES = {
    "CONNECT": "220 test",
    "EHLO": "250-test\r\n250 SIZE 33554432",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "RSET": "250 ok",
    "NOOP": "250 ok",
    "QUIT": "221 bye",
}


class ScriptedSmtp:
    """An SMTP server on loopback that answers by a script: verb -> answers in order, over all connections;
    afterwards it answers as it should. ``CONNECT`` is the greeting, ``BODY`` comes while the message is
    read, ``.`` after its end. An answer is text, ``drop`` (reset the connection) or ``stall`` (silence)."""

    def __init__(self, script: Mapping[str, Sequence[str]]) -> None:
        self._script = {verb: list(answers) for verb, answers in script.items()}
        self.commands: list[str] = []
        self.messages: list[bytes] = []
        self.connections = 0
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def close(self) -> None:
        if self._stopped.is_set():
            return
        self._stopped.set()
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._stopped.is_set():
                    return
                self.connections += 1
                connection.settimeout(5)
                try:
                    self._talk(connection)
                except (_EndOfConnectionError, OSError):
                    continue

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            self._answer(connection, "CONNECT")
            while line := lines.readline():
                self.commands.append(line.decode().strip())
                verb = self.commands[-1].partition(" ")[0].upper()
                accepted = self._answer(connection, verb)
                if verb == "DATA" and accepted:
                    if self._script.get("BODY"):
                        self._answer(connection, "BODY")
                    self.messages.append(read_until(lines, b".\r\n"))
                    self._answer(connection, ".")
                if verb == "QUIT":
                    return

    def _answer(self, connection: socket.socket, verb: str) -> bool:
        queued = self._script.get(verb)
        answer = queued.pop(0) if queued else _REPLIES.get(verb, "500 what?")
        if answer == "drop":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _EndOfConnectionError
        if answer == "stall":
            self._stopped.wait(3)
            raise _EndOfConnectionError
        connection.sendall(answer.encode() + b"\r\n")
        if answer.startswith("421"):
            raise _EndOfConnectionError
        return answer.startswith("354")


def read_until(lines: BinaryIO, end: bytes) -> bytes:
    """The lines before the end line; OSError if the connection ends first."""
    taken = []
    while (line := lines.readline()) != end:
        if not line:
            raise ConnectionError
        taken.append(line)
    return b"".join(taken)


class _EndOfConnectionError(Exception):
    pass


@pytest.fixture
def scripted_smtp() -> Iterator[Callable[..., ScriptedSmtp]]:
    """Starts servers: ``scripted_smtp({"MAIL": ["451 later"]})``."""
    servers: list[ScriptedSmtp] = []

    def start(script: Mapping[str, Sequence[str]] | None = None) -> ScriptedSmtp:
        servers.append(ScriptedSmtp(script or {}))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    """Makes envelopes; everything but what a test is about has a value."""

    def make(
        touch_id: str = "t1",
        sender: str = "cs@acme.test",
        recipients: tuple[str, ...] = ("ceo@customer.test",),
        payload: bytes = b"To: ceo@customer.test\r\nCc: it@customer.test\r\nSubject: Hi\r\n\r\nHello\r\n",
        headers: Mapping[str, str] | None = None,
    ) -> Envelope:
        return Envelope(touch_id, sender, recipients, payload, headers or {})

    return make


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-made certificate for localhost, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key
