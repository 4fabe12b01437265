from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playcall.adapters.channels.smtp import SmtpChannel
from playcall.engine.ports import ChannelError, Envelope

BIG = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" + b"0123456789" * 1_500_000 + b"\r\n"
Servers = Callable[..., Any]
Envelopes = Callable[..., Envelope]
Channels = Callable[..., SmtpChannel]


@pytest.fixture
def channel() -> Iterator[Channels]:
    """Makes channels and closes them."""
    made: list[SmtpChannel] = []

    def make(url: str, **options: object) -> SmtpChannel:
        made.append(SmtpChannel("email", {"url": url, "timeout": 10, **options}, Path()))
        return made[-1]

    yield make
    for one in made:
        one.close()


PIPELINING = {"EHLO": ["250-test\r\n250 PIPELINING"] * 2}


@pytest.mark.parametrize("extensions", [{}, PIPELINING], ids=["one by one", "in one go"])
@pytest.mark.parametrize(
    ("script", "state", "detail", "connections"),
    [
        ({}, "sent", "250 taken", 1),
        ({"CONNECT": ["421 busy"]}, "retry", "421 busy", 1),
        ({"CONNECT": ["drop"]}, "retry", "while", 1),
        ({"CONNECT": ["stall"]}, "retry", "no answer in time", 1),
        ({"EHLO": ["drop"]}, "retry", "EHLO", 1),
        ({"MAIL": ["451 later"]}, "retry", "451 later", 1),
        ({"MAIL": ["550 not you"]}, "failed", "550 not you", 1),
        ({"MAIL": ["stall"]}, "retry", "no answer in time", 1),
        ({"MAIL": ["nonsense"]}, "retry", "MAIL", 1),
        ({"RCPT": ["450 mailbox busy"]}, "retry", "450 mailbox busy", 1),
        ({"RCPT": ["550 5.1.1 no such user"]}, "failed", "550 5.1.1 no such user", 1),
        ({"DATA": ["452 full"]}, "retry", "452 full", 1),
        ({"DATA": ["554 no"]}, "failed", "554 no", 1),
        ({"DATA": ["250 what"]}, "retry", "250 what", 1),
        ({".": ["451 later"]}, "retry", "451 later", 1),
        ({".": ["421 closing"]}, "retry", "421 closing", 1),
        ({".": ["554 spam"]}, "failed", "554 spam", 1),
        ({".": ["drop"]}, "unknown", "after the end of the message", 1),
        ({".": ["stall"]}, "unknown", "no answer in time", 1),
        ({".": ["nonsense"]}, "unknown", "makes no sense", 1),
        ({".": ["354 more"]}, "unknown", "makes no sense", 1),
        # one new connection where the old one ended before anything can have been taken
        ({"MAIL": ["drop"]}, "sent", "250 taken", 2),
        ({"RCPT": ["drop"]}, "sent", "250 taken", 2),
        ({"DATA": ["drop"]}, "sent", "250 taken", 2),
        ({"MAIL": ["421 enough for this connection"]}, "sent", "250 taken", 2),
        ({"MAIL": ["drop", "drop"]}, "retry", "MAIL", 2),
    ],
)
def test_what_a_server_does_decides_the_outcome(
    scripted_smtp: Servers,
    channel: Channels,
    envelope: Envelopes,
    script: Any,
    state: str,
    detail: str,
    connections: int,
    extensions: Any,
) -> None:
    server = scripted_smtp(extensions | script)
    mail = channel(server.url, timeout=0.5 if ["stall"] in script.values() else 10)
    outcome = mail.send(envelope())
    mail.close()
    assert (outcome.state, server.connections) == (state, connections)
    assert detail in outcome.detail


@pytest.mark.parametrize("answer", ["drop", "stall"])
def test_a_connection_lost_inside_the_message_is_retried(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes, answer: str
) -> None:
    server = scripted_smtp({"BODY": [answer, answer]})
    outcome = channel(server.url, timeout=1).send(envelope(payload=BIG))
    assert outcome.state == "retry"
    assert "sending the message" in outcome.detail


