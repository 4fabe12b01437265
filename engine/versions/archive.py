"""Versions of projects as runs read them, kept for as long as anybody asks why a run decided as it did.

    projects/<id>.json   a version: the hash of each file by path      files/<sha256>   a file's text

Everything is named by its content, so a version that changes one file adds one file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen


class ArchiveError(PlaycallError):
    """A version that cannot be read any more; the text says which file is missing."""


@frozen
class Archive:
    """The folder of versions."""

    root: Path

    def keep(self, files: Iterable[tuple[str, str]]) -> str:
        """Keep (path, text) of every file of a version; gives the version's id."""
        version = {path: self._keep_file(text.encode("utf-8", "surrogatepass")) for path, text in files}
        content = json.dumps(version, ensure_ascii=False, sort_keys=True, indent=1).encode()
        name = hashlib.sha256(content).hexdigest()[:32]
        write_whole(self._version(name), content)
        return name

    def read(self, version: str) -> dict[str, bytes]:
        """The files of a version. Raises ``ArchiveError``: one is gone or damaged."""
        content = _read(self._version(version))
        if hashlib.sha256(content).hexdigest()[:32] != version:
            raise ArchiveError(f"{self._version(version)} is damaged")
        listed: Mapping[str, str] = json.loads(content)
        return {path: self._file(digest) for path, digest in listed.items()}

    def _version(self, name: str) -> Path:
        return self.root / "projects" / f"{name}.json"

    def _keep_file(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        write_whole(self.root / "files" / digest, content)
        return digest

    def _file(self, digest: str) -> bytes:
        path = self.root / "files" / digest
        content = _read(path)
        if hashlib.sha256(content).hexdigest() != digest:
            raise ArchiveError(f"{path} is damaged")
        return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}") from None


def write_whole(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a file so that it is there whole, on the disk, or not at all; one that is there stays, unless it
    is to be replaced."""
    if path.exists() and not replace:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
