"""The canonical layout: golden pairs, what it never loses, that it is its own layout, and what it refuses."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playcall.dsl.diagnostics import Diagnostic
from playcall.engine.comments import comments
from playcall.engine.document import Entries, File, Items, Node, read_document
from playcall.engine.format.layout import LayoutError, laid_out
from playcall.engine.format.order import _ACTION, _PLAY, _PLAYBOOK
from playcall.engine.lint.lint import lint
from playcall.engine.playbook.actions import EMAIL, OPPORTUNITY, PLAN, QUOTE, SURVEY, TASK, WEBHOOK
from playcall.engine.playbook.loader import PLAYBOOK, load
from playcall.engine.playbook.plays import PLAY

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "fmt"
CASES = sorted(GOLDEN.glob("*.in.yaml"))
FOLDERS = ("playbooks", "docs/errors/example", "tests/golden/lint", "tests/golden/fmt")
SHIPPED = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml"))


def lay_out(text: str) -> str:
    return laid_out(File("x.yaml", text))


def said(text: str) -> object:
    """What a file says, whatever its layout: keys and values, with whether they are plain."""
    found: list[Diagnostic] = []
    node = read_document(File("x.yaml", text), found)
    assert not found
    return None if node is None else _plain(node)


def _plain(node: Node) -> object:
    if isinstance(node, Entries):
        return {key.text: _plain(value) for key, value in node}
    return [_plain(item) for item in node.items] if isinstance(node, Items) else (node.text, node.plain)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removesuffix(".in.yaml"))
def test_golden(case: Path) -> None:
    expected = case.with_name(case.name.replace(".in.", ".out."))
    text = lay_out(case.read_bytes().decode())
    if os.environ.get("PLAYCALL_WRITE_GOLDEN") == "1":
        expected.write_bytes(text.encode())
    assert text == expected.read_bytes().decode()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_here_is_laid_out_once_and_says_the_same(path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig")
    mistakes: list[Diagnostic] = []
    read_document(File("x", text), mistakes)
    if mistakes:
        with pytest.raises(LayoutError):
            lay_out(text)
        return
    once = lay_out(text)
    assert lay_out(once) == once
    before, after = File("x", text), File("x", once)
    assert sorted(one.text for one in comments(before)) == sorted(one.text for one in comments(after))


def test_what_ships_is_laid_out() -> None:
    files = [path for path in SHIPPED if path.is_relative_to(ROOT / "playbooks")]
    files += sorted((ROOT / "docs" / "errors" / "example").rglob("*.yaml"))
    for path in files:
        assert lay_out(path.read_text("utf-8")) == path.read_text("utf-8"), f"playcall fmt {path}"


@pytest.mark.parametrize("project", ["playbooks/init", "docs/errors/example", "demo"])
def test_playbooks_keep_their_fingerprints_and_findings(project: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    if project == "demo":
        shutil.copytree(ROOT / "playbooks", folder)
        shutil.move(folder / "plays", folder / "own")
        shutil.rmtree(folder / "init")
        shutil.move(folder / "own", folder / "playbooks")
        shutil.move(folder / "demo" / "playcall.yaml", folder)
    else:
        shutil.copytree(ROOT / project, folder)
    _, _, before = load(folder).checked()
    found = lint(folder, datetime(2026, 11, 22, tzinfo=UTC)).diagnostics
    for path in folder.rglob("*.yaml"):
        text = lay_out(_disturbed(path.read_text("utf-8")))
        path.write_text(text, "utf-8")
    _, _, after = load(folder).checked()
    assert {name: one.fingerprint for name, one in before.items()} == {
        name: one.fingerprint for name, one in after.items()
    }
    assert [one.code for one in lint(folder, datetime(2026, 11, 22, tzinfo=UTC)).diagnostics] == [
        one.code for one in found
    ]


def _disturbed(text: str) -> str:
    """A file in another layout: its parts in reverse order, with blank lines and comments between them."""
    parts: list[str] = []
    for line in text.splitlines(keepends=True):
        if parts and line[:1] in (" ", "-", "#", "\n"):
            parts[-1] += line
        else:
            parts.append(line)
    return "\n\n\n# begin\n\n" + "\n\n# part\n".join(reversed(parts)) + "\n\n\n# end\n"


def test_the_order_knows_every_key_of_the_loader() -> None:
    assert PLAYBOOK.keys <= set(_PLAYBOOK.split())
    assert PLAY.keys <= set(_PLAY.split())
    for shape in (EMAIL, SURVEY, QUOTE, TASK, PLAN, WEBHOOK, OPPORTUNITY):
        assert shape.keys <= set(_ACTION.split())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay(end: str) -> None:
    text = "a:   1\nb: |\n   x\n   y\nc: [1,\n  2]\n".replace("\n", end)
    assert lay_out(text) == "a: 1\nb: |\n  x\n  y\nc: [1, 2]\n".replace("\n", end)


def test_lone_carriage_returns_stay() -> None:
    assert lay_out("a:   1\rb: 2\r") == "a: 1\rb: 2\r"


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "plain text\n"])
def test_what_is_no_mapping_or_list_stays(text: str) -> None:
    assert lay_out(text) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1\n", "E101"),
        ("a: 1\na: 2\n", "E102"),
        ("a: &x 1\nb: *x\n", "E103"),
        ("a: 1\n---\nb: 2\n", "E101"),
        ("? |\n  a\n: b\n", "E101"),
    ],
)
def test_what_cannot_be_read_is_left_alone(text: str, code: str) -> None:
    with pytest.raises(LayoutError) as error:
        lay_out(text)
    assert error.value.diagnostics[0].code == code


# A literal text of any lines, a folded one, quoted ones, keys and comments that try to be something else.
_words = st.text(st.sampled_from("ab #:-'\"\\{}[],&*!|>%@`\t更新\U0001f600?\u3000"), max_size=12)
_texts = st.one_of(_words, st.lists(_words, max_size=4).map("\n".join))
_values = st.recursive(
    _texts,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text("abcdo-_ #", min_size=1, max_size=6), inner, max_size=3),
    ),
    max_leaves=8,
)
_styles = st.sampled_from([None, "'", '"', "|", ">"])
_comments = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), st.booleans()), max_size=5)


@st.composite
def _files(draw: st.DrawFn) -> str:
    """YAML files as other programs write them, with comments and blank lines put between their lines."""
    value = draw(st.dictionaries(st.sampled_from(["plays", "where", "for", "x", "do"]), _values, min_size=1))
    flow, width = draw(st.sampled_from([None, True, False])), draw(st.sampled_from([20, 80, 1000]))
    text = yaml.safe_dump(
        value, default_flow_style=flow, width=width, indent=draw(st.integers(2, 6)), allow_unicode=True,
        default_style=draw(_styles), sort_keys=False,
    )  # fmt: skip
    lines = text.split("\n")
    for at, column, blank in draw(_comments):
        lines.insert(min(at, len(lines)), "" if blank else f"{' ' * column}# c{at}")
    return "\n".join(lines)


@settings(max_examples=400, deadline=None)
@given(_files())
@example("a:\n  - b\n# c\nd: e\n")
@example("a: |+\n  x\n\n\nb: 1\n")
@example('"plays": |2+\n\n...\n\n# c4')
@example("a:\n- b: |2\n      x\n   y\n- - c\n  # d\n  - e\n")
def test_any_file_is_laid_out_once_and_says_the_same(text: str) -> None:
    try:
        before = said(text)
    except AssertionError:
        return
    once = lay_out(text)
    assert said(once) == before
    assert lay_out(once) == once
    assert sorted(one.text for one in comments(File("x", text))) == sorted(
        one.text for one in comments(File("x", once))
    )
