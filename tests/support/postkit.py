"""What mail systems send back, in the words of Postfix, Exchange Online, Gmail and a feedback loop (RFC 5965,
appendix B.2), and the mailboxes that it comes into."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_SAMPLES = Path(__file__).parent / "reports"
SYSTEMS = ("postfix", "exchange", "gmail")
USUAL = {
    "message_id": "<none@acme.test>",
    "address": "ceo@acme.test",
    "sent_to": "kato@acme.test",
    "action": "failed",
    "code": "550",
    "status": "5.1.1",
}
REPLY = """\
From: Carla Chief <{address}>
To: kato@acme.test
Subject: Re: mdm ends on 2024-07-20
Message-ID: <reply-{number}@customer.test>
In-Reply-To: {message_id}
References: <older@acme.test> {message_id}

Yes, we do.
"""


def report(system: str, message_id: str, **changes: str) -> bytes:
    """A report of a mail system on a message, with CRLF as it comes off the wire."""
    text = (_SAMPLES / f"{system}.eml").read_text("utf-8")
    for name, value in {**USUAL, "message_id": message_id, **changes}.items():
        text = text.replace(f"{{{name}}}", value)
    return text.encode().replace(b"\n", b"\r\n")


def maildir(folder: Path, letters: Mapping[str, bytes]) -> Path:
    """A Maildir with these letters in ``new``."""
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, letter in letters.items():
        (folder / "new" / name).write_bytes(letter)
    return folder


def mbox(path: Path, *letters: bytes) -> Path:
    """A file in mbox format with these letters at its end."""
    with path.open("ab") as file:
        for letter in letters:
            text = letter.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
            file.write(b"From MAILER-DAEMON Sat Mar  2 08:00:07 2024\n" + text + b"\n\n")
    return path
