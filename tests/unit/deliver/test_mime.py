from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playcall.engine.deliver.message import Address, Mail, compose, message_id
from playcall.engine.deliver.mime import build
from playcall.engine.deliver.render import Rendered, one_line

MAIL = Mail(
    touch_id="t-1",
    message_id="<t-1@acme.test>",
    date=datetime(2026, 7, 20, 8, 0, tzinfo=timezone(timedelta(hours=9))),
    sender=Address("kato@acme.test", "加藤 由衣"),
    to=Address("ceo@customer.test", 'Smith, "Jo"'),
    cc=(Address("it@customer.test", "情報システム部 Team A"), Address("plain@customer.test")),
    reply_to=Address("cs@acme.test", "Acme"),
    subject="【更新】 Renewal 2026 年 7 月 (Acme 様)",
    text="こんにちは\n.\n-- \nAcme\n",
    html="<p>こんにちは</p>\n",
    headers={"List-Unsubscribe": "<https://acme.test/u/" + "x" * 200 + ">"},
)
JAPANESE_AND_ASCII = st.lists(
    st.text(alphabet="あいう漢字（）【】、株式会社", max_size=30)
    | st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
    | st.sampled_from(["=?utf-8?q?x?=", "🙂", "Ⅳ", " ", "é"]),
    min_size=1,
    max_size=8,
).map(lambda words: one_line(" ".join(words)))


def parse(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_client_reads_back_what_was_meant() -> None:
    message = parse(build(MAIL))
    assert not message.defects
    assert message["Subject"] == MAIL.subject
    assert message["Date"].datetime == MAIL.date
    assert message["Message-ID"] == "<t-1@acme.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Playcall-Touch"] == "t-1"
    assert message["List-Unsubscribe"] == MAIL.headers["List-Unsubscribe"]
    everybody = [
        address for field in ("From", "To", "Cc", "Reply-To") for address in message[field].addresses
    ]
    assert [(one.display_name, one.addr_spec) for one in everybody] == [
        ("加藤 由衣", "kato@acme.test"),
        ('Smith, "Jo"', "ceo@customer.test"),
        ("情報システム部 Team A", "it@customer.test"),
        ("", "plain@customer.test"),
        ("Acme", "cs@acme.test"),
    ]
    assert message.get_content_type() == "multipart/alternative"
    plain, page = message.iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert (plain.get_content(), page.get_content()) == tuple(
        part.replace("\n", "\r\n") for part in (MAIL.text, MAIL.html)
    )


def test_the_same_mail_is_the_same_bytes_in_seven_bits_with_crlf() -> None:
    raw = build(MAIL)
    assert raw == build(replace(MAIL))
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert raw.endswith(b"--\r\n")


@given(JAPANESE_AND_ASCII.filter(bool))
def test_subjects_survive(subject: str) -> None:
    raw = build(replace(MAIL, subject=subject, headers={}))
    assert parse(raw)["Subject"] == subject
    assert all(len(line) <= 76 for line in raw.split(b"\r\n") if b"=?utf-8?" in line)
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@given(JAPANESE_AND_ASCII)
def test_names_survive(name: str) -> None:
    raw = build(replace(MAIL, to=Address("ceo@customer.test", name), headers={}))
    # Not policy.default: it leaves the space between two encoded words of a phrase standing (RFC 2047, 6.2).
    ((encoded, address),) = getaddresses([email.message_from_bytes(raw)["To"]])
    assert (str(make_header(decode_header(encoded))), address) == (name, "ceo@customer.test")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400))
def test_bodies_survive(text: str) -> None:
    plain, _ = parse(build(replace(MAIL, text=text))).iter_parts()
    assert plain.get_payload(decode=True) == text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "a\r\nBcc: evil@x.test"},
        {"subject": "a\u2028b"},
        {"to": Address("a@x.test", "a\nBcc: b")},
        {"to": Address("a@x.test\r\nBcc: b@x.test")},
        {"to": Address("a@x.test, b@x.test")},
        {"to": Address("nobody")},
        {"to": Address("a" * 400 + "@x.test")},
        {"message_id": "<a@b>\r\nX: y"},
        {"touch_id": "a\nb"},
        {"headers": {"X-A": "b\nc"}},
        {"headers": {"X A": "b"}},
        {"headers": {"subject": "b"}},
        {"headers": {"Content-Type": "text/plain"}},
        {"date": datetime(2026, 7, 20)},
    ],
)
def test_nothing_can_slip_into_the_headers(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        build(replace(MAIL, **changes))


def test_compose_makes_names_fit_and_the_id_stable() -> None:
    rendered = Rendered("s", "t", "h")
    sender, to = Address.parse("Kato <kato@acme.test>"), Address("a@x.test", "A\r\nB")
    mail = compose("t1", rendered, datetime(2026, 1, 1, tzinfo=UTC), sender, to, cc=(to,))
    assert (mail.message_id, mail.to.name) == ("<t1@acme.test>", "A B")
    assert mail.message_id == message_id("t1", sender)
    assert mail.recipients == ("a@x.test",)


@pytest.mark.parametrize("text", ["", "nobody", "Acme", "@"])
def test_an_address_must_be_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not an e-mail address"):
        Address.parse(text)
