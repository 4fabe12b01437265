"""Mutants: what is changed where, and that the change stands in the file as it is reported."""

from __future__ import annotations

import pytest

from playcall.engine.document import Entries, File, read_document
from playcall.engine.rewrite import edited
from playcall.engine.testing.mutants import Mutant, mutants


def made(text: str) -> list[tuple[Mutant, str]]:
    """The mutants of a playbook's file, each with the file that it makes."""
    node = read_document(File("p.yaml", text), [])
    assert isinstance(node, Entries)
    return [(one, edited(text, [one.edit])) for one in mutants(node)]


WHEN = {
    "a == 3": {"a != 3", "a == 4", "a == 2"},
    "a<3": {"a >= 3", "a <= 3", "a<4", "a<2"},
    "a > b": {"a <= b", "a >= b"},
    "a": set(),
    "not a": {"a"},
    "not (a or b)": {"(a or b)", "not (b)", "not (a)"},
    "a and b and c": {"b and c", "a and c", "a and b"},
    "a and (b or c)": {"(b or c)", "a", "a and (c)", "a and (b)"},
    "a is missing": {"a is not missing"},
    "(a is not missing)": {"(a is missing)"},
    "a in [1, 0]": {"a not in [1, 0]", "a in [2, 0]", "a in [0, 0]", "a in [1, 1]"},
    "a between 1 and 9": {
        "a not between 1 and 9",
        "a between 2 and 9",
        "a between 0 and 9",
        "a between 1 and 10",
        "a between 1 and 8",
    },
    "a > 2026-03-01": {"a <= 2026-03-01", "a >= 2026-03-01", "a > 2026-03-02", "a > 2026-02-28"},
    "a == 50 JPY": {"a != 50 JPY", "a == 51 JPY", "a == 49 JPY"},
    "a == 0.25": {"a != 0.25", "a == 0.26", "a == 0.24"},
    "a == 10%": {"a != 10%", "a == 11%", "a == 9%"},
    "was(a, 30d)": {"was(a, 31d)", "was(a, 29d)"},
    "a == true": {"a != true", "a == false"},
    "a == b if c else d": {"a != b if c else d"},
}


@pytest.mark.parametrize(("when", "expected"), WHEN.items(), ids=WHEN)
def test_expressions(when: str, expected: set[str]) -> None:
    text = "plays:\n  p:\n    when: '{}'\n"
    found = {file for _, file in made(text.format(when))}
    assert found == {text.format(one) for one in expected}


def test_places_and_kinds() -> None:
    params = "{lead: 140, by_size: {by: size, big: 3, else: 2}}"
    text = f'playbook: p\nwhere: "a == \\"x\\" and b"\nparams: {params}\n'
    places = {
        (one.location.line, one.location.column, one.kind, one.before, one.after) for one, _ in made(text)
    }
    assert places == {
        (2, 9, "condition dropped", 'a == "x" and b', "true"),
        (2, 9, "condition dropped", 'a == "x" and', ""),
        (2, 19, "condition dropped", "and b", ""),
        (2, 10, "comparison flipped", "==", "!="),
        (3, 16, "constant shifted", "140", "141"),
        (3, 16, "constant shifted", "140", "139"),
        (3, 46, "constant shifted", "3", "4"),
        (3, 46, "constant shifted", "3", "2"),
        (3, 55, "constant shifted", "2", "3"),
        (3, 55, "constant shifted", "2", "1"),
    }


def test_durations_and_conditions_of_plays() -> None:
    keys = ("after: ask + 1d", "grace: 2w", "if: a", "unless: b", "do: [{task: T, until: c, due: 3d}]")
    text = "plays:\n  p:\n" + "".join(f"    {key}\n" for key in keys)
    found = {file for _, file in made(text)}
    changes = [
        ("ask + 1d", "ask + 2d"),
        ("ask + 1d", "ask + 0d"),
        ("2w", "3w"),
        ("2w", "1w"),
        ("if: a", "if: true"),
        ("unless: b", "unless: false"),
        ("until: c", "until: false"),
    ]
    assert found == {text.replace(before, after) for before, after in changes}
