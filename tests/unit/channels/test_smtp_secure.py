"""STARTTLS, TLS and logins against aiosmtpd, a server that is not ours."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playcall.adapters.channels.smtp import SmtpChannel
from playcall.engine.ports import ChannelError, Envelope

Envelopes = Callable[..., Envelope]
LOGIN = ("käthe", "p@ss:wört/%")
LOGIN_IN_URL = "k%C3%A4the:p%40ss%3Aw%C3%B6rt%2F%25"


class _Inbox:
    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.logins: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.messages.append(envelope)
        return "250 taken"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        from aiosmtpd.smtp import AuthResult

        self.logins.append(mechanism)
        return AuthResult(success=(data.login.decode(), data.password.decode()) == LOGIN, handled=False)


Servers = Callable[..., tuple[_Inbox, int]]


@pytest.fixture
def aiosmtpd_server(certificate: tuple[Path, Path]) -> Iterator[Servers]:
    """Starts aiosmtpd with our certificate; ``mode`` is starttls, smtps or clear."""
    controllers = pytest.importorskip("aiosmtpd.controller", reason="needs aiosmtpd")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    running: list[Any] = []

    def start(mode: str, **options: Any) -> tuple[_Inbox, int]:
        inbox = _Inbox()
        if mode == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if options.pop("login", False):
            options |= {"authenticator": inbox.authenticate, "auth_required": True}
            options["auth_require_tls"] = mode == "starttls"
        if mode == "smtps":
            options["ssl_context"] = context
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        controller = controllers.Controller(inbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return inbox, port

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def channel(certificate: tuple[Path, Path]) -> Iterator[Callable[..., SmtpChannel]]:
    """Makes channels that trust the certificate, and closes them."""
    made: list[SmtpChannel] = []

    def make(url: str, **options: object) -> SmtpChannel:
        known = {"url": url, "timeout": 5, "ca": certificate[0].name} | options
        config = {key: value for key, value in known.items() if value is not None}
        made.append(SmtpChannel("email", config, certificate[0].parent))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(("mode", "scheme"), [("starttls", "smtp"), ("smtps", "smtps")])
def test_a_message_goes_out_encrypted_and_logged_in(
    aiosmtpd_server: Servers, channel: Any, envelope: Envelopes, mode: str, scheme: str
) -> None:
    inbox, port = aiosmtpd_server(mode, login=mode == "starttls")
    login = f"{LOGIN_IN_URL}@" if mode == "starttls" else ""
    mail = channel(f"{scheme}://{login}localhost:{port}")
    assert "TLSv1" in mail.check()
    assert [mail.send(envelope(touch_id=str(number))).state for number in range(2)] == ["sent", "sent"]
    assert [message.rcpt_tos for message in inbox.messages] == [["ceo@customer.test"]] * 2


def test_a_wrong_password_stops_the_channel_and_is_not_shown(
    aiosmtpd_server: Servers, channel: Any, envelope: Envelopes
) -> None:
    _, port = aiosmtpd_server("starttls", login=True)
    with pytest.raises(ChannelError, match="refused the login of x") as caught:
        channel(f"smtp://x:topsecret@localhost:{port}").send(envelope())
    assert "topsecret" not in str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    aiosmtpd_server: Servers, channel: Any, envelope: Envelopes
) -> None:
    _, port = aiosmtpd_server("starttls")
    with pytest.raises(ChannelError, match="self-signed certificate"):
        channel(f"smtp://localhost:{port}", ca=None).send(envelope())
    assert channel(f"smtp://localhost:{port}", ca=None, insecure=True).send(envelope()).state == "sent"


def test_a_certificate_for_another_name_is_refused(
    aiosmtpd_server: Servers, channel: Any, envelope: Envelopes
) -> None:
    _, port = aiosmtpd_server("starttls")
    with pytest.raises(ChannelError, match="certificate is not valid"):
        channel(f"smtp://127.0.0.1:{port}").send(envelope())


def test_tls_spoken_to_a_server_in_clear_text_is_an_error_of_the_channel(
    aiosmtpd_server: Servers, channel: Any, envelope: Envelopes
) -> None:
    _, port = aiosmtpd_server("clear")
    with pytest.raises(ChannelError, match="no secure connection"):
        channel(f"smtps://localhost:{port}").send(envelope())
