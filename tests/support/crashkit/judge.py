"""A mail server in a process of its own, whose log says what was accepted: the judge of the crash tests.

    python judge.py

Reads a line of JSON for each server that is wanted, ``{"log": FILE, "script": {…}}``, and answers with its
port and its process, which is a fork of this one; a line ``end PID`` kills it. A server writes a line of JSON
to its log for every message that it takes, synced before it answers: an acceptance is one from the moment
that the final dot was read. Its script:

- ``{"stage": …, "at": N, "signal": "KILL", "pid": FILE}`` sends a signal to the process whose id stands in
  FILE when the stage is reached for the N-th time, and waits for ``pause`` seconds;
- ``{"stage": …, "at": N, "answer": …}`` answers otherwise than a sound server: ``drop``, ``stall``,
  ``garbage``, or a line.

Stages: greeting, mail, rcpt, data, body (some of it was read), dot (all was read, nothing answered), taken
(250 was sent).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections import Counter
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any, BinaryIO, NoReturn


class GoneError(Exception):
    """The conversation is over."""


class Judge:
    """The log, and the script of what goes wrong."""

    def __init__(self, log: Path, script: dict[str, Any]) -> None:
        self._log = log.open("ab", buffering=0)
        self._script = script
        self._reached: Counter[str] = Counter()
        self._lock = threading.Lock()

    def accept(self, message: bytes, recipients: list[str]) -> None:
        """What a server does before it says 250: from now on the message is its own."""
        header = BytesHeaderParser().parsebytes(message)
        line = {"message_id": header["Message-ID"], "subject": header["Subject"], "recipients": recipients}
        with self._lock:
            self._log.write(json.dumps(line).encode() + b"\n")
            os.fsync(self._log.fileno())

    def refuses(self, stage: str) -> bool:
        """Whether the script has a refusal for the next time that this stage is reached."""
        with self._lock:
            here = (self._script.get("stage"), self._script.get("at")) == (stage, self._reached[stage] + 1)
        return here and str(self._script.get("answer", "")).startswith(("4", "5"))

    def reach(self, stage: str) -> str:
        """Do what the script says for this stage; gives an answer that is to be given, or nothing."""
        with self._lock:
            self._reached[stage] += 1
            if self._script.get("stage") != stage or self._reached[stage] != self._script["at"]:
                return ""
        if "signal" in self._script:
            target = int(Path(self._script["pid"]).read_text())
            os.kill(target, getattr(signal, f"SIG{self._script['signal']}"))
        time.sleep(self._script.get("pause", 0.05))  # a signal is there before the answer
        return str(self._script.get("answer", ""))


def talk(connection: socket.socket, judge: Judge) -> None:
    """One SMTP conversation (RFC 5321), as far as a client needs it."""
    with connection, connection.makefile("rb") as lines:
        try:
            say(connection, judge.reach("greeting") or "220 judge")
            recipients: list[str] = []
            while line := lines.readline():
                verb, _, rest = line.decode().strip().partition(" ")
                match verb.upper():
                    case "EHLO" | "HELO":
                        say(connection, "250 judge")
                    case "MAIL":
                        recipients = []
                        say(connection, judge.reach("mail") or "250 ok")
                    case "RCPT":
                        answer = judge.reach("rcpt") or "250 ok"
                        recipients += [rest.partition(":")[2].strip("<> ")] if answer[0] == "2" else []
                        say(connection, answer)
                    case "DATA":
                        take(connection, lines, recipients, judge)
                    case "QUIT":
                        say(connection, "221 bye")
                        return
                    case _:
                        say(connection, "250 ok")
        except (GoneError, OSError):
            return


def take(connection: socket.socket, lines: BinaryIO, recipients: list[str], judge: Judge) -> None:
    """Read a message and answer for it."""
    answer = judge.reach("data") or "354 go on"
    say(connection, answer)
    if not answer.startswith("354"):
        return
    read: list[bytes] = []
    while (line := lines.readline()) != b".\r\n":
        if not line:
            raise GoneError
        read.append(line)
        if len(read) == 3:
            refused = judge.reach("body")
            if refused:
                say(connection, refused)
    if not judge.refuses("dot"):
        judge.accept(b"".join(read), recipients)
    say(connection, judge.reach("dot") or "250 taken")
    judge.reach("taken")


def say(connection: socket.socket, answer: str) -> None:
    match answer:
        case "drop":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise GoneError
        case "stall":
            time.sleep(3)
            raise GoneError
        case "garbage":
            connection.sendall(b"\x00\xff nonsense\r\n")
        case _:
            connection.sendall(answer.encode() + b"\r\n")


def serve(listener: socket.socket, judge: Judge) -> NoReturn:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=talk, args=(connection, judge), daemon=True).start()


def opened(order: dict[str, Any]) -> tuple[int, int]:
    """A server of its own; gives its port and its process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        born = os.fork()
        if born == 0:
            serve(listener, Judge(Path(order["log"]), order["script"]))
        return listener.getsockname()[1], born


def main() -> None:
    for line in sys.stdin:
        if line.startswith("end "):
            process = int(line.split()[1])
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            answer = "ended"
        else:
            answer = " ".join(map(str, opened(json.loads(line))))
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
