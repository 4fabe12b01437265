"""A message as bytes: multipart/alternative, 7-bit clean, fast, and the same for the same ``Mail``.

The standard library's ``EmailMessage`` builds about 500 such messages a second and breaks subjects that mix
spaced Japanese and ASCII; ``email.header.Header`` breaks none but takes as long as all the rest together.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from .message import Address, Mail

_EOL = "\r\n"
# Header text that needs no encoding: printable ASCII, single spaces inside, nothing like an encoded word.
_PLAIN = re.compile(r"(?!.*=\?)(?!.* {2})[!-~](?:[ -~]*[!-~])?")
_LONGEST_LINE = 76  # what RFC 2047 asks of lines with encoded words, and RFC 2045 of base64
_HARD_LIMIT = 998  # RFC 5322, 2.1.1
_LONGEST_ADDRESS = 320  # RFC 5321, 4.5.3.1: 64 before the @, 255 behind it
_WORD_BYTES = 45  # 60 characters of base64, 72 with =?utf-8?b?…?=; an encoded word may have 75
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_MAILBOX = re.compile(r"[^\s<>()\[\],;:\"\\]+@[^\s<>()\[\],;:\"\\]+")  # nothing that structures a header
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_CONTROL = re.compile("[\x00-\x1f\x7f\u0085\u2028\u2029]")
_BUILT = frozenset(
    ("date", "from", "to", "cc", "reply-to", "subject", "message-id", "auto-submitted", "mime-version")
)


def build(mail: Mail) -> bytes:
    """The message in the Internet Message Format (RFC 5322) with CRLF. ``ValueError`` for a control
    character in a header, an address that is none, a header field that is built here, or a date without
    time zone."""
    boundary = "=_" + hashlib.sha256(mail.touch_id.encode()).hexdigest()[:32]
    lines = [
        *_headers(mail),
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative;",
        f' boundary="{boundary}"',
        "",
        *_part(boundary, "plain", mail.text),
        *_part(boundary, "html", mail.html),
        f"--{boundary}--",
        "",
    ]
    # Only addresses may be outside ASCII, and only a server with SMTPUTF8 takes those (RFC 6532).
    return _EOL.join(lines).encode()


def _headers(mail: Mail) -> Iterator[str]:
    if mail.date.tzinfo is None:
        raise ValueError("the date of a message needs a time zone")
    yield f"Date: {_written(mail.date.replace(microsecond=0), mail.date.utcoffset())}"
    yield _addresses("From", (mail.sender,))
    yield _addresses("To", (mail.to,))
    if mail.cc:
        yield _addresses("Cc", mail.cc)
    if mail.reply_to is not None:
        yield _addresses("Reply-To", (mail.reply_to,))
    yield _text_field("Subject", mail.subject)
    yield f"Message-ID: {_checked(mail.message_id)}"
    # Robots do not answer what says so (RFC 3834); the touch's id survives servers that rewrite Message-ID.
    yield "Auto-Submitted: auto-generated"
    yield f"X-Playcall-Touch: {_checked(mail.touch_id)}"
    for name, value in mail.headers.items():
        if not _FIELD_NAME.fullmatch(name) or name.lower() in _BUILT or name.lower().startswith("content-"):
            raise ValueError(f"{name!r} cannot be a further header field")
        yield _text_field(name, value)


@lru_cache(16)
def _written(moment: datetime, offset: timedelta) -> str:
    """The same for all messages of a second; equal moments of two zones are written differently."""
    return format_datetime(moment)


def _part(boundary: str, subtype: str, text: str) -> tuple[str, ...]:
    content = text.replace("\r\n", "\n").replace("\n", _EOL).encode()
    encoded = base64.b64encode(content).decode("ascii")
    return (
        f"--{boundary}",
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        _EOL.join(encoded[at : at + _LONGEST_LINE] for at in range(0, len(encoded), _LONGEST_LINE)),
    )


def _text_field(name: str, value: str) -> str:
    """A header field of free text, in encoded words (RFC 2047) where it is not short plain ASCII."""
    plain = _PLAIN.fullmatch(_checked(value)) is not None
    # Encoded words mean nothing to the machines that read List-… and X-… fields.
    limit = _HARD_LIMIT if name.startswith(("List-", "X-")) else _LONGEST_LINE
    used = len(name) + 2
    if plain and used + len(value) <= limit:
        return f"{name}: {value}"
    return f"{name}: {_encoded_words(value, used)}"


def _addresses(field: str, addresses: tuple[Address, ...]) -> str:
    return f"{field}: " + f",{_EOL} ".join(_mailbox(address, len(field) + 2) for address in addresses)


@lru_cache(256)  # one sender has many messages
def _mailbox(address: Address, used: int) -> str:
    """``name <address>``; the address goes to a line of its own where the first would grow too long."""
    email, name = _checked(address.email), _checked(address.name)
    if len(email) > _LONGEST_ADDRESS or not _MAILBOX.fullmatch(email):
        raise ValueError(f"not an e-mail address: {email[:60]!r}")
    if not name:
        return email
    words = _phrase(name, used)
    last = words.rpartition(_EOL)[2]
    gap = " " if used + len(last) + len(email) + 3 <= _LONGEST_LINE else f"{_EOL} "
    return f"{words}{gap}<{email}>"


def _phrase(name: str, used: int) -> str:
    if not _PLAIN.fullmatch(name) or len(name) > _LONGEST_LINE:
        return _encoded_words(name, used)
    if _ATOMS.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encoded_words(text: str, used: int) -> str:
    """The text as encoded words (RFC 2047), whole characters in each, one a line; ``used`` is what stands
    before it on the first line."""
    data = text.encode()
    words, start, room = [], 0, max((_LONGEST_LINE - used - 12) // 4 * 3, 12)
    while start < len(data):
        end = min(start + min(room, _WORD_BYTES), len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        words.append(f"=?utf-8?b?{base64.b64encode(data[start:end]).decode()}?=")
        start, room = end, _WORD_BYTES
    return f"{_EOL} ".join(words)


def _checked(text: str) -> str:
    """The text, which must not be able to begin another header line."""
    if _CONTROL.search(text):
        raise ValueError(f"a control character in a header: {text[:60]!r}")
    return text