def test_many_messages_share_a_connection_and_a_refusal_does_not_end_it(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp({"RCPT": ["250 ok", "550 unknown"]})
    mail = channel(server.url)
    states = [mail.send(envelope(touch_id=str(number))).state for number in range(4)]
    mail.close()
    mail.close()
    assert states == ["sent", "failed", "sent", "sent"]
    assert server.connections == 1
    assert server.commands[-1].upper() == "QUIT"


def test_a_copy_that_is_refused_stops_the_whole_message(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp({"RCPT": ["250 ok", "550 no such user"]})
    outcome = channel(server.url).send(envelope(recipients=("a@x.test", "b@x.test")))
    assert outcome.state == "failed"
    assert "RCPT TO:<b@x.test>" in outcome.detail
    assert server.messages == []


def test_dots_are_stuffed_and_the_size_is_announced(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp()
    payload = b".first\r\n\r\n.second\r\n..\r\nlast without end"
    channel(server.url).send(envelope(payload=payload))
    assert server.messages == [b"..first\r\n\r\n..second\r\n...\r\nlast without end\r\n"]
    assert f"MAIL FROM:<cs@acme.test> SIZE={len(payload)}" in server.commands


def test_a_server_that_reports_is_told_what_to_call_the_message(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    """RFC 3461: so that a report is understood though an address was rewritten on its way."""
    server = scripted_smtp({"EHLO": ["250-test\r\n250 DSN"], "RCPT": ["250 ok", "550 5.1.1 no"]})
    outcome = channel(server.url).send(envelope(touch_id="t+1", recipients=("a@x.test", "b+c=d@x.test")))
    assert "MAIL FROM:<cs@acme.test> RET=HDRS ENVID=t+2B1" in server.commands
    assert "RCPT TO:<b+c=d@x.test> ORCPT=rfc822;b+2Bc+3Dd@x.test" in server.commands
    assert (outcome.refused, outcome.status) == ("b+c=d@x.test", "5.1.1")
    assert outcome.detail == "RCPT TO:<b+c=d@x.test>: 550 5.1.1 no"


def test_old_servers_are_greeted_with_helo(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp({"EHLO": ["502 what?"], "HELO": ["250 hello"]})
    assert channel(server.url).send(envelope()).state == "sent"


def test_redirect_replaces_every_recipient(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp()
    channel(server.url, redirect="QA <qa@acme.test>").send(envelope(recipients=("a@x.test", "b@x.test")))
    assert [line for line in server.commands if line.startswith("RCPT")] == ["RCPT TO:<qa@acme.test>"]
    assert server.messages[0].startswith(
        b"To: qa@acme.test\r\nX-Original-To: ceo@customer.test\r\nX-Original-Cc: it@customer.test\r\n"
    )


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"recipients": ()}, "no recipient"),
        ({"recipients": ("no address",)}, "'no address' is not an e-mail address"),
        ({"recipients": ("a@x.test>\r\nRCPT TO:<b@x.test",)}, "is not an e-mail address"),
        ({"sender": ""}, "set `from`"),
        ({"recipients": ("山田@x.test",)}, "does not offer SMTPUTF8"),
    ],
)
def test_envelopes_that_can_never_be_delivered_fail(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes, changes: Any, detail: str
) -> None:
    server = scripted_smtp()
    outcome = channel(server.url).send(envelope(**changes))
    assert outcome.state == "failed"
    assert detail in outcome.detail
    assert server.messages == []


def test_addresses_outside_ascii_go_where_smtputf8_is_offered(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp({"EHLO": ["250-test\r\n250-8BITMIME\r\n250 SMTPUTF8"]})
    assert channel(server.url).send(envelope(recipients=("山田@x.test",))).state == "sent"
    assert "MAIL FROM:<cs@acme.test> BODY=8BITMIME SMTPUTF8" in server.commands
    assert "RCPT TO:<山田@x.test>" in server.commands


def test_the_channels_from_stands_in_for_a_missing_sender(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp()
    channel(server.url, **{"from": "Acme <cs@acme.test>"}).send(envelope(sender=""))
    assert any(line.startswith("MAIL FROM:<cs@acme.test>") for line in server.commands)


@pytest.mark.parametrize(
    ("script", "login", "text"),
    [
        ({"CONNECT": ["554 not welcome"]}, "", "554 not welcome"),
        ({"MAIL": ["530 log in first"]}, "", "wants a login or TLS"),
        ({}, "u:s3cret%40@", "no STARTTLS"),
    ],
)
def test_what_no_message_can_pass_is_an_error_of_the_channel(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes, script: Any, login: str, text: str
) -> None:
    server = scripted_smtp(script)
    with pytest.raises(ChannelError, match=text) as caught:
        channel(f"smtp://{login}127.0.0.1:{server.port}").send(envelope())
    assert str(caught.value).startswith("channel email: ")


def test_a_server_that_echoes_the_login_does_not_spread_the_password(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp(
        {
            "EHLO": ["250-test\r\n250 AUTH PLAIN"],
            "AUTH": ["535 no: s3cret@ AHUAczNjcmV0QA== s3cret%40 czNjcmV0QA=="],
        }
    )
    mail = channel(f"smtp://u:s3cret%40@127.0.0.1:{server.port}", insecure=True)
    with pytest.raises(ChannelError, match="refused the login of u") as caught:
        mail.send(envelope())
    assert "AUTH PLAIN AHUAczNjcmV0QA==" in server.commands
    assert not any(form in str(caught.value) for form in ("s3cret", "czNjcmV0QA", "AHUAczNjcmV0QA"))


def test_a_login_that_is_put_off_is_retried(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp({"EHLO": ["250-test\r\n250 AUTH PLAIN"], "AUTH": ["454 later"]})
    mail = channel(f"smtp://u:p@127.0.0.1:{server.port}", insecure=True)
    assert mail.send(envelope()).state == "retry"


def test_nobody_listening_is_retried_and_named_by_check(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp()
    url = server.url
    server.close()
    mail = channel(url)
    assert mail.send(envelope()).state == "retry"
    with pytest.raises(ChannelError, match=f"{url} while connecting"):
        mail.check()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "`url` is missing"),
        ({"url": "http://x"}, "not one of a mail server"),
        ({"url": "smtp://u:p@host:99999"}, "not a URL"),
        ({"url": "smtp://user@host"}, "both a user and a password"),
        ({"url": "smtp://h", "rate": "fast"}, "rate such as 50/s"),
        ({"url": "smtp://h", "timeout": "-1"}, "a time such as 30s"),
        ({"url": "smtp://h", "redirct": "x@y.test"}, "did you mean `redirect`"),
        ({"url": "smtp://h", "redirect": "nobody"}, "`redirect` must be an address"),
        ({"url": "smtp://h", "insecure": "yes"}, "true or false"),
        ({"url": "smtp://h", "ca": "absent.pem"}, "not a readable certificate file"),
    ],
)
def test_unusable_options_are_refused_with_their_key(options: dict[str, object], text: str) -> None:
    with pytest.raises(ChannelError, match=text):
        SmtpChannel("email", options, Path())


def test_a_rate_spaces_the_messages(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    monkeypatch.setattr("time.sleep", slept.append)
    mail = channel(scripted_smtp().url, rate="50/s")
    for _ in range(3):
        mail.send(envelope())
    assert slept == pytest.approx([0.02, 0.04])


def test_commands_in_one_go_leave_no_half_message(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp(PIPELINING | {"RCPT": ["250 ok", "550 no such user"]})
    mail = channel(server.url)
    outcome = mail.send(envelope(recipients=("ceo@customer.test", "gone@customer.test")))
    assert (outcome.state, outcome.detail) == ("failed", "RCPT TO:<gone@customer.test>: 550 no such user")
    assert mail.send(envelope()).state == "sent"
    assert (len(server.messages), server.connections) == (1, 2)


def test_a_refusal_in_one_go_keeps_the_connection(
    scripted_smtp: Servers, channel: Channels, envelope: Envelopes
) -> None:
    server = scripted_smtp(PIPELINING | {"RCPT": ["550 no such user"], "DATA": ["503 no recipients"]})
    mail = channel(server.url)
    assert [mail.send(envelope()).state for _ in range(2)] == ["failed", "sent"]
    assert server.connections == 1
    verbs = [command.partition(" ")[0] for command in server.commands]
    assert verbs == ["ehlo", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA"]
