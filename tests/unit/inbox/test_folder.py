"""A letter is put aside when what it says is in the ledger, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.inbox.folder import Letter, Place, open_folder
from playcall.engine.inbox.letter import MOST_BYTES
from postkit import maildir, mbox

BODIES = [b"Subject: one\n\n1\n", b"Subject: two\n\n2\n", b"Subject: three\n\nFrom here\n"]
PLACES: list[Place] = ["done", "stay", "other"]


def test_a_maildir(tmp_path: Path) -> None:
    folder = maildir(tmp_path / "in", {"1": BODIES[0], "2": BODIES[1], ".hidden": b"x"})
    (folder / "cur" / "3:2,S").write_bytes(BODIES[2])
    (folder / "new" / "link").symlink_to(tmp_path)
    with open_folder(folder) as found:
        letters = list(found.letters())
        assert [(one.name, one.raw) for one in letters] == [
            ("new/1", BODIES[0]),
            ("new/2", BODIES[1]),
            ("cur/3:2,S", BODIES[2]),
        ]
        found.put(zip(letters, PLACES, strict=True))
        found.put([(letters[0], "done")])  # somebody else was quicker
        (folder / "cur" / "1").write_bytes(BODIES[1])
        found.put([(Letter("cur/1", b""), "done")])
    with open_folder(folder) as found:
        assert [one.name for one in found.letters()] == ["new/2"]
    assert (folder / ".playcall-done/cur/1").read_bytes() == BODIES[0]
    assert (folder / ".playcall-done/cur/again-1").read_bytes() == BODIES[1], "nothing is written over"
    assert (folder / ".playcall-other/cur/3:2,S").read_bytes() == BODIES[2]


def test_an_mbox_keeps_what_stays(tmp_path: Path) -> None:
    path = mbox(tmp_path / "in", *BODIES)
    with open_folder(path) as found:
        letters = list(found.letters())
        assert [one.raw.strip() for one in letters] == [
            *(body.strip() for body in BODIES[:2]),
            b"Subject: three\n\n>From here",
        ]
        mbox(path, b"Subject: four\n\nmeanwhile\n")
        found.put(zip(letters, PLACES, strict=True))
    with open_folder(path) as found:
        left = list(found.letters())
        assert [one.raw.split(b"\n")[0] for one in left] == [b"Subject: two"]
        found.put([(left[0], "done")])
    with open_folder(path) as found:
        assert [one.raw.split(b"\n")[0] for one in found.letters()] == [b"Subject: four"]
    assert (tmp_path / "in.done").read_bytes().count(b"\nSubject: ") == 2


def test_two_do_not_read_an_mbox_at_once(tmp_path: Path) -> None:
    path = mbox(tmp_path / "in", *BODIES)
    with open_folder(path), pytest.raises(PlaycallError, match="by another playcall"), open_folder(path):
        pass


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_who_is_stopped_in_between_reads_it_again(tmp_path: Path, kind: str) -> None:
    path, letter = tmp_path / "in", BODIES[0]
    path = maildir(path, {"1": letter}) if kind == "maildir" else mbox(path, letter)
    with pytest.raises(ZeroDivisionError), open_folder(path) as found:
        len(list(found.letters())) / 0
    with open_folder(path) as found:
        assert len(list(found.letters())) == 1


def test_of_a_long_letter_the_beginning_is_read(tmp_path: Path) -> None:
    long = BODIES[0] + b"x" * (2 * MOST_BYTES)
    for path in (maildir(tmp_path / "a", {"1": long}), mbox(tmp_path / "b", long)):
        with open_folder(path) as found:
            assert [len(one.raw) for one in found.letters()] == [MOST_BYTES]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = maildir(tmp_path / "in", {"1": BODIES[0]})
    (folder / ".playcall-done").write_text("no folder")
    with pytest.raises(PlaycallError, match="cannot be read as a mailbox"), open_folder(folder) as found:
        found.put((letter, "done") for letter in found.letters())
    assert (folder / "new" / "1").exists()
