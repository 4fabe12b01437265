"""The language server: the protocol's messages in, questions to the editor's core, answers out.

Documents are sent whole (they are small). After a change the project is read and checked in a thread, a
moment after the last key; requests are answered meanwhile from what was known before.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from ... import __version__
from ...dsl.source import Location
from ..catalog.project import FILE
from ..document import MAX_BYTES, File
from ..ports import Clock, SystemClock
from .actions import actions
from .completion import complete
from .definition import definition
from .desk import Desk, Document, name_in
from .hover import hover
from .layout import changes
from .places import Places
from .project import Analysis, OpenProject
from .scene import Scene, scene_at
from .shown import code_action, completion, diagnostic

DEBOUNCE = 0.15  # seconds after the last change
PARENT_EVERY = 2.0  # seconds between looks whether the editor's process is still there
_WATCHED = "**/{playcall.yaml,catalog/**/*.yaml,playbooks/**/*.yaml,templates/**/*.md}"
_TRIGGERS = [".", '"', "'", "(", "[", " ", ","]


class _Asked(Protocol):
    """What is common to the questions about a place."""

    @property
    def text_document(self) -> types.TextDocumentIdentifier: ...

    @property
    def position(self) -> types.Position: ...


class Server:
    """One editor's session. ``clock`` decides which silencing comments have expired."""

    def __init__(self, env: str | None = None, clock: Clock | None = None) -> None:
        self.protocol = LanguageServer("playcall", __version__, types.TextDocumentSyncKind.Full)
        self.desk = Desk(env)
        self.was_shut_down = False
        self._clock = clock or SystemClock()
        self._timers: dict[Path, asyncio.TimerHandle] = {}
        self._running: set[Path] = set()
        self._first: dict[Path, asyncio.Event] = {}  # of a project: it has been read once
        self._published: dict[Path, dict[str, list[types.Diagnostic]]] = {}
        self._said: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._register()

    def run(self, stdin: BinaryIO, stdout: BinaryIO) -> int:
        """Serves until the client says `exit`, closes its end or is gone; gives the exit code."""
        self.protocol.start_io(stdin, stdout)
        return 0 if self.was_shut_down else 1

    def _register(self) -> None:
        """Partial functions, because pygls sets attributes on its handlers, and bound methods take none."""
        feature: dict[str, Callable[..., object]] = {
            types.INITIALIZED: self._initialized,
            types.SHUTDOWN: self._shutdown,
            types.TEXT_DOCUMENT_DID_OPEN: self._opened,
            types.TEXT_DOCUMENT_DID_CHANGE: self._changed,
            types.TEXT_DOCUMENT_DID_SAVE: self._saved,
            types.TEXT_DOCUMENT_DID_CLOSE: self._closed,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: self._watched,
            types.TEXT_DOCUMENT_HOVER: self._hover,
            types.TEXT_DOCUMENT_DEFINITION: self._definition,
            types.TEXT_DOCUMENT_FORMATTING: self._formatting,
        }
        for name, handler in feature.items():
            self.protocol.feature(name)(partial(handler))
        completing = types.CompletionOptions(trigger_characters=_TRIGGERS)
        acting = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
        self.protocol.feature(types.TEXT_DOCUMENT_COMPLETION, completing)(partial(self._completion))
        self.protocol.feature(types.TEXT_DOCUMENT_CODE_ACTION, acting)(partial(self._actions))

    # ------------------------------------------------------------------------ the session

    def _initialized(self, params: types.InitializedParams) -> None:
        self._background(self._watch_parent())
        self._watch_files()
        for folder in self.protocol.workspace.folders.values():
            path = _path(folder.uri)
            if path is not None and (path / FILE).is_file():
                self._soon(self.desk.project_at(path), 0)

    def _shutdown(self, *_: object) -> None:
        self.was_shut_down = True

    def _background(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]  # a coroutine
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch_parent(self) -> None:
        """Ends the process when the editor's is gone: its end of the pipe may be held open by another one."""
        parent = self.protocol.process_id
        while parent is not None and os.name == "posix":
            await asyncio.sleep(PARENT_EVERY)
            try:
                os.kill(parent, 0)
            except ProcessLookupError:
                os._exit(1)  # a thread waits for stdin and would keep an ordinary exit waiting too
            except PermissionError:
                continue

    def _watch_files(self) -> None:
        """Asks to be told of files that change outside the editor, where the client can."""
        workspace = self.protocol.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is None or not watching.dynamic_registration:
            return
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(_WATCHED)])
        one = types.Registration("playcall-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        self.protocol.client_register_capability(types.RegistrationParams([one]))

    def _say(self, message: str, type_: types.MessageType = types.MessageType.Warning) -> None:
        """Shows a message, each once in a session."""
        if message not in self._said:
            self._said.add(message)
            self.protocol.window_show_message(types.ShowMessageParams(type_, f"playcall: {message}"))

    # ------------------------------------------------------------------------ documents

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        one = params.text_document
        self._put(one.uri, one.text, one.version, delay=0)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        text = self.protocol.workspace.get_text_document(uri).source
        self._put(uri, text, params.text_document.version, delay=DEBOUNCE)

    def _put(self, uri: str, text: str, version: int | None, delay: float) -> None:
        path = _path(uri)
        if path is None:
            return
        self.desk.put(uri, path, text, version)
        project = self.desk.project_of(path)
        if project is None:
            self._outside(path)
        else:
            self._soon(project, delay)

    def _outside(self, path: Path) -> None:
        if not any(text.startswith("no folder above ") for text in self._said):
            said = f"no folder above {path} has a {FILE}, so it is in no project and is not checked"
            self._say(said, types.MessageType.Info)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._again(params.text_document.uri)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        project = self.desk.remove(params.text_document.uri)
        if project is not None:
            self._soon(project, 0)

    def _watched(self, params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            self._again(change.uri)

    def _again(self, uri: str) -> None:
        path = _path(uri)
        project = self.desk.project_of(path) if path is not None else None
        if project is not None:
            self._soon(project, DEBOUNCE)

    # ------------------------------------------------------------------------ findings

    def _soon(self, project: OpenProject, delay: float) -> None:
        """Has the project checked after a moment, counted anew from every change."""
        self._first.setdefault(project.root, asyncio.Event())
        waiting = self._timers.pop(project.root, None)
        if waiting is not None:
            waiting.cancel()
        loop = asyncio.get_running_loop()
        self._timers[project.root] = loop.call_later(delay, self._start, project)

    def _start(self, project: OpenProject) -> None:
        if project.root in self._running:  # one at a time: look again when that one is done
            self._soon(project, DEBOUNCE)
            return
        self._timers.pop(project.root, None)
        self._running.add(project.root)
        self._background(self._check(project))

    async def _check(self, project: OpenProject) -> None:
        documents = self.desk.within(project)
        opened = {name: document.text for name, document in documents.items()}
        try:
            found = await asyncio.to_thread(project.analyse, opened, self._clock.now().date())
        except (
            Exception
        ) as error:  # a bug of the checks must not silence them until the editor is started anew
            message = f"{type(error).__name__}: {error}"
            self.protocol.window_log_message(types.LogMessageParams(types.MessageType.Error, message))
        else:
            self._publish(project, found, documents)
        finally:
            self._running.discard(project.root)
            self._first[project.root].set()

    def _publish(self, project: OpenProject, found: Analysis, documents: dict[str, Document]) -> None:
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
            if document is not None and self.desk.documents.get(document.uri, document) is not document:
                continue
            uri = document.uri if document is not None else self._uri(project, name)
            version = document.version if document is not None else None
            params = types.PublishDiagnosticsParams(uri, listed, version)
            self.protocol.text_document_publish_diagnostics(params)
            sent[name] = listed

    def _by_file(self, found: Analysis) -> dict[str, list[types.Diagnostic]]:
        by_file: dict[str, list[types.Diagnostic]] = {}
        for one in found.findings:
            places = Places(found.files.get(one.location.file) or File("", ""), self._encoding)
            by_file.setdefault(one.location.file, []).append(diagnostic(one, places))
        return by_file

    @property
    def _encoding(self) -> str:
        return str(self.protocol.server_capabilities.position_encoding or "utf-16")

    def _uri(self, project: OpenProject, name: str) -> str:
        """A file's URI, spelled as the client does where it has the file open."""
        document = self.desk.within(project).get(name)
        return document.uri if document is not None else from_fs_path(str(project.root / name)) or ""

    # ------------------------------------------------------------------------ questions

    async def _scene(self, params: _Asked) -> tuple[Scene, Places, int] | None:
        """Where the cursor is; None for what is in no project, or in one of which nothing is known."""
        document = self.desk.documents.get(params.text_document.uri)
        project = self.desk.project_of(document.path) if document is not None else None
        if document is None or project is None or len(document.text) > MAX_BYTES:
            return None
        if project.root not in self._first:  # its playcall.yaml came after the document
            self._soon(project, 0)
        await self._first[project.root].wait()
        if project.knowledge is None:
            return None
        name = name_in(project, document.path)
        places = Places(File(name, document.text), self._encoding)
        offset = places.offset(params.position)
        return scene_at(project.knowledge, name, document.text, offset), places, offset

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        found = await self._scene(params)
        if found is None:
            return None
        scene, places, offset = found
        text = await asyncio.to_thread(hover, scene)
        if not text:
            return None
        start, end = _word(places.file.text, offset)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), places.span(start, end))

    async def _definition(self, params: types.DefinitionParams) -> list[types.Location]:
        found = await self._scene(params)
        if found is None:
            return []
        project = self.desk.project_at(found[0].knowledge.root)
        return [self._located(project, place) for place in definition(found[0])]

    def _located(self, project: OpenProject, place: Location) -> types.Location:
        file = self.desk.file(project, place.file) or File("", "")
        return types.Location(self._uri(project, place.file), Places(file, self._encoding).range(place))

    async def _completion(self, params: types.CompletionParams) -> types.CompletionList | None:
        found = await self._scene(params)
        if found is None:
            return None
        scene, places, offset = found
        line = places.file.begin(places.file.position(offset)[0])
        text = places.file.text
        rest = re.split(r"[\r\n]", text[offset : offset + 1000], maxsplit=1)[0]
        made = complete(scene, text[line:offset], rest)
        return completion(made, offset, places, snippets=self._knows_snippets())

    def _knows_snippets(self) -> bool:
        client = self.protocol.client_capabilities.text_document
        item = client.completion.completion_item if client and client.completion else None
        return bool(item and item.snippet_support)

    def _actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        document = self.desk.documents.get(params.text_document.uri)
        project = self.desk.project_of(document.path) if document is not None else None
        found = project.analysis if project is not None else None
        if document is None or project is None or found is None:
            return []
        name = name_in(project, document.path)
        file = found.files.get(name)
        if file is None or file.text != document.text:  # its places are of an older text
            return []
        places = Places(file, self._encoding)
        first, last = params.range.start.line + 1, params.range.end.line + 1
        offered = actions(found, name, first, last, self._clock.now().date())
        return [code_action(one, document.uri, places) for one in offered]

    async def _formatting(self, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        document = self.desk.documents.get(params.text_document.uri)
        project = self.desk.project_of(document.path) if document is not None else None
        if document is None or project is None or document.path.suffix != ".yaml":
            return []
        places = Places(File(name_in(project, document.path), document.text), self._encoding)
        made = await asyncio.to_thread(lambda: list(changes(places.file)))
        return [types.TextEdit(places.span(start, end), text) for start, end, text in made]


def _path(uri: str) -> Path | None:
    """The file of a URI; None for documents that are no files."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None


def _word(text: str, offset: int) -> tuple[int, int]:
    """The word around a character."""
    start = offset - len(re.search(r"\w*$", text[:offset][-200:])[0])  # type: ignore[index]  # it matches
    end = re.compile(r"\w*").match(text, offset)
    return start, end.end() if end else offset


def serve(env: str | None) -> int:
    """Serves the editor that started this process, on its stdin and stdout; gives the exit code. Whatever
    else writes to stdout from now on writes to stderr: stdout belongs to the protocol."""
    stdin = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    stdout = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return Server(env).run(stdin, stdout)
