"""A mail server that takes every message and keeps none: a process of its own, as the real one would be.

Postfix's smtp-sink where it is installed, else the one below, which knows as much of RFC 5321 as a benchmark
needs. Run by itself: ``python bench/sink.py PORT SECONDS``, which each message takes it.
"""

from __future__ import annotations

import os
import shutil
import socket
import socketserver
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SMTP_SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/lib/postfix/sbin:/usr/bin:/usr/local/sbin")
REPLIES = {b"EHLO": b"250 sink\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.wfile.write(b"220 sink ESMTP\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            self.wfile.write(REPLIES.get(verb, b"250 ok\r\n"))
            if verb == b"DATA":
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                time.sleep(self.server.seconds)
                self.wfile.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, seconds: float) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.seconds = seconds


@contextmanager
def running_sink(seconds: float = 0.0) -> Iterator[tuple[str, int]]:
    """What the sink is called, and its port on this machine. ``seconds``: how long it takes for a message,
    which only the one above can."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    as_nobody = ["-u", "nobody"] if os.getuid() == 0 else []  # smtp-sink insists
    own = [sys.executable, __file__, str(port), str(seconds)]
    postfix = SMTP_SINK and not seconds
    command = [SMTP_SINK, *as_nobody, f"127.0.0.1:{port}", "64"] if postfix else own
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port)
            yield ("Postfix's smtp-sink" if postfix else "a sink in Python"), port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the sink does not start")


if __name__ == "__main__":
    Server(int(sys.argv[1]), float(sys.argv[2])).serve_forever()
