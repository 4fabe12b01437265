"""What `playcall fmt` would change in an open document."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from ..document import File
from ..format.layout import LayoutError, laid_out

Change = tuple[int, int, str]


def changes(file: File) -> Iterator[Change]:
    """The runs of lines that get another text: (start, end, text), offsets of the file. None where the file
    has mistakes, which are findings already."""
    try:
        after = laid_out(file)
    except LayoutError:
        return
    old, new = file.text.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    for tag, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield starts[first], starts[last], "".join(new[begin:end])
