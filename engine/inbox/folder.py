"""The mailbox folder that letters lie in: a Maildir, or a file in mbox format.

A letter stays where it is until what it says is in the ledger, and is put aside only then: whoever kills us
in between makes us read it again, which changes nothing. Nothing is ever removed.
"""

from __future__ import annotations

import contextlib
import mailbox
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final, Literal, Protocol

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..ledger.locks import take
from .letter import MOST_BYTES

# Where a letter goes that was read: reports and replies that are kept, and what is for people to look at.
# "stay": it cannot be judged yet.
Place = Literal["done", "other", "stay"]

_ASIDE: Final = ".playcall"
_COPY: Final = 1024 * 1024


@frozen
class Letter:
    """One letter: what people find it by, and its bytes as far as they are read."""

    name: str
    raw: bytes


class Folder(Protocol):
    """A mailbox. ``letters`` may be gone through once; each is ``put`` when it is in the ledger."""

    def letters(self) -> Iterator[Letter]: ...

    def put(self, letters: Iterable[tuple[Letter, Place]]) -> None: ...


@contextlib.contextmanager
def open_folder(path: Path) -> Iterator[Folder]:
    """The folder at a path, whichever kind it is. Raises ``PlaycallError``."""
    require_mailbox(path)
    with _told(path):
        if path.is_dir():
            yield _Maildir(path)
            return
        with _mbox(path) as found:
            yield found


def require_mailbox(path: Path) -> None:
    """Raise ``PlaycallError`` where no mailbox is."""
    if path.is_dir():
        if not all((path / part).is_dir() for part in ("new", "cur")):
            raise PlaycallError(f"{path} is no Maildir: it has no folders `new` and `cur`")
    elif not path.exists() and not _aside(path).exists():
        raise PlaycallError(f"{path} is not there: name a Maildir or a file in mbox format")


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, mailbox.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PlaycallError(f"{path} cannot be read as a mailbox: {reason}") from error


class _Maildir:
    """What was read goes to the folders ``.playcall-done`` and ``.playcall-other`` in it (Maildir++), where
    mail programs find it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def letters(self) -> Iterator[Letter]:
        for part in ("new", "cur"):
            for entry in sorted(os.scandir(self._path / part), key=lambda one: one.name):
                if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                    continue
                with contextlib.suppress(FileNotFoundError):  # somebody else has just read it
                    yield Letter(f"{part}/{entry.name}", _first(Path(entry.path)))

    def put(self, letters: Iterable[tuple[Letter, Place]]) -> None:
        for letter, place in letters:
            if place != "stay":
                target = self._folder(place) / Path(letter.name).name
                while target.exists():
                    target = target.with_name(f"again-{target.name}")
                with contextlib.suppress(FileNotFoundError):
                    (self._path / letter.name).rename(target)

    def _folder(self, place: Place) -> Path:
        folder = self._path / f".playcall-{place}"
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "maildirfolder").touch(mode=0o600)
        return folder / "cur"


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES)


@contextlib.contextmanager
def _mbox(path: Path) -> Iterator[Folder]:
    """Its letters are taken aside into ``NAME.playcall`` while they are read, so that mail may come in, and
    are then added to ``NAME.done`` and ``NAME.other``. What an earlier reading left aside is read first."""
    lock = take(path.with_name(f"{path.name}{_ASIDE}-lock"))
    if lock is None:
        raise PlaycallError(f"{path} is being read by another playcall")
    with lock:
        if not _aside(path).exists() and not _take_aside(path):
            yield _Mbox(path, None)
            return
        with contextlib.closing(mailbox.mbox(_aside(path), create=False)) as box:
            found = _Mbox(path, box)
            yield found
            found.finish()


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}{_ASIDE}")


def _take_aside(path: Path) -> bool:
    """Whether there was anything to take. The file itself is emptied, not replaced: whoever waits for its
    lock to add a letter has it open. The lock is the one that all mail systems take (fcntl); a file beside it
    would stay there if we were killed."""
    import fcntl

    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_size == 0:
            return False
        made = path.with_name(f"{path.name}{_ASIDE}.new")
        with made.open("wb") as copy:
            while piece := file.read(_COPY):
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        made.replace(_aside(path))
        file.truncate(0)
    return True


class _Mbox:
    """The letters that were taken aside; None where there are none."""

    def __init__(self, path: Path, box: mailbox.mbox | None) -> None:
        self._path = path
        self._box = box
        self._places: dict[int, Place] = {}  # by the letter's number, from 1; the others stay

    def letters(self) -> Iterator[Letter]:
        if self._box is None:
            return
        for number, key in enumerate(self._box.iterkeys(), start=1):
            with contextlib.closing(self._box.get_file(key)) as file:
                yield Letter(f"{self._path.name}:{number}", file.read(MOST_BYTES))

    def put(self, letters: Iterable[tuple[Letter, Place]]) -> None:
        for letter, place in letters:
            self._places[int(letter.name.rpartition(":")[2])] = place

    def finish(self) -> None:
        """Add every letter to the file of its place; those that stay are left aside."""
        aside = _aside(self._path)
        left = aside.with_name(f"{aside.name}.new")
        left.unlink(missing_ok=True)
        for place in ("done", "other"):
            _append(self._path.with_name(f"{self._path.name}.{place}"), self._in(place))
        _append(left, self._in("stay"))
        if left.exists():
            left.replace(aside)
        else:
            aside.unlink()

    def _in(self, place: str) -> Iterator[bytes]:
        assert self._box is not None
        for number, key in enumerate(self._box.iterkeys(), start=1):
            if self._places.get(number, "stay") == place:
                yield self._box.get_bytes(key, from_=True)


def _append(target: Path, letters: Iterable[bytes]) -> None:
    """Add letters to an mbox, on the disk when this returns; without letters it is not made."""
    listed = iter(letters)
    first = next(listed, None)
    if first is None:
        return
    with target.open("ab") as file:
        for letter in chain([first], listed):
            file.write(letter.rstrip(b"\n") + b"\n\n")
        file.flush()
        os.fsync(file.fileno())
