"""Letters as strangers write them: what is read out of them, and that nothing in them does harm."""

from __future__ import annotations

import random

import pytest

from playcall.engine.inbox.letter import Reply, Report, UnreadableError, read_letter
from postkit import REPLY, SYSTEMS, report

ID = "<abcdefghijklmnopqrst@acme.test>"


def reports(raw: bytes) -> tuple[Report, ...]:
    found = read_letter(raw)
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_says_the_same(system: str) -> None:
    [one] = reports(report(system, ID))
    assert (one.kind, one.message_id, one.status) == ("failed", ID, "5.1.1")
    assert one.addresses == ("ceo@acme.test",)
    assert one.sent_to[0] == "kato@acme.test"
    assert one.detail.startswith("550")
    assert "\n" not in one.detail


def test_a_complaint() -> None:
    [one] = reports(report("complaint", ID, action="abuse"))
    assert (one.kind, one.message_id, one.addresses) == ("complaint", ID, ("ceo@acme.test",))
    assert one.detail == "abuse, SomeGenerator/1.0"


DELIVERY = """\
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: {type}

Reporting-MTA: dns; mx.test

{groups}
--b
Content-Type: message/rfc822

Message-ID: {id}

--b--
"""


def delivery(groups: str, kind: str = "message/delivery-status") -> bytes:
    return DELIVERY.format(type=kind, groups=groups, id=ID).encode()


def group(recipient: str, status: str = "5.1.1", said: str = "smtp; 550 no", action: str = "failed") -> str:
    return f"Final-Recipient: {recipient}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {said}\n\n"


def test_a_report_about_several_recipients() -> None:
    groups = group("rfc822; a@x.test") + group("rfc822; b@x.test", action="delayed")
    assert [(one.kind, one.addresses) for one in reports(delivery(groups))] == [
        ("failed", ("a@x.test",)),
        ("delayed", ("b@x.test",)),
    ]


def test_a_report_in_utf_8() -> None:
    """RFC 6533: a type that the standard library does not take apart."""
    found = reports(
        delivery(group("utf-8; 山田@x.test") + group("rfc822; b@x.test"), "message/global-delivery-status")
    )
    assert [one.status for one in found] == ["5.1.1", "5.1.1"]
    assert found[1].addresses == ("b@x.test",)


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        ("5.1.1", "smtp; 550 5.7.1 no", "5.1.1"),
        ("5.0.0", "smtp; 550 5.1.10 no such person", "5.1.10"),
        ("5.0.0 (permanent failure)", "smtp; 550 no", "5.0.0"),
        ("", "smtp; 550 5.2.2 full", "5.2.2"),
        ("", "smtp; 550 no", ""),
        ("9.9.9", "x-unix; 67", ""),
    ],
)
def test_the_status(status: str, said: str, expected: str) -> None:
    [one] = reports(delivery(group("rfc822; a@x.test", status, said)))
    assert one.status == expected


@pytest.mark.parametrize(
    ("recipient", "address"),
    [
        ("rfc822; a@x.test", "a@x.test"),
        ("rfc822;<a@x.test>", "a@x.test"),
        ("a@x.test", "a@x.test"),
        ("RFC822 ; A@X.test ", "A@X.test"),
    ],
)
def test_the_recipient(recipient: str, address: str) -> None:
    [one] = reports(delivery(group(recipient)))
    assert one.addresses == (address,)


@pytest.mark.parametrize("recipient", ["rfc822; nobody", "", "rfc822; " + "a" * 400 + "@x.test"])
def test_a_recipient_that_is_no_address(recipient: str) -> None:
    assert reports(delivery(group(recipient))) == ()


def test_a_recipient_in_the_form_in_which_it_was_handed_over() -> None:
    [one] = reports(delivery("Original-Recipient: rfc822;a+2Bnews@x.test\n" + group("rfc822; a@y.test")))
    assert one.addresses == ("a+2Bnews@x.test", "a@y.test", "a+news@x.test")


