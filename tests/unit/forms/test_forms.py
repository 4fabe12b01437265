"""Surveys and price books: what is read, and what is said of mistakes."""

import shutil
from pathlib import Path

import pytest
from formkit import laid

from playcall.dsl.types import Duration
from playcall.engine.forms.pricebook import PercentOf, PerUnit
from playcall.engine.forms.survey import Amount, Choice, Day, FreeText, Number, Scale, Somebody
from playcall.engine.playbook.loader import load

LIBRARY = Path(__file__).parents[3] / "playbooks"
SURVEY = "survey: ask\nfor: contract\n"
BOOK = "pricebook: standard\nfor: contract\ncurrency: JPY\nquantity: quantity\n"
Q = "questions:\n  intent: {ask: Renew?, choice: {'yes': 'Yes', 'no': 'No'}}\n"


def test_a_survey_is_read(tmp_path: Path) -> None:
    text = f"""{SURVEY}open: 140d
title: {{ja: 更新, en: "Renewal of {{{{ product }}}}"}}
{Q}  who: {{if: intent == "no", ask: Who?, person: admin, required: true}}
  a: {{ask: A?, nps: true}}
  b: {{ask: B?, csat: true}}
  c: {{ask: C?, text: {{max: 99}}}}
  d: {{ask: D?, date: {{min: renewal_date}}}}
  e: {{ask: E?, number: {{min: 1, max: quantity * 2}}}}
  f: {{ask: F?, amount: arr}}
"""
    loaded = laid(tmp_path / "p", {"surveys/ask.yaml": text, "playcall.yaml": _project("ja")})
    assert [found.message for found in loaded.diagnostics if "surveys" in found.location.file] == []
    survey = loaded.surveys["ask"]
    assert (survey.entity, survey.open) == ("contract", Duration(140, "d"))
    kinds = [type(question.answering) for question in survey.questions.values()]
    assert kinds == [Choice, Somebody, Scale, Scale, FreeText, Day, Number, Amount]
    assert [question.required for question in survey.questions.values()] == [True, True, *[False] * 6]
    shown = survey.questions["who"].shown
    assert shown is not None
    assert shown.known == ()
    assert [checked.source.text for checked in survey.reads()][-2:] == ["quantity * 2", "arr"]


def _project(locale: str) -> str:
    folder = Path(__file__).parents[3] / "docs" / "errors" / "example" / "playcall.yaml"
    return f"{folder.read_text('utf-8')}locale: {locale}\n"


def test_a_price_book_is_read(tmp_path: Path) -> None:
    shutil.copytree(LIBRARY / "demo", tmp_path / "p")
    for folder in ("catalog", "surveys", "pricebooks"):
        shutil.copytree(LIBRARY / folder, tmp_path / "p" / folder)
    loaded = load(tmp_path / "p")
    assert [str(found) for found in loaded.diagnostics] == []
    book = loaded.pricebooks["standard"]
    assert [type(line.price) for line in book.lines.values()] == [PerUnit, PercentOf]
    assert book.valid_for == Duration(95, "d")
    assert "renewal-intent" in loaded.surveys


