"""Where an SMTP channel connects and how it proves who it is: the parts of its ``url``."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from ...engine.ports import ChannelError
from .settings import Settings

_DEFAULT_PORT = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login. ``scrub`` takes its secrets out of any text that people may see."""

    user: str
    password: str = field(repr=False)

    def plain(self) -> str:
        """The initial response of AUTH PLAIN (RFC 4616): UTF-8, then base64."""
        return encode(f"\0{self.user}\0{self.password}")

    def scrub(self, text: str) -> str:
        """The text without the password, in the forms in which a server might echo it."""
        for secret in (self.plain(), encode(self.password), quote(self.password, safe=""), self.password):
            text = text.replace(secret, "***")
        return text


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. ``tls``: encrypted from the first byte (smtps) instead of by STARTTLS."""

    host: str
    port: int
    tls: bool
    credentials: Credentials | None

    def __str__(self) -> str:
        return f"{'smtps' if self.tls else 'smtp'}://{self.host}:{self.port}"

    def scrub(self, text: str) -> str:
        """The text without the password."""
        return self.credentials.scrub(text) if self.credentials else text


def read_server(settings: Settings) -> Server:
    """The server of ``url``; user and password are percent-decoded. ``ChannelError`` never shows the url."""
    text = settings.required("url", "smtp://user:${SMTP_PASSWORD}@mail.example:587")
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise ChannelError(settings.say(f"`url` is not a URL; {_SHAPE}")) from error
    if (
        url.scheme not in _DEFAULT_PORT
        or not url.hostname
        or url.path not in ("", "/")
        or url.query
        or url.fragment
    ):
        raise ChannelError(settings.say(f"`url` is not one of a mail server; {_SHAPE}"))
    if (url.username is None) != (url.password is None):
        raise ChannelError(settings.say("`url` needs both a user and a password, or neither"))
    login = None
    if url.username is not None and url.password is not None:
        login = Credentials(unquote(url.username), unquote(url.password))
    return Server(url.hostname, port or _DEFAULT_PORT[url.scheme], url.scheme == "smtps", login)


def encode(text: str) -> str:
    """Base64 of the UTF-8 bytes, as the AUTH commands carry it."""
    return base64.b64encode(text.encode()).decode()


_SHAPE = "write smtp://user:password@host:587 or smtps://…, with @ : / # % in a password percent-encoded"
