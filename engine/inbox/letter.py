"""One message of a mailbox, read as what it is: reports on messages of ours, a reply to one, or nothing that
concerns us.

Delivery reports are RFC 3464 (RFC 6533 for addresses outside ASCII), complaints RFC 5965. Everything here was
written by strangers: a letter proves nothing, and what it says is held against the ledger before it counts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses
from typing import Final, Literal

from ...dsl.frozen import frozen

MOST_BYTES: Final = 1024 * 1024  # of a letter that are read: reports stand before what they return
_MOST_NESTED: Final = 20  # parts that hold parts; a report has two or three
_LONGEST_TYPE: Final = 4096  # bytes of a Content-Type: email reads its parameters in quadratic time
_MOST_RECIPIENTS: Final = 1000  # of one report
_MOST_REFERENCES: Final = 50
_LONGEST_DETAIL: Final = 200
_LONGEST_ADDRESS: Final = 320  # RFC 5321, 4.5.3.1: 64 before the @, 255 behind it

_TYPE = re.compile(rb"^content-type:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_HOLDS_PARTS = re.compile(rb":\s*(?:multipart|message)/", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,500}@[^<>\s\x00-\x1f\x7f]{1,255}>")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_XTEXT = re.compile(r"\+([2-7][0-9A-F])")
_DELIVERY = ("message/delivery-status", "message/global-delivery-status")
_FEEDBACK = "message/feedback-report"
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_ACTIONS: Final = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
# What people press when they want no more of it. A virus, a failed signature or "not spam" is no such word.
_COMPLAINTS: Final = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_ROBOTS: Final = frozenset({"bulk", "junk", "list", "auto_reply"})

Kind = Literal["failed", "delayed", "delivered", "complaint"]


class UnreadableError(Exception):
    """A letter that cannot be taken apart; the text says why."""


@frozen
class Report:
    """What became of a message for one of its recipients, or that they complained of it.

    ``message_id`` (with its brackets) is of the message, empty where the report does not return it;
    ``sent_to`` are the addresses that the report itself was written to, of which one may name the message.
    ``addresses`` are the recipient's: as it was written to, as it became; ``status`` the enhanced status code
    (RFC 3463), empty where none is given; ``detail`` one line of what the other side said; ``letter`` tells
    this letter from others; ``envelope`` is what the message was called as it was handed over (RFC 3461).
    """

    kind: Kind
    message_id: str
    sent_to: tuple[str, ...]
    addresses: tuple[str, ...]
    status: str = ""
    detail: str = ""
    letter: str = ""
    envelope: str = ""


@frozen
class Reply:
    """A letter that answers messages (``about``: their ids, the nearest first). ``automatic``: a machine
    wrote it (RFC 3834)."""

    message_id: str
    about: tuple[str, ...]
    sender: str
    automatic: bool


def read_letter(raw: bytes) -> tuple[Report, ...] | Reply | None:
    """What a letter is; None where it is nothing that concerns us. Raises ``UnreadableError``."""
    try:
        letter = message_from_bytes(_plain(raw[:MOST_BYTES]))
        parts = list(_parts(letter))
        for number, part in enumerate(parts):
            kind = part.get_content_type()
            if kind in _DELIVERY:
                return tuple(_deliveries(letter, part, _returned(parts[number:])))
            if kind == _FEEDBACK:
                return tuple(_complaints(letter, part, _returned(parts[number:])))
        return _reply(letter)
    except (MessageError, RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        # What `email` raises for headers that nobody should write.
        raise UnreadableError(f"it is no message that can be read ({type(error).__name__})") from None


def _plain(raw: bytes) -> bytes:
    """The bytes with one kind of line end. Raises ``UnreadableError`` for what would take hours to read."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    types = [match[0] for match in _TYPE.finditer(raw)]
    if any(len(one) > _LONGEST_TYPE for one in types):
        raise UnreadableError(f"a Content-Type of it is longer than {_LONGEST_TYPE} bytes")
    if sum(_HOLDS_PARTS.search(one) is not None for one in types) > _MOST_NESTED:
        raise UnreadableError(f"it has more than {_MOST_NESTED} parts within parts")
    return raw


def _parts(letter: Message) -> Iterator[Message]:
    """The parts of a letter, in order; not of letters within it, which are not about us."""
    yield letter
    if letter.get_content_maintype() == "multipart" and letter.is_multipart():
        for part in letter.get_payload():
            yield from _parts(part)  # type: ignore[arg-type]  # the parts of a multipart are messages


def _returned(parts: list[Message]) -> Message | None:
    """The message that a report is about, or its headers."""
    for part in parts:
        if part.get_content_type() in _RETURNED:
            payload = part.get_payload()
            return payload[0] if isinstance(payload, list) else _headers_in(part)  # type: ignore[return-value]
    return None


def _headers_in(part: Message) -> Message:
    decoded = part.get_payload(decode=True)
    text = decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else str(part.get_payload())
    return message_from_string(text.lstrip("\n"))