SURVEY_MISTAKES = [
    ("", "E106", "a survey needs `questions`"),
    ("questions: {}\n", "E106", "the survey asks nothing"),
    ("questions:\n  a: {ask: A?}\n", "E410", "exactly one kind of answer"),
    ("questions:\n  a: {ask: A?, nps: true, csat: true}\n", "E410", "`a` has nps and csat"),
    ("questions:\n  a: {nps: true}\n", "E106", "a question needs `ask`"),
    ("questions:\n  a: {ask: A?, nps: false}\n", "E107", "`nps: false` says nothing"),
    ("questions:\n  a: {ask: A?, nps: 10}\n", "E107", "`nps` is true or false"),
    ("questions:\n  a: {ask: A?, choice: {'yes': 'Yes'}}\n", "E410", "at least two answers, not 1"),
    ("questions:\n  a: {ask: A?, choice: {'a b': x, c: y}}\n", "E107", "cannot be the name of an answer"),
    ("questions:\n  a: {ask: A?, choice: {a: x, b: no}}\n", "E104", "YAML reads `no` as false"),
    ("questions:\n  status: {ask: A?, nps: true}\n  b: {ask: B?, nps: true, if: status > 6}\n", "", ""),
    ("questions:\n  tickets: {ask: A?, nps: true}\n", "", ""),
    ("questions:\n  today: {ask: A?, nps: true}\n", "E107", "a word of the expression language"),
    ("questions:\n  a: {ask: A?, nps: true, if: auto_renew}\n", "E410", "the first question is always asked"),
    (f"{Q}  b: {{ask: B?, nps: true, if: c > 1}}\n  c: {{ask: C?, nps: true}}\n", "E203", "no field `c`"),
    (f"{Q}  b: {{ask: B?, nps: true, if: intent == 'maybe'}}\n", "E206", 'is never "maybe"'),
    (f"{Q}  b: {{ask: B?, nps: true, if: intent}}\n", "E208", ""),
    (
        f'{Q}  b: {{ask: B?, nps: true, if: "any(account.tickets where status == outer.intent)"}}\n',
        "E209",
        "any() goes over records, and cannot read `intent`",
    ),
    (f"{Q}  b: {{ask: B?, person: nobody}}\n", "E404", "`nobody` is not a recipient"),
    (f"{Q}  b: {{ask: B?, amount: quantity}}\n", "E205", ""),
    (f"{Q}  b: {{ask: B?, date: {{min: quantity}}}}\n", "E205", ""),
    (f"{Q}  b: {{ask: B?, number: {{least: 1}}}}\n", "E105", "bounds has no key `least`"),
    (f"{Q}  b: {{ask: B?, text: {{max: 5000}}}}\n", "E107", "`max` is between 1 and 2000"),
    (f"{Q}  b: {{ask: '', nps: true}}\n", "E106", "`ask` is empty"),
    (f"{Q}  b: {{ask: '{{{{ nothing }}}}', nps: true}}\n", "E203", "no field `nothing`"),
    (f"{Q}  b: {{ask: '{{{{ auto_renew }}}}', nps: true}}\n", "E205", "a text cannot show a bool"),
    (f"{Q}  b: {{ask: 'x {{{{ product', nps: true}}\n", "E201", "`{{` is not closed"),
    (f"{Q}  b: {{ask: {{ja: x}}, nps: true}}\n", "E107", "has no text in `en`"),
    (f"{Q}  b: {{ask: {{en: x, english: y}}, nps: true}}\n", "E107", "`english` is not a language"),
    (f"open: 3h\n{Q}", "E107", "`open` cannot be counted in `h`"),
]


@pytest.mark.parametrize(("body", "code", "message"), SURVEY_MISTAKES)
def test_mistakes_in_surveys(tmp_path: Path, body: str, code: str, message: str) -> None:
    loaded = laid(tmp_path / "p", {"surveys/ask.yaml": SURVEY + body})
    assert [found.code for found in loaded.diagnostics] == ([code] if code else [])
    assert all(message in found.message for found in loaded.diagnostics)


