"""One thing that an editor offers to write."""

from __future__ import annotations

from typing import Literal

from ...dsl.frozen import frozen

ItemKind = Literal[
    "value", "field", "relation", "param", "function", "keyword", "operator", "key", "name", "template",
    "play",
]  # fmt: skip


@frozen
class Item:
    """``insert`` is what is written (empty: the label), with ``$0`` where the cursor comes to stand if
    ``snippet``; ``detail`` stands beside the label, ``describe`` is shown on demand."""

    label: str
    kind: ItemKind
    detail: str = ""
    describe: str = ""
    insert: str = ""
    snippet: bool = False
