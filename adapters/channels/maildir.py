"""The embedded default: messages become files of a Maildir (https://cr.yp.to/proto/maildir.html)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from ...engine.ports import ChannelError, Envelope, Outcome
from .mail import MailSettings, refuse_addresses
from .settings import Settings

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class MaildirChannel:
    """Writes each message to ``path``/new, where any mail reader (and Python's ``mailbox``) finds it.

    A file is complete and on disk before it appears, and its name comes from the touch alone: the same
    touch written twice is one file, also when a reader has moved it to ``cur`` in between.
    """

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None:
        settings = Settings(name, config, ("path", "from", "redirect", "bounces"))
        self._say = settings.say
        self._mail = MailSettings.read(settings)
        self._folder = root / settings.required("path", ".playcall/mail")
        self._read: set[str] | None = None

    def send(self, envelope: Envelope) -> Outcome:
        """``sent`` once the file is durable; ``ChannelError`` when the folder cannot be written."""
        envelope = self._mail.apply(envelope)
        refused = refuse_addresses(envelope)
        if refused:
            return Outcome("failed", refused)
        try:
            self._write(_file_name(envelope.touch_id), _with_envelope(envelope))
        except OSError as error:
            raise self._unusable(error) from error
        return Outcome("sent")

    def check(self) -> str:
        """Makes the folders and tries a file in ``tmp``."""
        try:
            self._make_folders()
            probe = self._folder / "tmp" / f"probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise self._unusable(error) from error
        return f"maildir {self._folder}: can be written"

    def close(self) -> None:
        self._read = None

    def _write(self, name: str, content: bytes) -> None:
        if self._read is None:
            self._make_folders()
            self._read = {entry.partition(":")[0] for entry in os.listdir(self._folder / "cur")}
        target = self._folder / "new" / name
        if name in self._read or target.exists():
            return
        temporary = self._folder / "tmp" / f"{name}.{os.getpid()}"
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
        _sync_folder(target.parent)

    def _make_folders(self) -> None:
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _unusable(self, error: OSError) -> ChannelError:
        reason = error.strerror or str(error)
        text = f"{self._folder} cannot be written ({reason}); check `path` and its rights"
        return ChannelError(self._say(text))


def _file_name(touch_id: str) -> str:
    """A name that every file system and mail reader takes; the digest keeps unusual ids apart."""
    if _PLAIN_NAME.fullmatch(touch_id):
        return touch_id
    return hashlib.sha256(touch_id.encode()).hexdigest()


def _with_envelope(envelope: Envelope) -> bytes:
    """What a mail server writes on final delivery: Return-Path (RFC 5321, 4.4) and Delivered-To."""
    lines = [f"Return-Path: <{envelope.sender}>", *(f"Delivered-To: {one}" for one in envelope.recipients)]
    return "".join(f"{line}\r\n" for line in lines).encode() + envelope.payload


def _sync_folder(folder: Path) -> None:
    """Makes a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
