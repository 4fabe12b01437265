"""The table that ships is the one that lark makes of the grammar, and running it is what lark does."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Transformer, UnexpectedCharacters, UnexpectedToken
from lark import Token as LarkToken

from playcall.dsl.lalr import END, Parser, Token, UnexpectedError
from playcall.dsl.table import GRAMMAR, TABLE, build, dump, load

SOME = """
    and or not in is if else true false today now params outer between contains starts with matches missing
    where by count a b.c é 12 3.5 10% JPY 90d 2026-04-01 2026-4-1 'x' "y" == != < <= > >= <> = + - * / %
    ( ) [ ] , . inlist 5orders ! 12ab
"""
WORDS = [*SOME.split(), "5 JPY", "starts with", "\u3000", "\n"]
EXPRESSIONS = (
    "a == 1 and b.c in [1, 2]",
    "count(a where b == outer.c) > 3 or x is not missing",
    "( 1 if a not between 2 and 3 else 4 ) + 5 * -6",
    "latest(a.b by c where d) starts with 'x' and not params.e",
    "min(a, b, c) % 2 not in [1] and today - 5d < d",
)


def node(name: str, parts: list[Any]) -> tuple[Any, ...]:
    return (name, *parts)


class OfLark(Transformer[Any, Any]):
    """lark's own tree as tuples."""

    def __default__(self, data: str, children: list[Any], meta: object) -> Any:
        tokens = (
            (one.type, str(one), one.start_pos, one.end_pos) if isinstance(one, LarkToken) else one
            for one in children
        )
        return node(str(data), list(tokens))


class OfTable:
    """A builder with a method for every rule, which gives tuples too."""

    def __getattr__(self, name: str) -> Any:
        return lambda parts: node(
            name, [(p.type, p.text, p.start, p.end) if isinstance(p, Token) else p for p in parts]
        )


LARK = Lark(GRAMMAR.read_text("utf-8"), parser="lalr", lexer="contextual", maybe_placeholders=False)
PARSER = Parser(load(), OfTable())


def by_lark(text: str) -> Any:
    try:
        return OfLark().transform(LARK.parse(text))
    except UnexpectedToken as error:
        if error.token.type == END:
            return len(text), "", frozenset(error.expected)
        return error.token.start_pos, str(error.token), frozenset(error.expected)
    except UnexpectedCharacters as error:
        return error.pos_in_stream, text[error.pos_in_stream], frozenset(error.allowed or ())


def by_table(text: str) -> Any:
    try:
        return PARSER.parse(text)
    except UnexpectedError as error:
        return error.start, error.found, error.expected


def test_the_table_is_of_this_grammar() -> None:
    made = dump(build(GRAMMAR.read_text("utf-8")))
    assert made == TABLE.read_text("utf-8"), "run python -m playcall.dsl.table"


mangled = st.builds(
    lambda words, places: " ".join(
        places.get(index, word) for index, word in enumerate(words) if places.get(index, word)
    ),
    st.sampled_from(EXPRESSIONS).map(str.split),
    st.dictionaries(st.integers(0, 12), st.sampled_from(["", *WORDS]), max_size=3),
)
texts = mangled | st.lists(st.sampled_from(WORDS), max_size=9).flatmap(
    lambda words: st.sampled_from(["", " ", "  "]).map(lambda blank: blank.join(words))
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(texts)
def test_it_reads_and_refuses_what_lark_does(text: str) -> None:
    assert by_table(text) == by_lark(text)
