"""Every character of a scalar's value is found where it stands in the file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playcall.dsl.diagnostics import Diagnostic
from playcall.dsl.source import Span
from playcall.engine.document import Entries, File, Items, Node, Scalar, read_documents

_PIECES = st.sampled_from(
    [
        "a",
        "b",
        "日本",
        " ",
        "  ",
        "\n",
        "\n\n",
        r"\n",
        r"\u65e5",
        "''",
        "\\\n",
        "\r\n",
        "\t",
        "'",
        r"\"",
        "\u2028",
    ]
)
_HEADS = st.sampled_from(["", "'", '"', "|", ">", "|-", ">-", "|+", ">+", "|2", ">1-"])


def _scalars(node: Node) -> list[Scalar]:
    match node:
        case Scalar():
            return [node]
        case Items():
            return [scalar for item in node.items for scalar in _scalars(item)]
        case Entries():
            return [scalar for key, value in node for scalar in (key, *_scalars(value))]


def _document(head: str, pieces: list[str], tail: str) -> str:
    body = "".join(pieces).replace("\n", "\n  ")
    if head in ("", "'", '"'):
        return f"k: {head}{body}{head}{tail}"
    return f"k: {head}\n  {body}{tail}"


@settings(max_examples=400, deadline=None)
@given(_HEADS, st.lists(_PIECES, max_size=8), st.sampled_from(["", "\n", "\n\n", "\nz: 1\n"]))
def test_decoding_gives_what_yaml_gives_with_one_place_a_character(
    head: str, pieces: list[str], tail: str
) -> None:
    found: list[Diagnostic] = []
    file = File("x.yaml", _document(head, pieces, tail))
    for document in read_documents(file, found):
        for scalar in _scalars(document):
            assert scalar.source.text == scalar.text
            assert len(scalar.source.positions) == len(scalar.text) + 1


CASES = {
    "plain": ("when: count(x) > 3", (1, 13), (1, 14)),
    "single quoted": ("when: 'say ''x'' or x'", (1, 21), (1, 22)),
    "double quoted": (r'when: "\"日\" == x"', (1, 17), (1, 18)),
    "folded": ("when: >-\n  a and\n  x", (3, 3), (3, 4)),
    "literal": ("when: |\n  a\n    x\n", (3, 5), (3, 6)),
    "plain over lines": ("when: a\n  and x", (2, 7), (2, 8)),
    "wide characters": ("when: 更新 == x", (1, 13), (1, 14)),
    "carriage returns": ("a: 1\r\nwhen: >-\r\n  b\r\n  x\r\n", (4, 3), (4, 4)),
    "flow": ("{a: b, when: x}", (1, 14), (1, 15)),
}


@pytest.mark.parametrize(("text", "start", "end"), CASES.values(), ids=CASES)
def test_a_name_is_found_in_its_line_and_column(
    text: str, start: tuple[int, int], end: tuple[int, int]
) -> None:
    found: list[Diagnostic] = []
    (document,) = read_documents(File("x.yaml", text), found)
    assert isinstance(document, Entries)
    scalar = document.values["when"]
    assert isinstance(scalar, Scalar)
    at = scalar.text.rindex("x")
    location = scalar.source.location(Span(at, at + 1))
    assert (location.line, location.column) == start
    assert (location.end_line, location.end_column) == end
    assert not found
