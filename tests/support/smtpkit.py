"""A mail server that misbehaves on demand."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import BinaryIO

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
            hung_up = select.poll()
            hung_up.register(connection, select.POLLRDHUP)
            hung_up.poll(3000)  # reads nothing meanwhile
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
