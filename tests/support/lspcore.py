"""Questions to the editor's core about the cursor's place in a text: the character `|`."""

from __future__ import annotations

from playcall.engine.editor.completion import Completion, complete
from playcall.engine.editor.definition import definition
from playcall.engine.editor.hover import hover
from playcall.engine.editor.project import Knowledge
from playcall.engine.editor.scene import Scene, scene_at

BOOK = "playbooks/example.yaml"


class Asked:
    """What an editor asks about a project. ``name`` is the file that the text is of."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def scene(self, marked: str, name: str = BOOK) -> tuple[Scene, str, int]:
        before, cursor, after = marked.partition("|")
        assert cursor, "where is the cursor?"
        text = before + after
        return scene_at(self.knowledge, name, text, len(before)), text, len(before)

    def complete(self, marked: str, name: str = BOOK) -> Completion:
        scene, text, offset = self.scene(marked, name)
        line = text[text.rfind("\n", 0, offset) + 1 : offset]
        return complete(scene, line, text[offset:].split("\n")[0])

    def labels(self, marked: str, name: str = BOOK) -> list[str]:
        return [item.label for item in self.complete(marked, name).items]

    def hover(self, marked: str, name: str = BOOK) -> str:
        return hover(self.scene(marked, name)[0])

    def places(self, marked: str, name: str = BOOK) -> list[tuple[str, str]]:
        """File and line, as it stands there, of each definition."""
        root, found = self.knowledge.root, definition(self.scene(marked, name)[0])
        lines = [(root / place.file).read_text("utf-8").split("\n")[place.line - 1] for place in found]
        return [(place.file, line.strip()) for place, line in zip(found, lines, strict=True)]
