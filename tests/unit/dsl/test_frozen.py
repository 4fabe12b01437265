"""Values declared by ``frozen`` behave as frozen dataclasses do, but for the guard at run time."""

import pickle
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest

from playcall.dsl.frozen import frozen


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    size: float = 1.0
    note: str = field(default="", compare=False)
    secret: str = field(default="", repr=False)


@frozen
class Value:
    name: str
    size: float = 1.0
    note: str = field(default="", compare=False)
    secret: str = field(default="", repr=False)


@frozen
class Single:
    size: float


@frozen(eq=False)
class Node:
    name: str


@frozen(order=True)
class Place:
    line: int
    column: int


@frozen
class Named:
    name: str

    def __repr__(self) -> str:
        return self.name


PAIRS: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "equal": (("a",), ("a",)),
    "another name": (("a",), ("b",)),
    "what is not compared": (("a", 1.0, "x"), ("a", 1.0, "y")),
    "what is not shown": (("a", 1.0, "", "x"), ("a", 1.0, "", "y")),
}


@pytest.mark.parametrize("case", PAIRS)
def test_equality_hash_and_text_are_those_of_a_dataclass(case: str) -> None:
    one, other = PAIRS[case]
    assert (Value(*one) == Value(*other)) == (Plain(*one) == Plain(*other))
    assert hash(Value(*one)) == hash(Plain(*one))
    assert repr(Value(*one)) == repr(Plain(*one)).replace("Plain", "Value")
    assert [each.name for each in fields(Value)] == [each.name for each in fields(Plain)]


def test_values_of_two_kinds_differ_and_identical_fields_are_equal() -> None:
    assert Value("a") != Plain("a")
    number = float("nan")
    assert Single(number) == Single(number)


def test_a_node_is_equal_to_itself_alone() -> None:
    assert Node("a") != Node("a")
    assert len({Node("a"), Node("a")}) == 2


def test_what_is_ordered_is_compared_field_by_field() -> None:
    assert sorted([Place(2, 1), Place(1, 9)]) == [Place(1, 9), Place(2, 1)]
    assert hash(Place(1, 2)) == hash(Place(1, 2))


def test_what_a_class_says_itself_stands() -> None:
    assert repr(Named("x")) == "x"


def test_values_are_copied_pickled_and_have_no_room_for_more() -> None:
    value = Value("a", 2.0)
    assert replace(value, name="b") == Value("b", 2.0)
    assert pickle.loads(pickle.dumps(value)) == value
    assert not hasattr(value, "__dict__")