LINES = "lines:\n  a: {flat: 1 JPY}\n"
BOOK_MISTAKES = [
    ("", "E106", "a price book needs `lines`"),
    ("lines: {}\n", "E106", "the price book has no lines"),
    ("lines:\n  a: {once: true}\n", "E411", "exactly one of unit, flat, percent; `a` has none"),
    ("lines:\n  a: {flat: 1 JPY, unit: 1 JPY}\n", "E411", "`a` has unit and flat"),
    ("lines:\n  a: {flat: 1 JPY, tiers: volume}\n", "E411", "`tiers` belongs to lines with `unit`"),
    ("lines:\n  a: {flat: 1 USD}\n", "E207", "`flat` is in USD, and the price book in JPY"),
    ("lines:\n  a: {flat: discount}\n", "E207", "`flat` is in USD"),
    ("lines:\n  a: {flat: 1}\n", "E205", ""),
    ("lines:\n  a: {unit: 1 JPY, quantity: arr}\n", "E205", ""),
    (f"{LINES}  b: {{percent: 20, of: a}}\n", "E411", "a share of 1, and `20` is a whole number"),
    (f"{LINES}  b: {{percent: quantity, of: a}}\n", "E411", "a share of 1, and `quantity` is a whole number"),
    (f"{LINES}  b: {{percent: 20%}}\n", "E411", "a share of nothing"),
    (f"{LINES}  b: {{percent: 20%, of: [a], once: true}}\n", "E411", "charged as they are"),
    (f"{LINES}  b: {{percent: 20%, of: [c]}}\n", "E411", "a share of `c`, which is no line"),
    (f"{LINES}  b: {{percent: 20%, of: [b]}}\n", "E411", "shares of each other, or of one that is: b"),
    (
        f"{LINES}  b: {{percent: 1%, of: [c]}}\n  c: {{percent: 1%, of: [a, b]}}\n",
        "E411",
        "shares of each other, or of one that is: b, c",
    ),
    ("lines:\n  a: {unit: [], tiers: volume}\n", "E412", "there are no tiers"),
    ("lines:\n  a: {unit: [{from: 2, price: 1 JPY}]}\n", "E412", "the first tier begins at 2"),
    ("lines:\n  a: {unit: [{from: 1, to: 0, price: 1 JPY}]}\n", "E412", "ends at 0, before it begins at 1"),
    (
        "lines:\n  a: {unit: [{from: 1, price: 2 JPY}, {from: 9, price: 1 JPY}]}\n",
        "E412",
        "several tiers need `tiers`",
    ),
    (
        "lines:\n  a: {unit: [{from: 1, price: 2 JPY}, {from: 1, price: 1 JPY}], tiers: volume}\n",
        "E412",
        "the tier from 1 overlaps the one from 1",
    ),
    (
        "lines:\n  a: {unit: [{from: 1, to: 9, price: 2 JPY}, {from: 9, price: 1 JPY}], tiers: volume}\n",
        "E412",
        "the tier from 9 overlaps the one from 1",
    ),
    (
        "lines:\n  a: {unit: [{from: 1, to: 9, price: 2 JPY}, {from: 12, price: 1 JPY}], tiers: volume}\n",
        "E412",
        "no tier has a price for 10 to 11",
    ),
    (f"{LINES}adjust: {{x: {{percent: 3%}}}}\n", "E106", "an adjustment needs `reason`"),
    (f"{LINES}adjust: {{x: {{reason: y}}}}\n", "E411", "has `percent` or `amount`, one of them"),
    (f"{LINES}adjust: {{x: {{reason: y, amount: 1 USD}}}}\n", "E207", "`amount` is in USD"),
    (f"{LINES}minimum: 100 USD\n", "E207", "`minimum` is in USD"),
    (f"{LINES}round: 0 JPY\n", "E411", "a fixed amount above zero"),
    (f"{LINES}round: arr\n", "E411", "a fixed amount above zero"),
    (f"{LINES}tax: 10\n", "E411", "`tax` is a share of 1"),
    (f"{LINES}approve: totl > arr\n", "E203", "no field `totl`"),
    (f"{LINES}approve: total > discount\n", "E207", ""),
    (f"{LINES}approve: total\n", "E208", ""),
    (f"{LINES}period: {{from: renewal_date}}\n", "E106", "`period` needs `to`"),
    (f"{LINES}period: {{from: renewal_date, to: quantity}}\n", "E205", ""),
    (f"{LINES}period: {{from: renewal_date, to: renewal_date + 1y, per: 30d}}\n", "E107", "in `d`"),
    (f"{LINES}currency: YEN\n", "E102", ""),
    (f"{LINES}for: order\n", "E102", ""),
]


@pytest.mark.parametrize(("body", "code", "message"), BOOK_MISTAKES)
def test_mistakes_in_price_books(tmp_path: Path, body: str, code: str, message: str) -> None:
    loaded = laid(tmp_path / "p", {"pricebooks/standard.yaml": BOOK + body})
    assert [found.code for found in loaded.diagnostics] == [code]
    assert all(message in found.message for found in loaded.diagnostics)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (f"{BOOK.replace('JPY', 'YEN')}{LINES}", "E107", "an ISO 4217 code such as JPY, not `YEN`"),
        (f"{BOOK.replace('contract', 'order')}{LINES}", "E502", "no entity `order`"),
        (f"{BOOK.replace('contract', 'touch')}{LINES}", "E502", "what playcall writes itself"),
        (f"{BOOK.replace('standard', '1st')}{LINES}", "E107", "cannot be the name of a pricebook"),
        ("pricebook: b\nfor: contract\nlines:\n  a: {unit: 1 JPY}\n", "E106", "and there is no `quantity`"),
    ],
)
def test_mistakes_about_a_whole_price_book(tmp_path: Path, text: str, code: str, message: str) -> None:
    loaded = laid(tmp_path / "p", {"pricebooks/standard.yaml": text})
    assert code in [found.code for found in loaded.diagnostics]
    assert any(message in found.message for found in loaded.diagnostics)


def test_a_name_stands_once(tmp_path: Path) -> None:
    loaded = laid(tmp_path / "p", {"surveys/a.yaml": SURVEY + Q, "surveys/b.yaml": SURVEY + Q})
    (found,) = loaded.diagnostics
    assert (found.code, found.message) == ("E501", "the survey `ask` stands in surveys/a.yaml:1 already")
