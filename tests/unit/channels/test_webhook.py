from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from playcall.adapters.channels.peer import is_public
from playcall.adapters.channels.signing import sign, signing_key
from playcall.adapters.channels.webhook import WebhookChannel
from playcall.engine.ports import ChannelError, Envelope, FixedClock

NOW = FixedClock(datetime(2026, 7, 20, 8, 0, tzinfo=UTC))
Envelopes = Callable[..., Envelope]


class Hook:
    """An HTTP server that reads one request a connection and answers with given bytes; None drops it."""

    def __init__(self, answer: bytes | None, context: ssl.SSLContext | None = None) -> None:
        self._answer, self._context = answer, context
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self._answer_one(connection)
                except OSError:
                    continue

    def _answer_one(self, plain: socket.socket) -> None:
        connection = self._context.wrap_socket(plain, server_side=True) if self._context else plain
        with connection, connection.makefile("rb") as stream:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    return
                head += line
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            self.requests.append(head + stream.read(length))
            if self._answer is not None:
                connection.sendall(self._answer)


@pytest.fixture
def hook() -> Iterator[Callable[..., Hook]]:
    hooks: list[Hook] = []

    def start(answer: bytes | None = b"HTTP/1.1 204 No Content\r\n\r\n", **options: Any) -> Hook:
        hooks.append(Hook(answer, **options))
        return hooks[-1]

    yield start
    for one in hooks:
        one.close()


def channel(url: str, **options: object) -> WebhookChannel:
    config = {"url": url, "secret": "whsec_c2VjcmV0", "allow_private": True, "timeout": 10, **options}
    return WebhookChannel("erp", config, Path(), NOW)


def test_the_request_is_signed_over_id_time_and_body(hook: Any, envelope: Envelopes) -> None:
    server = hook()
    message = envelope(payload='{"名": 1}'.encode(), headers={"X-Play": "ask", "Webhook-Id": "forged"})
    assert channel(f"http://127.0.0.1:{server.port}/in?x=1").send(message).state == "sent"
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    assert lines[0] == "POST /in?x=1 HTTP/1.1"
    assert body == message.payload
    assert headers["webhook-id"] == "t1"
    assert headers["webhook-timestamp"] == str(int(NOW.at.timestamp()))
    assert headers["x-play"] == "ask"
    assert headers["content-type"] == "application/json"
    signed = b"t1." + headers["webhook-timestamp"].encode() + b"." + body
    expected = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_the_one_of_the_standards_example() -> None:
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("answer", "state", "detail"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "sent", "200 OK"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", "failed", "redirects are not followed"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "failed", "400 Bad Request"),
        (b"HTTP/1.1 410 Gone\r\n\r\n", "failed", "410 Gone"),
        (b"HTTP/1.1 408 Request Timeout\r\n\r\n", "retry", "408"),
        (b"HTTP/1.1 425 Too Early\r\n\r\n", "retry", "425"),
        (b"HTTP/1.1 429 Slow Down\r\n\r\n", "retry", "429"),
        (b"HTTP/1.1 503 Later\r\n\r\n", "retry", "503 Later"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "unknown", "makes no sense"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "unknown", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000, "sent", "200 OK"),
        (None, "unknown", ""),
    ],
)
def test_what_the_other_side_answers_decides(
    hook: Any, envelope: Envelopes, answer: bytes | None, state: str, detail: str
) -> None:
    outcome = channel(f"http://127.0.0.1:{hook(answer).port}").send(envelope())
    assert outcome.state == state
    assert detail in outcome.detail


def test_silence_after_the_request_is_unknown(envelope: Envelopes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        outcome = channel(url, timeout="0.2s").send(envelope())
    assert (outcome.state, "no answer in time" in outcome.detail) == ("unknown", True)


def test_a_request_that_was_not_fully_taken_is_retried(envelope: Envelopes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        outcome = channel(url, timeout="0.3s").send(envelope(payload=b"x" * 50_000_000))
    assert outcome.state == "retry"


def test_nobody_listening_is_retried_and_named_by_check(envelope: Envelopes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    assert channel(url).send(envelope()).state == "retry"
    with pytest.raises(ChannelError, match=r"channel erp: http://.*check `url`"):
        channel(url).check()


def test_a_header_that_cannot_be_sent_fails(hook: Any, envelope: Envelopes) -> None:
    server = hook()
    message = envelope(touch_id="a\r\nX-Injected: 1")
    assert channel(f"http://127.0.0.1:{server.port}").send(message).state == "failed"
    assert server.requests == []


def test_https_is_verified(hook: Any, envelope: Envelopes, certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    url = f"https://localhost:{hook(context=context).port}"
    assert channel(url, ca=str(certificate[0])).send(envelope()).state == "sent"
    with pytest.raises(ChannelError, match="no trusted certificate"):
        channel(url).send(envelope())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "0.0.0.0"]
)
def test_private_addresses_are_refused_before_connecting(envelope: Envelopes, host: str) -> None:
    with pytest.raises(ChannelError, match=r"channel erp: .* is not a public address; set `allow_private"):
        channel(f"http://{host}:9/", allow_private=False).send(envelope())


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_addresses_are_judged_with_what_they_carry_inside(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"secret": "s"}, "`url` is missing"),
        ({"url": "https://x.test"}, "`secret` is missing"),
        ({"url": "ftp://x.test", "secret": "s"}, "https:// or http://"),
        ({"url": "https://u:p@x.test", "secret": "s"}, "must not hold a password"),
        ({"url": "https://x.test/a b", "secret": "s"}, "https:// or http://"),
        ({"url": "https://x.test", "secret": "whsec_%%"}, "not base64"),
        ({"url": "https://x.test", "secret": "s", "alow_private": True}, "did you mean `allow_private`"),
    ],
)
def test_unusable_options_are_refused_with_their_key(options: dict[str, object], text: str) -> None:
    with pytest.raises(ChannelError, match=text):
        WebhookChannel("erp", options, Path())