def _deliveries(letter: Message, part: Message, returned: Message | None) -> Iterator[Report]:
    """One report a recipient (RFC 3464, 2.3)."""
    groups = _groups(part)[: _MOST_RECIPIENTS + 1]
    envelope = _field(groups[0], "Original-Envelope-Id") if groups else ""
    for fields in groups:
        kind = _ACTIONS.get(_field(fields, "Action").lower())
        told = [_typed(_field(fields, name)) for name in ("Original-Recipient", "Final-Recipient")]
        addresses = tuple(dict.fromkeys(filter(None, [*told, *map(_decoded, told)])))
        if kind and addresses:
            said = _field(fields, "Diagnostic-Code").partition(";")[2]
            status = _status(_field(fields, "Status"), said)
            yield replace(_report(kind, letter, returned, addresses, status, said), envelope=envelope)


def _complaints(letter: Message, part: Message, returned: Message | None) -> Iterator[Report]:
    """What a feedback loop tells, a report a recipient; some providers take the recipient out."""
    for fields in _groups(part)[:1]:
        kind = _field(fields, "Feedback-Type").lower()
        if kind not in _COMPLAINTS:
            return
        named = fields.get_all("Original-Rcpt-To", [])[:_MOST_RECIPIENTS]
        addresses = [_typed(str(one)) for one in named]
        for address in list(dict.fromkeys(filter(None, addresses))) or [""]:
            known = (address,) if address else ()
            yield _report("complaint", letter, returned, known, "", f"{kind}, {_field(fields, 'User-Agent')}")


def _report(
    kind: str,
    letter: Message,
    returned: Message | None,
    addresses: tuple[str, ...],
    status: str,
    said: str,
) -> Report:
    own = _MESSAGE_ID.search(_field(returned, "Message-ID")) if returned is not None else None
    where = [_field(letter, name) for name in ("To", "Delivered-To", "X-Original-To")]
    sent_to = tuple(address for _, address in getaddresses(where) if address)
    about = (own[0] if own else "", sent_to, addresses, status, one_line(said))
    return Report(kind, *about, _identity(letter, *map(str, about)))  # type: ignore[arg-type]


def _identity(letter: Message, *told: str) -> str:
    """The letter's own Message-ID; where a mail system gave it none, a hash of what it says and when."""
    own = _MESSAGE_ID.search(_field(letter, "Message-ID"))
    if own:
        return own[0]
    return hashlib.sha256("\0".join((_field(letter, "Date"), *told)).encode()).hexdigest()[:32]


def _groups(part: Message) -> list[Message]:
    """The groups of fields of a report: of the message, then of each recipient. ``email`` takes them apart
    for the one type that it knows, and has the first as headers of a message for the others."""
    payload = part.get_payload()
    groups = list(payload) if isinstance(payload, list) else [_headers_in(part)]
    found: list[Message] = []
    while groups and len(found) <= _MOST_RECIPIENTS:
        group = groups.pop(0)
        assert isinstance(group, Message)
        found.append(group)
        rest = group.get_payload()
        if isinstance(rest, str) and rest.strip():
            groups.insert(0, message_from_string(rest.lstrip("\n")))
    return found


def _status(given: str, said: str) -> str:
    """The enhanced status code. Some systems give a general one (``5.0.0``) and say which in their answer."""
    own, answered = _STATUS.search(given), _STATUS.search(said)
    if answered and (own is None or own[2] == "0"):
        return answered[0]
    return own[0] if own else ""


def _typed(text: str) -> str:
    """The address of ``rfc822; ceo@acme.test``."""
    kind, semicolon, address = text.partition(";")
    found = (address if semicolon else kind).strip().strip("<>").strip()
    return found if "@" in found and len(found) <= _LONGEST_ADDRESS else ""


def _decoded(address: str) -> str:
    """An address that was left in the form in which it was handed over (RFC 3461, 4)."""
    return _XTEXT.sub(lambda match: chr(int(match[1], 16)), address)


def _field(fields: Message, name: str) -> str:
    """A field on one line; empty where it is absent."""
    return " ".join(str(fields.get(name, "")).split())


def one_line(text: str) -> str:
    """What a stranger said, as one short line without characters that a terminal would obey."""
    kept = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(kept.split())[:_LONGEST_DETAIL].strip(" ,")


def _reply(letter: Message) -> Reply | None:
    """A letter that names messages that it answers."""
    nearest = _MESSAGE_ID.findall(_field(letter, "In-Reply-To"))
    before = _MESSAGE_ID.findall(_field(letter, "References"))
    about = tuple(dict.fromkeys([*nearest, *reversed(before)]))[:_MOST_REFERENCES]
    writers = [address for _, address in getaddresses([_field(letter, "From")])]
    senders = [one for one in writers if "@" in one and one.isprintable() and len(one) <= _LONGEST_ADDRESS]
    own = _MESSAGE_ID.search(_field(letter, "Message-ID"))
    if not about or not senders or own is None:
        return None
    return Reply(own[0], about, senders[0], _is_automatic(letter))


def _is_automatic(letter: Message) -> bool:
    submitted = _field(letter, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or _field(letter, "Precedence").lower() in _ROBOTS
        or _field(letter, "Return-Path") == "<>"
        or "X-Autoreply" in letter
        or "X-Autorespond" in letter
    )
