"""One conversation with a mail server, with the phase of each message known at every moment.

``smtplib`` raises the same ``SMTPServerDisconnected`` before MAIL, where a message may safely be tried
again, and after the final dot, where the server may already have taken it. So this module speaks the
commands itself (RFC 5321) and uses ``smtplib.SMTP`` for lines, replies and TLS alone.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl

from ...engine.ports import ChannelError, Envelope, Outcome
from .mail import is_ascii
from .smtp_url import Credentials, Server, encode
from .tls import Trust

_BROKEN = (OSError, smtplib.SMTPException)
_STATUS = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")  # an enhanced status code (RFC 2034)
_CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


class LostConnectionError(Exception):
    """The connection ended while the server provably had not accepted the message. ``again``: worth a new
    connection at once (closed or 421), unlike a server that does not answer or cannot be reached."""

    def __init__(self, text: str, again: bool) -> None:
        super().__init__(text)
        self.again = again


class Session:
    """A connection, greeted, encrypted, logged in. Raises ``LostConnectionError`` or ``ChannelError``."""

    def __init__(self, server: Server, timeout: float, trust: Trust, insecure: bool) -> None:
        self._server = server
        self._trust = trust
        self._insecure = insecure
        self._smtp = smtplib.SMTP(local_hostname=_own_name(), timeout=timeout)
        self._stage = "connecting"
        try:
            self._open(timeout)
        except _BROKEN as error:
            self.drop()
            if isinstance(error, ssl.SSLError) and not isinstance(error, _CUT_OFF):
                raise ChannelError(_tls_trouble(server, error)) from error
            raise LostConnectionError(self._describe(error), again=False) from error
        except BaseException:
            self.drop()
            raise

    @property
    def summary(self) -> str:
        """How the connection is secured, for ``doctor``."""
        sock = self._smtp.sock
        secured = sock.version() if isinstance(sock, ssl.SSLSocket) else "not encrypted"
        login = self._server.credentials
        return f"{self._server}, {secured}" + (f", logged in as {login.user}" if login else ", no login")

    def send(self, envelope: Envelope) -> Outcome:
        """One message, for all recipients or none. ``LostConnectionError`` only before the final dot."""
        try:
            refusal = self._announce(envelope)
            if refusal is None:
                self._stage = "sending the message"
                _hand_over(self._smtp.sock, _dot_stuffed(envelope.payload))
        except _BROKEN as error:
            self.drop()
            raise LostConnectionError(self._describe(error), again=not _timed_out(error)) from error
        return refusal or self._verdict()

    def close(self) -> None:
        """Says goodbye and lets go; never raises."""
        with contextlib.suppress(*_BROKEN):
            self._smtp.quit()
        self.drop()

    def drop(self) -> None:
        """Lets go without a word; never raises."""
        with contextlib.suppress(OSError):
            self._smtp.close()

    def _open(self, timeout: float) -> None:
        sock = socket.create_connection((self._server.host, self._server.port), timeout)
        # The final dot may go out as a segment of its own; it must not wait for an acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._smtp.sock = sock
        if self._server.tls:
            self._encrypt()
        self._stage = "waiting for the greeting"
        self._expect(*self._smtp.getreply())
        self._greet()
        if not self._server.tls:
            self._start_tls()
        if self._server.credentials is not None:
            self._stage = "logging in"
            self._log_in(self._server.credentials)

    def _greet(self) -> None:
        self._stage = "sending EHLO"
        code, text = self._smtp.ehlo()
        if 500 <= code < 600:
            code, text = self._smtp.helo()
        self._expect(code, text)

    def _start_tls(self) -> None:
        if self._smtp.has_extn("starttls"):
            self._stage = "starting TLS"
            self._expect(*self._smtp.docmd("STARTTLS"))
            self._encrypt()
            self._greet()
        elif self._server.credentials is not None and not self._insecure:
            raise ChannelError(
                f"{self._server} offers no STARTTLS, so the password would travel in clear text; "
                "use smtps:// or, on a network you trust, set `insecure: true`"
            )

    def _encrypt(self) -> None:
        sock = self._smtp.sock
        assert sock is not None
        self._smtp.sock = self._trust().wrap_socket(sock, server_hostname=self._server.host)
        # What was read in clear text before the handshake must not count afterwards (RFC 3207, 4.2).
        self._smtp.file = None

    def _log_in(self, login: Credentials) -> None:
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            code, text = self._smtp.docmd("AUTH", f"PLAIN {login.plain()}")
        elif "LOGIN" in offered:
            code, text = self._smtp.docmd("AUTH", f"LOGIN {encode(login.user)}")
            if code == 334:
                code, text = self._smtp.docmd(encode(login.password))
        else:
            raise ChannelError(
                f"{self._server} offers no login that is known here (PLAIN, LOGIN); "
                "take user and password out of `url`, or check the port (587 and 465 are for logins)"
            )
        if 500 <= code < 600:
            raise ChannelError(
                f"{self._server} refused the login of {login.user}: {self._reply(code, text)}; "
                "check user and password in `url` (percent-encoded)"
            )
        self._expect(code, text)

    def _expect(self, code: int, text: bytes) -> None:
        """While connecting: 2xx goes on, 5xx is for all messages, everything else is for later."""
        if 200 <= code < 300:
            return
        if 500 <= code < 600:
            raise ChannelError(f"{self._server} refused while {self._stage}: {self._reply(code, text)}")
        raise LostConnectionError(
            f"{self._server} while {self._stage}: {self._reply(code, text)}", again=False
        )

    def _announce(self, envelope: Envelope) -> Outcome | None:
        """MAIL, RCPT for every recipient, DATA; the outcome if one of them was refused."""
        options = self._mail_options(envelope)
        if options is None:
            return Outcome("failed", "an address is not ASCII and the server does not offer SMTPUTF8")
        self._stage = "sending MAIL"
        commands = [f"MAIL FROM:<{envelope.sender}>{options}"]
        commands += [f"RCPT TO:<{address}>{self._origin(address)}" for address in envelope.recipients]
        commands += ["DATA"]
        together = self._smtp.has_extn("pipelining")  # RFC 2920
        if together:
            self._smtp.send("".join(f"{command}\r\n" for command in commands))
        refused: tuple[str, int, bytes] | None = None
        for command in commands:
            self._stage = f"sending {command.partition(' ')[0]}"
            code, text = self._smtp.getreply() if together else self._smtp.docmd(command)
            if refused is not None and code == 354:
                # It would take the message for the recipients that it has accepted: it gets none.
                self.drop()
            elif refused is None and not (code == 354 if command == "DATA" else 200 <= code < 300):
                refused = command, code, text
            if refused is not None and (not together or code == 421 or code < 200):
                break
        return None if refused is None else self._refused(*refused)

    def _mail_options(self, envelope: Envelope) -> str | None:
        options = f" SIZE={len(envelope.payload)}" if self._smtp.has_extn("size") else ""
        if self._smtp.has_extn("dsn"):  # a report returns the headers alone, and names the message (RFC 3461)
            options += f" RET=HDRS ENVID={_xtext(envelope.touch_id)}"
        if is_ascii((envelope.sender, *envelope.recipients)):
            self._smtp.command_encoding = "ascii"
            return options
        if not self._smtp.has_extn("smtputf8"):
            return None
        self._smtp.command_encoding = "utf-8"
        return options + " BODY=8BITMIME SMTPUTF8"

    def _origin(self, address: str) -> str:
        """What a report is to call the recipient, whatever the address was turned into on its way."""
        if not self._smtp.has_extn("dsn") or not address.isascii():
            return ""
        return f" ORCPT=rfc822;{_xtext(address)}"

    def _refused(self, command: str, code: int, text: bytes) -> Outcome:
        command = command.partition(" ORCPT=")[0]
        detail = f"{command}: {self._reply(code, text)}"
        if code == 421:  # the server closes the channel (RFC 5321, 3.8): often only this connection's share
            self.drop()
            raise LostConnectionError(detail, again=True)
        if code == 530:  # login (RFC 4954, 6) or TLS (RFC 3207, 4) wanted, by every message alike
            self.drop()
            raise ChannelError(f"{self._server} wants a login or TLS first; {detail}")
        if 400 <= code < 600:
            self._reset()
            address = command.partition(":<")[2].rstrip(">") if command.startswith("RCPT") else ""
            found = _STATUS.match(text)
            status = found[1].decode() if found and address else ""
            return Outcome("retry" if code < 500 else "failed", detail, refused=address, status=status)
        self.drop()  # no answer of this protocol: whoever speaks there never got the final dot
        raise LostConnectionError(detail, again=False)

    def _reset(self) -> None:
        """Makes the connection fit for the next message, or drops it."""
        if not self.alive:
            return
        try:
            code, _ = self._smtp.docmd("RSET")
        except _BROKEN:
            code = -1
        if code != 250:
            self.drop()

    def _verdict(self) -> Outcome:
        """What the answer to the final dot means; without a clear one nobody can say."""
        try:
            code, text = self._smtp.getreply()
        except _BROKEN as error:
            self.drop()
            return Outcome("unknown", f"no answer after the end of the message: {_plain(error)}", lost=True)
        detail = self._reply(code, text)
        if code == 421:
            self.drop()
        if 200 <= code < 300:
            return Outcome("sent", detail)
        if 400 <= code < 600:
            return Outcome("retry" if code < 500 else "failed", detail)
        self.drop()
        return Outcome("unknown", f"the answer after the end of the message makes no sense: {detail}")

    @property
    def alive(self) -> bool:
        """Whether the connection is still held (the server may have closed it unnoticed)."""
        return self._smtp.sock is not None

    def _describe(self, error: BaseException) -> str:
        return self._server.scrub(f"{self._server} while {self._stage}: {_plain(error)}")

    def _reply(self, code: int, text: bytes) -> str:
        """A reply on one line, short, without secrets."""
        line = " ".join(text.decode("utf-8", "replace").split())
        return self._server.scrub(f"{code} {line}" if code > 0 else repr(line))[:300]


def _hand_over(sock: socket.socket | None, data: bytes) -> None:
    """Gives all bytes to the system, or raises with at least the last byte provably not given: ``send``
    takes nothing when it raises, and a TLS record that was cut short cannot be read by the other side."""
    if sock is None:
        raise smtplib.SMTPServerDisconnected("not connected")
    rest = memoryview(data)
    while rest:
        rest = rest[sock.send(rest) :]


def _xtext(text: str) -> str:
    """Printable ASCII as a parameter may carry it (RFC 3461, 4)."""
    return "".join(char if "!" <= char <= "~" and char not in "+=" else f"+{ord(char):02X}" for char in text)


def _dot_stuffed(payload: bytes) -> bytes:
    """The message as DATA carries it: lines that start with a dot get another, a lone dot ends it (4.5.2)."""
    if b"\r\n." in payload:
        payload = payload.replace(b"\r\n.", b"\r\n..")
    if payload.startswith(b"."):
        payload = b"." + payload
    return payload + (b".\r\n" if payload.endswith(b"\r\n") else b"\r\n.\r\n")


def _own_name() -> str:
    """How this machine presents itself: its full name, else the address literal that needs none."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _timed_out(error: BaseException) -> bool:
    """smtplib wraps the timeout of a socket into its own exception."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _plain(error: BaseException) -> str:
    if _timed_out(error):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {error.smtp_error!r}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _tls_trouble(server: Server, error: ssl.SSLError) -> str:
    reason = getattr(error, "verify_message", "") or error.reason or str(error)
    return (
        f"{server}: no secure connection ({reason}); set `ca:` to the file of the certificate's issuer or, "
        "on a network you trust, `insecure: true`"
    )
