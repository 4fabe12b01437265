"""An editor for tests: JSON-RPC over the pipes of a real `playcall lsp`, framed as the protocol says (LSP
3.17)."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

PATIENCE = 30.0  # seconds: far above what an answer takes on a busy machine


@dataclass
class Editor:
    """One session with the server, started for a folder. ``capabilities`` are the client's."""

    root: Path
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    parent: int | None = None
    arguments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        command = [sys.executable, "-c", "from playcall.cli import main; main()", *self.arguments, "lsp"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.root.parent,
        )
        self.seen: list[dict[str, Any]] = []
        self.garbage: list[bytes] = []
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._count = 0
        self._version = 0
        self._versions: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._errors: list[bytes] = []
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._drain)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Editor:
        self.hello = self.request(
            "initialize",
            {
                "processId": self.parent,
                "rootUri": self.root.as_uri(),
                "workspaceFolders": [{"uri": self.root.as_uri(), "name": "project"}],
                "capabilities": self.capabilities,
            },
        )
        self.notify("initialized", {})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None and kind is None:
            self.request("shutdown", None)
            self.notify("exit", None)
        elif self.process.poll() is None:
            self.process.kill()
        self.code = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()

    @property
    def errors(self) -> str:
        """What the server wrote to stderr."""
        return b"".join(self._errors).decode()

    # messages

    def send(self, message: Mapping[str, Any]) -> None:
        self.send_bytes(
            json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode("utf-8", "backslashreplace")
        )

    def send_bytes(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method} if params is None else {"method": method, "params": params})

    def ask(self, method: str, params: Any) -> dict[str, Any]:
        """The whole answer to a request."""
        self._count += 1
        number = self._count
        body = {"id": number, "method": method}
        self.send(body if params is None else {**body, "params": params})
        return self.wait(lambda message: message.get("id") == number and "method" not in message)

    def request(self, method: str, params: Any) -> Any:
        """The result of a request that succeeds."""
        answer = self.ask(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def wait(self, wanted: Callable[[dict[str, Any]], bool], patience: float = PATIENCE) -> dict[str, Any]:
        """The next message of a kind; the others are kept in ``seen``. Requests of the server are
        answered."""
        until = time.monotonic() + patience
        while True:
            message = self._inbox.get(timeout=max(until - time.monotonic(), 0.01))
            assert message is not None, f"the server ended: {self.errors}"
            self.seen.append(message)
            if "method" in message and "id" in message:
                self.send({"id": message["id"], "result": None})
            if wanted(message):
                return message

    def _read(self) -> None:
        pipe = self.process.stdout
        assert pipe is not None
        while header := pipe.readline():
            length = 0
            while header.strip():
                name, colon, value = header.partition(b":")
                if not colon:
                    self.garbage.append(header)
                if name.lower() == b"content-length":
                    length = int(value)
                header = pipe.readline()
            self._inbox.put(json.loads(pipe.read(length)))
        self._inbox.put(None)

    def _drain(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._errors.append(line)

    # documents: versions count through the session, so that each text has one of its own

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str | None = None) -> None:
        """Open a file: as it is on disk, or with another text."""
        body = (self.root / name).read_text("utf-8") if text is None else text
        language = "markdown" if name.endswith(".md") else "yaml"
        document = {"uri": self.uri(name), "languageId": language, "version": self._next(name, body)}
        self.notify("textDocument/didOpen", {"textDocument": {**document, "text": body}})

    def change(self, name: str, text: str) -> int:
        """Type another text; gives its version."""
        document = {"uri": self.uri(name), "version": self._next(name, text)}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
        return self._versions[name]

    def _next(self, name: str, text: str) -> int:
        self._version += 1
        self._versions[name], self._texts[name] = self._version, text
        return self._version

    def close(self, name: str) -> None:
        del self._versions[name]
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(name)}})

    def save(self, name: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": self.uri(name)}})

    def close_all(self) -> None:
        for name in list(self._versions):
            self.close(name)

    def findings(self, name: str) -> list[dict[str, Any]]:
        """The findings for an open file as it is now."""
        version = self._versions[name]

        def wanted(message: dict[str, Any]) -> bool:
            published = message.get("method") == "textDocument/publishDiagnostics"
            return published and message["params"].get("version") == version

        found = next(filter(wanted, self.seen), None) or self.wait(wanted)
        listed: list[dict[str, Any]] = found["params"]["diagnostics"]
        return listed

    def codes(self, name: str, *expected: str) -> None:
        """Waits until the findings published last for a file, open or not, have these codes."""

        def published(message: dict[str, Any]) -> bool:
            is_one = message.get("method") == "textDocument/publishDiagnostics"
            return is_one and message["params"]["uri"] == self.uri(name)

        last = next(filter(published, reversed(self.seen)), None)
        while last is None or tuple(one["code"] for one in last["params"]["diagnostics"]) != expected:
            last = self.wait(published)

    # questions; a place is a piece of the text in which `|` is the cursor

    def at(self, name: str, piece: str) -> dict[str, Any]:
        """The cursor's position, in UTF-16 units."""
        before, _, after = piece.partition("|")
        text = self._texts[name]
        assert text.count(before + after) == 1, f"{piece!r} is {text.count(before + after)} times in {name}"
        offset = text.index(before + after) + len(before)
        line = text.count("\n", 0, offset)
        column = text[text.rfind("\n", 0, offset) + 1 : offset]
        position = {"line": line, "character": len(column.encode("utf-16-le")) // 2}
        return {"textDocument": {"uri": self.uri(name)}, "position": position}

    def hover(self, name: str, piece: str) -> str:
        found = self.request("textDocument/hover", self.at(name, piece))
        return "" if found is None else str(found["contents"]["value"])

    def completions(self, name: str, piece: str) -> list[str]:
        found = self.request("textDocument/completion", self.at(name, piece))
        return [] if found is None else [item["label"] for item in found["items"]]

    def definitions(self, name: str, piece: str) -> list[str]:
        """The places as `FILE:LINE`."""
        found = self.request("textDocument/definition", self.at(name, piece))
        root = self.root.as_uri() + "/"
        return [f"{one['uri'].removeprefix(root)}:{one['range']['start']['line'] + 1}" for one in found]

    def actions(self, name: str, line: int) -> list[dict[str, Any]]:
        """What can be done about a line, counted from 1."""
        place = {"line": line - 1, "character": 0}
        params = {
            "textDocument": {"uri": self.uri(name)},
            "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        }
        listed: list[dict[str, Any]] = self.request("textDocument/codeAction", params)
        return listed

    def messages(self) -> list[str]:
        """The messages that the server has shown so far."""
        return [one["params"]["message"] for one in self.seen if one.get("method") == "window/showMessage"]


def dead_process() -> int:
    """The id of a process that has ended."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def applied(text: str, edits: list[Mapping[str, Any]]) -> str:
    """A text of ASCII with the edits of an action."""
    lines = text.splitlines(keepends=True)

    def offset(place: Mapping[str, int]) -> int:
        return sum(map(len, lines[: place["line"]])) + place["character"]

    for edit in sorted(edits, key=lambda one: offset(one["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text