def test_what_the_message_was_called_as_it_was_handed_over() -> None:
    raw = delivery(group("rfc822; a@x.test")).replace(
        b"Reporting-MTA", b"Original-Envelope-Id: abc\nReporting-MTA"
    )
    assert [one.envelope for one in reports(raw)] == ["abc"]


def test_a_report_that_somebody_forwards_is_no_report() -> None:
    inner = report("postfix", ID).decode().replace("\r\n", "\n")
    letter = f"From: a@x.test\nContent-Type: message/rfc822\n\n{inner}"
    assert read_letter(letter.encode()) is None


def test_what_is_said_is_one_short_line_without_controls() -> None:
    [one] = reports(delivery(group("rfc822; a@x.test", said="smtp; \x1b[2J550 \u202eevil" + "x" * 900)))
    assert one.detail.isprintable()
    assert len(one.detail) <= 200


@pytest.mark.parametrize(
    ("head", "automatic"),
    [
        ("", False),
        ("Auto-Submitted: no\n", False),
        ("Auto-Submitted: auto-replied (vacation)\n", True),
        ("Precedence: bulk\n", True),
        ("Return-Path: <>\n", True),
        ("X-Autoreply: yes\n", True),
    ],
)
def test_a_reply(head: str, automatic: bool) -> None:
    found = read_letter((head + REPLY.format(address="a@x.test", number=1, message_id=ID)).encode())
    expected = ("<reply-1@customer.test>", (ID, "<older@acme.test>"), "a@x.test", automatic)
    assert found == Reply(*expected)


@pytest.mark.parametrize("missing", ["From", "Message-ID", "In-Reply-To"])
def test_a_reply_that_says_too_little(missing: str) -> None:
    whole = REPLY.format(address="a@x.test", number=1, message_id=ID)
    lines = [line for line in whole.split("\n") if not line.startswith((f"{missing}:", "References:"))]
    assert read_letter("\n".join(lines).encode()) is None


HOSTILE = {
    "parts within parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000)
    ),
    "parts within parts, old line ends": b"".join(b"Content-Type: message/rfc822\r\r" for _ in range(5000)),
    "an endless parameter": b"Content-Type: multipart/report; " + b";" * 900_000 + b"\n\n",
    "a parameter over many lines": b"Content-Type: multipart/report;" + b"\n x=y;" * 100_000 + b"\n\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_would_take_hours_is_not_read(what: str) -> None:
    with pytest.raises(UnreadableError):
        read_letter(HOSTILE[what])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"\xff\xfe" * 1000,
        b"Content-Type: multipart/report; boundary=x\n\n",
        (
            b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n"
            b"Content-Transfer-Encoding: base64\n\n!!!\n--x--\n"
        ),
        b"From: =?utf-8?b?!!!?= <a@x>\nIn-Reply-To: <a@b>\nMessage-ID: <\x00@y>\n\n",
        b"From: a\x00@x\nIn-Reply-To: <a@b>\nMessage-ID: <c@y>\n\n",
        b"Subject: " + b"x" * 2_000_000,
    ],
)
def test_what_is_nothing(raw: bytes) -> None:
    assert read_letter(raw) in (None, ())


def test_broken_letters_raise_nothing_else() -> None:
    """Bytes of real reports lost, doubled and changed at random (the same each time)."""
    chance = random.Random(1)
    samples = [report(system, ID, action="failed") for system in (*SYSTEMS, "complaint")]
    for _ in range(100):
        broken = bytearray(chance.choice(samples))
        for _ in range(chance.randint(1, 12)):
            at, size = chance.randrange(len(broken)), chance.randint(0, 60)
            broken[at : at + size] = chance.choice(
                [b"", b"\n", b"\n\n", bytes(broken[at : at + size]) * 2, b"\xff;\x00"]
            )
        try:
            read_letter(bytes(broken))
        except UnreadableError:
            continue
