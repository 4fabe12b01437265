"""Mail servers that misbehave on demand, and a certificate of our own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from playcall.engine.ports import Envelope
from smtpkit import ScriptedSmtp


@pytest.fixture
def scripted_smtp() -> Iterator[Callable[..., ScriptedSmtp]]:
    """Starts servers: ``scripted_smtp({"MAIL": ["451 later"]})``."""
    servers: list[ScriptedSmtp] = []

    def start(script: Mapping[str, Sequence[str]] | None = None) -> ScriptedSmtp:
        servers.append(ScriptedSmtp(script or {}))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    """Makes envelopes; everything but what a test is about has a value."""

    def make(
        touch_id: str = "t1",
        sender: str = "cs@acme.test",
        recipients: tuple[str, ...] = ("ceo@customer.test",),
        payload: bytes = b"To: ceo@customer.test\r\nCc: it@customer.test\r\nSubject: Hi\r\n\r\nHello\r\n",
        headers: Mapping[str, str] | None = None,
    ) -> Envelope:
        return Envelope(touch_id, sender, recipients, payload, headers or {})

    return make


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-made certificate for localhost, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key
