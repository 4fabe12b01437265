"""A project's files as they stand at a revision of its git repository. The work tree is neither read nor
touched: only objects of the repository are read, so a dirty tree makes no difference."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen

FILE: Final = "playcall.yaml"
FOLDERS: Final = ("catalog", "playbooks", "templates", "surveys", "pricebooks", "plans", "reports", "tests")
_SUFFIXES: Final = (".yaml", ".md")
_LINK, _SUBMODULE = "120000", "160000"  # modes of git's trees

# Set by git for its hooks; they would lead away from the project's folder.
_OF_HOOKS: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


class RevisionError(PlaycallError):
    """A revision that cannot be read; the text names it and says what to do."""


class NoProjectError(RevisionError):
    """A revision at which the project did not exist."""


@frozen
class Revision:
    """A project at a revision: ``name`` as it was asked for, ``commit`` in full, ``files`` by path."""

    name: str
    commit: str
    files: Mapping[str, bytes]

    def __str__(self) -> str:
        return self.name if self.commit.startswith(self.name) else f"{self.name} ({self.commit[:10]})"


def project_at(root: Path, revision: str) -> Revision:
    """The files of the project in the folder ``root`` at a revision. Raises ``RevisionError``; where only the
    project is not there, ``NoProjectError``."""
    repository = _Repository(root)
    prefix = repository.prefix()
    commit = repository.commit(revision)
    wanted = [prefix + name for name in (FILE, *FOLDERS)]
    found = dict(_files(repository, commit, wanted, prefix))
    if FILE not in found:
        place = f"{prefix}{FILE}" if prefix else FILE
        raise NoProjectError(f"{revision} ({commit[:10]}) has no {place}: the project does not exist there")
    return Revision(revision, commit, found)


@frozen
class _Entry:
    """One row of a tree; ``name`` is relative to the project."""

    mode: str
    object: str
    name: str
    path: str

    @property
    def is_text(self) -> bool:
        return PurePosixPath(self.name).suffix in _SUFFIXES


def _files(
    repository: _Repository, tree: str, paths: Sequence[str], prefix: str, under: str = ""
) -> Iterator[tuple[str, bytes]]:
    """(name in the project, content) of the text files at some paths of a tree."""
    plain: list[_Entry] = []
    for entry in repository.entries(tree, paths, prefix, under):
        if entry.mode == _SUBMODULE:
            inner = _Repository(repository.top() / entry.path)
            yield from _files(inner, entry.object, [], "", f"{entry.name}/")
        elif entry.mode != _LINK:
            plain.append(entry)
        elif entry.name in FOLDERS:
            yield from _files(repository, repository.target(tree, entry, "tree"), [], "", f"{entry.name}/")
        elif entry.is_text:
            plain.append(replace(entry, object=repository.target(tree, entry, "blob")))
    wanted = [entry for entry in plain if entry.is_text]
    contents = repository.contents([entry.object for entry in wanted])
    yield from zip((entry.name for entry in wanted), contents, strict=True)


@frozen
class _Repository:
    """git, asked from a folder."""

    folder: Path

    def prefix(self) -> str:
        """Where the folder lies in its repository: "" or a path that ends in ``/``."""
        done = self._run("rev-parse", "--show-prefix")
        if done.returncode:
            why = _first_line(done.stderr)
            raise RevisionError(
                f"{self.folder.resolve()} cannot be compared with another revision: git says: {why}"
            )
        return os.fsdecode(done.stdout).removesuffix("\n")

    def top(self) -> Path:
        return Path(os.fsdecode(self._ask("rev-parse", "--show-toplevel")).removesuffix("\n"))

    def commit(self, revision: str) -> str:
        """The commit that a revision names."""
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if done.returncode:
            raise RevisionError(f"git knows no revision {revision!r} here; {self._hint()}")
        return done.stdout.decode().strip()

    def _hint(self) -> str:
        if self._ask("rev-parse", "--is-shallow-repository").strip() == b"true":
            return (
                "this is a shallow clone, which lacks most of the history: fetch the revision "
                "(`git fetch --unshallow`, or `fetch-depth: 0` of the checkout step)"
            )
        return "see `git branch --all` and `git tag`, or fetch it first"

    def entries(self, tree: str, paths: Sequence[str], prefix: str, under: str) -> Iterator[_Entry]:
        """The rows of a tree at some paths (none: all of it), folders gone into."""
        done = self._run("ls-tree", "-r", "-z", "--full-tree", tree, "--", *paths)
        if done.returncode:
            raise RevisionError(
                f"{under.rstrip('/')} is a submodule whose commit {tree[:10]} is not here: "
                "run `git submodule update --init` first"
            )
        for row in done.stdout.split(b"\0")[:-1]:
            about, _, raw = row.partition(b"\t")
            mode, _, object_ = about.decode().split(" ")
            path = os.fsdecode(raw)
            yield _Entry(mode, object_, under + path.removeprefix(prefix), path)

    def target(self, tree: str, entry: _Entry, kind: str) -> str:
        """The object, a blob or a tree, that a link leads to inside the repository."""
        asked = os.fsencode(f"{tree}:{entry.path}\n")
        said = self._ask("cat-file", "--batch-check", "--follow-symlinks", given=asked)
        parts = os.fsdecode(said).split("\n")[0].split(" ")
        if len(parts) != 3 or parts[1] != kind:
            raise RevisionError(
                f"{entry.name} is a symbolic link that leads out of the repository (or nowhere), so what it "
                f"was at {tree[:10]} cannot be known; put the file itself there"
            )
        return parts[0]

    def contents(self, objects: Sequence[str]) -> Iterator[bytes]:
        """The contents of blobs, in one go."""
        if not objects:
            return
        said = self._ask("cat-file", "--batch", given="".join(f"{one}\n" for one in objects).encode())
        at = 0
        for one in objects:
            end = said.index(b"\n", at)
            about = said[at:end].split(b" ")
            if len(about) != 3:
                raise RevisionError(f"git has lost the object {one}: try `git fsck`, or fetch again")
            start, size = end + 1, int(about[2])
            yield said[start : start + size]
            at = start + size + 1

    def _ask(self, *arguments: str, given: bytes | None = None) -> bytes:
        done = self._run(*arguments, given=given)
        if done.returncode:
            raise RevisionError(f"git {arguments[0]} failed: {_first_line(done.stderr)}")
        return done.stdout

    def _run(self, *arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        environ = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
        environ |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        command = ["git", "-C", str(self.folder), *arguments]
        try:
            return subprocess.run(command, input=given, capture_output=True, env=environ, check=False)
        except FileNotFoundError:
            raise RevisionError("git is not installed, and revisions are read with it") from None


def _first_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else "nothing"
