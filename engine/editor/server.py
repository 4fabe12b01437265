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
from pygls.uris import to_fs_path

from ... import __version__
from ...dsl.source import Location
from ..catalog.project import FILE
from ..document import MAX_BYTES, File
from ..ports import Clock, SystemClock
from .actions import actions
from .completion import complete
from .definition import definition
from .desk import Desk, name_in
from .hover import hover
from .layout import changes
from .places import Places
from .project import OpenProject
from .rounds import DEBOUNCE, Rounds
from .scene import Scene, scene_at
from .shown import code_action, completion

PARENT_EVERY = 2.0  # seconds between looks whether the editor's process is still there
_WATCHED = "**/*.{yaml,md}"
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
        self.rounds = Rounds(self.protocol, self.desk, self._clock, self._say)
        self._said: set[str] = set()
        self._parent: asyncio.Task[None] | None = None
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
        self._parent = asyncio.create_task(self._watch_parent())
        self._watch_files()
        for folder in self.protocol.workspace.folders.values():
            path = _path(folder.uri)
            if path is not None and (path / FILE).is_file():
                self.rounds.soon(self.desk.project_at(path), 0)

    def _shutdown(self, *_: object) -> None:
        self.was_shut_down = True

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

    def _say(
        self, message: str, type_: types.MessageType = types.MessageType.Warning, about: str = ""
    ) -> None:
        """Shows a message: once in a session, or one of those ``about`` the same."""
        if (about or message) not in self._said:
            self._said.add(about or message)
            self.protocol.window_show_message(types.ShowMessageParams(type_, f"playcall: {message}"))

    # ------------------------------------------------------------------------ documents

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        one = params.text_document
        self._put(one.uri, one.text, one.version, 0)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        text = self.protocol.workspace.get_text_document(uri).source
        self._put(uri, text, params.text_document.version, DEBOUNCE)

    def _put(self, uri: str, text: str, version: int | None, delay: float) -> None:
        path = _path(uri)
        if path is None:
            return
        self.desk.put(uri, path, text, version)
        project = self.desk.project_of(path)
        if project is None:
            message = f"no folder above {path} has a {FILE}, so it is in no project and is not checked"
            self._say(message, types.MessageType.Info, about="files outside")
        else:
            self.rounds.soon(project, delay)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._again(params.text_document.uri)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        project = self.desk.remove(params.text_document.uri)
        if project is not None:
            self.rounds.soon(project, 0)

    def _watched(self, params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            self._again(change.uri)

    def _again(self, uri: str) -> None:
        path = _path(uri)
        project = self.desk.project_of(path) if path is not None else None
        if project is not None:
            self.rounds.soon(project)

    # ------------------------------------------------------------------------ questions

    async def _scene(self, params: _Asked) -> tuple[Scene, Places, int] | None:
        """Where the cursor is; None for what is in no project, or in one of which nothing is known."""
        document = self.desk.documents.get(params.text_document.uri)
        project = self.desk.project_of(document.path) if document is not None else None
        if document is None or project is None or len(document.text) > MAX_BYTES:
            return None
        await self.rounds.first(project)
        if project.knowledge is None:
            return None
        name = name_in(project, document.path)
        places = Places(File(name, document.text), self.rounds.encoding)
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
        return types.Location(
            self.rounds.uri(project, place.file), Places(file, self.rounds.encoding).range(place)
        )

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
        places = Places(file, self.rounds.encoding)
        first, last = params.range.start.line + 1, params.range.end.line + 1
        offered = actions(found, name, first, last, self._clock.now().date())
        return [code_action(one, document.uri, places) for one in offered]

    async def _formatting(self, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        document = self.desk.documents.get(params.text_document.uri)
        project = self.desk.project_of(document.path) if document is not None else None
        if document is None or project is None or document.path.suffix != ".yaml":
            return []
        places = Places(File(name_in(project, document.path), document.text), self.rounds.encoding)
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
