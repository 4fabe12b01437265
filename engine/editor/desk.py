"""The documents that an editor has open, and the projects that they are in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ...dsl.frozen import frozen
from ..catalog.project import FILE
from ..document import File
from .project import OpenProject


@frozen
class Document:
    """One open document, as the editor last sent it."""

    uri: str
    path: Path
    text: str
    version: int | None


@dataclass(slots=True)
class Desk:
    """Everything that is open. A document belongs to the nearest project above it, if there is one."""

    env: str | None = None
    documents: dict[str, Document] = field(default_factory=dict)
    projects: dict[Path, OpenProject] = field(default_factory=dict)

    def put(self, uri: str, path: Path, text: str, version: int | None) -> None:
        """A document as it is now. Its text becomes what a file can hold, without a byte order mark: a lone
        surrogate, which JSON can carry and UTF-8 cannot, is a question mark."""
        plain = text.encode("utf-8", "replace").decode("utf-8").removeprefix("\ufeff")
        self.documents[uri] = Document(uri, path, plain, version)

    def remove(self, uri: str) -> OpenProject | None:
        """Forgets a document that was closed; gives its project."""
        document = self.documents.pop(uri, None)
        return None if document is None else self.project_of(document.path)

    def project_of(self, path: Path) -> OpenProject | None:
        """The project that a file is in: of the nearest folder above it that has a playcall.yaml, on disk
        or in the editor, or had one."""
        opened = {one.path.parent for one in self.documents.values() if one.path.name == FILE}
        known = opened | self.projects.keys()
        roots = (folder for folder in path.parents if folder in known or (folder / FILE).is_file())
        root = next(roots, None)
        return None if root is None else self.project_at(root)

    def project_at(self, root: Path) -> OpenProject:
        """The project in a folder."""
        return self.projects.setdefault(root, OpenProject(root, self.env))

    def within(self, project: OpenProject) -> dict[str, Document]:
        """The open documents of a project, by their names in it."""
        found = (
            document for document in self.documents.values() if self.project_of(document.path) is project
        )
        return {name_in(project, document.path): document for document in found}

    def file(self, project: OpenProject, name: str) -> File | None:
        """A file of a project, for its places: as it is open, or as it was last read."""
        document = self.within(project).get(name)
        if document is not None:
            return File(name, document.text)
        return project.analysis.files.get(name) if project.analysis is not None else None


def name_in(project: OpenProject, path: Path) -> str:
    """A file's name relative to its project."""
    return path.relative_to(project.root).as_posix()
