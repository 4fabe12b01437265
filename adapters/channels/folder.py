"""The channel that hands messages to another system as files: one JSON file a message, in a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from ...engine.ports import ChannelError, Envelope, Outcome
from .settings import Settings

_PLAIN_NAME = re.compile(r"[a-z0-9]{1,64}")


class FolderChannel:
    """Writes each message to ``path``/ID.json. A file is complete and on disk before it appears under that
    name, and is never written over: the same message written twice is one file. Whoever reads the files may
    take them away; what was sent stays known in the ledger."""

    def __init__(self, name: str, config: Mapping[str, object], root: Path) -> None:
        settings = Settings(name, config, ("path",))
        self._say = settings.say
        self._folder = root / settings.required("path", "exports/accepted")

    def send(self, envelope: Envelope) -> Outcome:
        """``sent`` once the file is durable; ``ChannelError`` when the folder cannot be written."""
        if not _PLAIN_NAME.fullmatch(envelope.touch_id):
            return Outcome("failed", f"`{envelope.touch_id}` cannot be the name of a file")
        try:
            self._write(f"{envelope.touch_id}.json", envelope.payload)
        except OSError as error:
            raise self._unusable(error) from error
        return Outcome("sent")

    def check(self) -> str:
        """Makes the folder and tries a file in it."""
        try:
            self._write(f".probe-{os.getpid()}", b"")
            (self._folder / f".probe-{os.getpid()}").unlink()
        except OSError as error:
            raise self._unusable(error) from error
        return f"folder {self._folder}: can be written"

    def close(self) -> None:
        """Nothing is kept."""

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f".{name}.{os.getpid()}"
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, self._folder / name)
        except FileExistsError:
            pass  # it was written before a crash that nobody could tell from a failure
        finally:
            temporary.unlink()
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _unusable(self, error: OSError) -> ChannelError:
        reason = error.strerror or str(error)
        return ChannelError(self._say(f"{self._folder} cannot be written ({reason}); check `path`"))
