"""The documents that an editor has open, and the projects that they are in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..document import File
from .project import OpenProject, project_root


@dataclass(frozen=True, slots=True)
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

    def put(self, document: Document) -> None:
        """A document as it is now."""
        self.documents[document.uri] = document

    def remove(self, uri: str) -> OpenProject | None:
        """Forgets a document that was closed; gives its project."""
        document = self.documents.pop(uri, None)
        return None if document is None else self.project_of(document.path)

    def project_of(self, path: Path) -> OpenProject | None:
        """The project that a file is in."""
        root = project_root(path)
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
