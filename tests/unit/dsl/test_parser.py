"""Text → syntax tree: what binds how, where nodes stand, and what is said of slips."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playcall.dsl import syntax as s
from playcall.dsl.diagnostics import Diagnostic
from playcall.dsl.parser import MAX_DEPTH, MAX_LENGTH, parse
from playcall.dsl.source import SourceText
from playcall.dsl.types import Duration, Kind, Money


def read(text: str) -> s.Syntax:
    tree = parse(SourceText.of(text))
    assert not isinstance(tree, Diagnostic), tree
    return tree


LITERALS = [
    ("140", Kind.INT, 140, "140"),
    ("007", Kind.INT, 7, "7"),
    ("0.25", Kind.NUMBER, 0.25, "0.25"),
    ("10%", Kind.NUMBER, 0.1, "10%"),
    ("2.5%", Kind.NUMBER, 0.025, "2.5%"),
    ('"a\\"b\\\\c\\n"', Kind.TEXT, 'a"b\\c\n', '"a\\"b\\\\c\\n"'),
    ("'it\\'s'", Kind.TEXT, "it's", '"it\'s"'),
    ('"更新"', Kind.TEXT, "更新", '"更新"'),
    ("true", Kind.BOOL, True, "true"),
    ("2026-04-01", Kind.DATE, date(2026, 4, 1), "2026-04-01"),
    ("90d", Kind.DURATION, Duration(90, "d"), "90d"),
    ("2w", Kind.DURATION, Duration(2, "w"), "2w"),
    ("3mo", Kind.DURATION, Duration(3, "mo"), "3mo"),
    ("1y", Kind.DURATION, Duration(1, "y"), "1y"),
    ("12h", Kind.DURATION, Duration(12, "h"), "12h"),
    ("30min", Kind.DURATION, Duration(30, "min"), "30min"),
    ("5bd", Kind.DURATION, Duration(5, "bd"), "5bd"),
    ("50000 JPY", Kind.MONEY, Money(Decimal(50000), "JPY"), "50000 JPY"),
    ("12.50   USD", Kind.MONEY, Money(Decimal("12.50"), "USD"), "12.50 USD"),
]


@pytest.mark.parametrize(("text", "kind", "value", "canonical"), LITERALS, ids=[row[0] for row in LITERALS])
def test_literals(text, kind, value, canonical):
    assert read(text) == s.Literal(kind, value, canonical, read(text).span)


# The same tree, once with all its parentheses and once with none.
BINDING = [
    ("a or b and not c == d + e * -f", "a or (b and (not (c == (d + (e * (-f))))))"),
    ("a - b - c", "(a - b) - c"),
    ("a / b * c % d", "((a / b) * c) % d"),
    ("a if b else c if d else e", "a if b else (c if d else e)"),
    ("not a in [b]", "not (a in [b])"),
    ("x between 1 and 2 and y", "(x between 1 and 2) and y"),
    ("x between a + 1 and b * 2", "x between (a + 1) and (b * 2)"),
    ("x not between 1 and 2 or y", "(x not between 1 and 2) or y"),
    ("a is b + 1", "a is (b + 1)"),
    ("a is not missing and b is missing", "(a is not missing) and (b is missing)"),
    ("10 % 3", "(10) % 3"),
    ("a % 10", "a % (10)"),
    ("a or b or c", "a or (b or c)"),
]


@pytest.mark.parametrize(("loose", "bound"), BINDING)
def test_what_binds_how(loose, bound):
    assert read(loose) == read(bound)


def test_words_of_the_language_may_name_fields():
    words = "between contains starts matches missing where by count min with"
    for word in words.split():
        assert read(f"{word} == 1").left == read(word)
    assert read("a is missing") != read("a is (missing)")
    assert read("inlist") == s.Path("", (s.Word("inlist", read("x").span),), read("x").span)
    assert isinstance(parse(SourceText.of("x inlist")), Diagnostic)
    assert isinstance(parse(SourceText.of("5 orders")), Diagnostic)


def test_an_aggregate_has_its_parts():
    call = read("latest(account.tickets.status by opened_on where severity > 2)")
    assert isinstance(call, s.Call)
    assert (call.name.text, str(call.args[0]), str(call.by)) == (
        "latest",
        "account.tickets.status",
        "opened_on",
    )
    assert call.where == read("severity > 2")
    assert read("count()") == s.Call(s.Word("count", call.span), (), None, None, call.span)


def test_every_node_knows_its_place():
    text = '(a + b) * count(tickets where status in ["x", "y"]) == -1 or not  c is missing'
    below = [read(text)]
    seen = set()
    while below:
        node = below.pop()
        seen.add(text[node.span.start : node.span.end])
        below.extend(s.children(node))
    assert seen >= {
        text,
        "(a + b)",
        '(a + b) * count(tickets where status in ["x", "y"])',
        'status in ["x", "y"]',
        '["x", "y"]',
        "-1",
        "not  c is missing",
        "c is missing",
    }


def test_hostile_input_ends_in_a_sentence():
    deep = MAX_DEPTH + 50
    hostile = [
        "(" * deep + "a" + ")" * deep + " + " + "-" * deep + "1",
        "not " * deep + "a",
        "[" * deep + "]" * deep,
        "f(" * deep + "a" + ")" * deep,
        "a if b else " * deep + "c",
        "1 + " * deep + "1",
        "a" * (MAX_LENGTH + 1),
        '"' + "\\" * 9_000,
        "9" * 9_000,
        "9" * 9_000 + "d",
        "0." + "9" * 9_000 + " JPY",
        "((" * 4_000,
    ]
    started = time.perf_counter()
    for text in hostile:
        assert isinstance(parse(SourceText.of(text)), Diagnostic), text[:40]
    assert time.perf_counter() - started < 5


def test_a_long_chain_is_one_level():
    assert len(read(" or ".join(["a"] * 2_000)).parts) == 2_000


@given(st.text(alphabet="ab. 019%\"'\\()[],=<>!&|-+*/\n", max_size=60) | st.text(max_size=40))
def test_any_text_gives_a_tree_or_a_diagnostic(text):
    parse(SourceText.of(text))


def test_three_thousand_expressions_are_read_in_a_moment():
    texts = [
        "days_to_renewal == lead",
        'status == "active" and not auto_renew',
        'count(tickets where status == "open" and severity > 2) > 5',
    ]
    sources = [SourceText.of(f"{text} and n{i} > 0") for i in range(1_000) for text in texts]
    parse(sources[0])
    started = time.process_time()
    for source in sources:
        parse(source)
    assert time.process_time() - started < 1.5


def test_importing_the_parser_loads_no_parser_generator():
    code = "import sys, playcall.dsl.checker; print('lark' in sys.modules, 'duckdb' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


# (what is written, what the fix makes of it)
MENDED = {
    "a = 1": "a == 1",
    "a === 1": "a == 1",
    "a => 1": "a >= 1",
    "a =< 1": "a <= 1",
    "a <> 1": "a != 1",
    "a && b": "a and b",
    "a&&b": "a and b",
    "a||b": "a or b",
    "a AND b": "a and b",
    "NOT a": "not a",
    "a ＝ 1": "a == 1",
    "a ＝＝ 1": "a == 1",
    "a ＞＝ 1": "a >= 1",
    "a <＝ 1": "a <= 1",
    "a\u3000\u3000== 1": "a == 1",
    "a == １４０": "a == 140",
    "a == “x”": 'a == "x"',
    'a == “x"': 'a == "x"',
    "a == 「更新」": 'a == "更新"',
    "a == ‘x’": "a == 'x'",
    "a > 50,000": "a > 50000",
    "a > 5 days": "a > 5d",
    "a > 5 months": "a > 5mo",
    "a > 50 jpy": "a > 50 JPY",
    "a > 50JPY": "a > 50 JPY",
    "a > .5": "a > 0.5",
}


@pytest.mark.parametrize("text", MENDED)
def test_a_slip_with_one_reading_has_a_fix(text: str) -> None:
    found = parse(SourceText.of(text))
    assert isinstance(found, Diagnostic) and found.fix is not None
    mended = text
    for edit in sorted(found.fix.edits, key=lambda edit: edit.location, reverse=True):
        start, end = edit.location.column - 1, edit.location.end_column - 1
        mended = mended[:start] + edit.text + mended[end:]
    assert mended == MENDED[text]
    assert not isinstance(parse(SourceText.of(mended)), Diagnostic)


@pytest.mark.parametrize("text", ["!a", "a & b", "1 < a < 5", "a ? b : c", "a == “x", 'a == “x"y”', "a == …"])
def test_what_can_be_read_in_two_ways_has_none(text: str) -> None:
    found = parse(SourceText.of(text))
    assert isinstance(found, Diagnostic) and found.fix is None
