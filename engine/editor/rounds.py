"""Rounds of checking: a moment after the last change of a project, all of it is read and checked in a
thread, and what was found is published."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path

from ..document import File
from ..ports import Clock
from .desk import Desk, Document
from .places import Places
from .project import Analysis, OpenProject
from .shown import diagnostic

DEBOUNCE = 0.15  # seconds after the last change

Listed = list[types.Diagnostic]


class Rounds:
    """One round at a time for each project. ``say`` shows the user a message."""

    def __init__(
        self, protocol: LanguageServer, desk: Desk, clock: Clock, say: Callable[[str], None]
    ) -> None:
        self._protocol = protocol
        self._desk = desk
        self._clock = clock
        self._say = say
        self._timers: dict[Path, asyncio.TimerHandle] = {}
        self._running: dict[Path, asyncio.Task[None]] = {}
        self._first: dict[Path, asyncio.Event] = {}
        self._published: dict[Path, dict[str, Listed]] = {}

    @property
    def encoding(self) -> str:
        """The encoding that positions count in."""
        return str(self._protocol.server_capabilities.position_encoding or "utf-16")

    def uri(self, project: OpenProject, name: str) -> str:
        """A file's URI, spelled as the client does where it has the file open."""
        document = self._desk.within(project).get(name)
        return document.uri if document is not None else from_fs_path(str(project.root / name)) or ""

    async def first(self, project: OpenProject) -> None:
        """Waits until the project has been read once."""
        if project.root not in self._first:  # its playcall.yaml came after the document
            self.soon(project, 0)
        await self._first[project.root].wait()

    def soon(self, project: OpenProject, delay: float = DEBOUNCE) -> None:
        """Has the project checked after a moment, counted anew from every change."""
        self._first.setdefault(project.root, asyncio.Event())
        waiting = self._timers.pop(project.root, None)
        if waiting is not None:
            waiting.cancel()
        loop = asyncio.get_running_loop()
        self._timers[project.root] = loop.call_later(delay, self._start, project)

    def _start(self, project: OpenProject) -> None:
        if project.root in self._running:  # look again when that round is done
            self.soon(project)
            return
        del self._timers[project.root]
        self._running[project.root] = asyncio.create_task(self._check(project))

    async def _check(self, project: OpenProject) -> None:
        documents = self._desk.within(project)
        opened = {name: document.text for name, document in documents.items()}
        try:
            found = await asyncio.to_thread(project.analyse, opened, self._clock.now())
            self._publish(project, found, documents)
        except Exception as error:
            # A bug of one check must not silence all of them until the editor is started anew.
            message = f"{type(error).__name__}: {error}"
            self._protocol.window_log_message(types.LogMessageParams(types.MessageType.Error, message))
        finally:
            del self._running[project.root]
            self._first[project.root].set()

    def _publish(self, project: OpenProject, found: Analysis, documents: Mapping[str, Document]) -> None:
        """Findings of every open document, and of every other file whose findings are not what they were.
        Those of a document that has changed meanwhile wait for the next round, which that change has asked
        for."""
        if found.trouble:
            self._say(found.trouble)
        sent = self._published.setdefault(project.root, {})
        by_file = self._by_file(found)
        for name in dict.fromkeys((*documents, *sent, *by_file)):
            document, listed = documents.get(name), by_file.get(name, [])
            if document is None and listed == sent.get(name, []):
                continue
            if document is not None and self._desk.documents.get(document.uri, document) is not document:
                continue
            uri = document.uri if document is not None else self.uri(project, name)
            version = document.version if document is not None else None
            params = types.PublishDiagnosticsParams(uri, listed, version)
            self._protocol.text_document_publish_diagnostics(params)
            sent[name] = listed

    def _by_file(self, found: Analysis) -> dict[str, Listed]:
        by_file: dict[str, Listed] = {}
        for one in found.findings:
            places = Places(found.files.get(one.location.file) or File("", ""), self.encoding)
            by_file.setdefault(one.location.file, []).append(diagnostic(one, places))
        return by_file
