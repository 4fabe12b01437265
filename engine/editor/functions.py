"""What the functions and words of the language mean, for people: signature and one sentence each."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.functions import Pattern, overloads
from ...dsl.types import Kind, Type

# Functions of the table in ``dsl/functions.py``: name → (what its arguments are, meaning). What it gives is
# said there.
_OF_TABLE: Mapping[str, tuple[str, str]] = {
    "days_until": ("date", "Days from today to the date; negative when past."),
    "days_since": ("date", "Days from the date to today; negative when ahead."),
    "business_days_until": (
        "date",
        "Business days after today up to and with the date, by the project's holidays.",
    ),
    "months_until": ("date", "The most whole months n with today + n months ≤ date."),
    "add_business_days": (
        "date, n",
        "The n-th business day strictly after the date; before it, where n is negative.",
    ),
    "date": ("year, month, day", "The date of three numbers; missing where there is none such."),
    "fiscal_year_end": ("date", "The last day of the date's fiscal year."),
    "fiscal_quarter": ("date", "1 to 4, counted from the fiscal year's first day."),
    "year": ("date", "The calendar year."),
    "month": ("date", "1 to 12."),
    "quarter": ("date", "1 to 4, of the calendar year."),
    "weekday": ("date", "1 is Monday, 7 is Sunday (ISO 8601)."),
    "default": ("x, value", "x, or the value where x is missing."),
    "convert": ('money, "JPY"', "The amount in another currency, by the project's `rates`."),
    "abs": ("x", "The amount without its sign."),
    "round": ("x", "The nearest whole number, half away from zero; of money, whole units."),
    "floor": ("x", "The next whole number down; of money, whole units."),
    "ceil": ("x", "The next whole number up; of money, whole units."),
    "lower": ("text", "In lower case, one character to one."),
    "upper": ("text", "In upper case, one character to one."),
    "trim": ("text", "Without the spaces at both ends."),
    "length": ("text", "How many characters (code points) it has."),
    "concat": ("a, b, …", "Texts, whole numbers and dates, one after the other."),
}  # fmt: skip

# Aggregates, and forms that are spelled out to others: name → (signature, meaning).
_OTHERS: Mapping[str, tuple[str, str]] = {
    "min": ("min(a, b, …)  or  min(R.f where E)", "The least; of no related records, missing."),
    "max": ("max(a, b, …)  or  max(R.f where E)", "The greatest; of no related records, missing."),
    "count": ("count(R where E) → int", "How many related records fulfil the condition; 0 of none."),
    "sum": ("sum(R.f where E)", "The sum over related records; 0 of none; missing values are skipped."),
    "avg": ("avg(R.f where E) → number", "The mean over related records; missing if there are none."),
    "any": ("any(R where E) → bool", "Whether some related record fulfils the condition; false of none."),
    "all": ("all(R where E) → bool", "Whether every related record fulfils the condition; true of none."),
    "none": ("none(R where E) → bool", "Whether no related record fulfils the condition; true of none."),
    "latest": (
        "latest(R.f by g where E)",
        "The value of the related record with the greatest g; missing if there are none.",
    ),
    "fired": ('fired("play") → bool', "Whether the play has acted for this record in its present cycle."),
    "days_since_fired": ('days_since_fired("play") → int', "Days since the play last acted in this cycle."),
    "touched_within": ("touched_within(30d) → bool", "Whether a message went out about this record lately."),
    "open_task": ('open_task("play") → bool', "Whether a task of the play is open or snoozed."),
    "task_state": ('task_state("play") → text', 'The state of the play\'s last task, or "none".'),
    "was": ("was(x, 30d)", "What the value was so long ago, by the kept snapshots."),
    "change": ("change(x, 30d)", "By how much the value has changed since then."),
    "changed": ("changed(x, 30d) → bool", "Whether the value has changed since then."),
    "days_in_state": ("days_in_state(E) → int", "For how many days the condition has held."),
    "answered": ('answered("survey") → bool', "Whether the survey was answered in this cycle."),
    "answer": ('answer("survey", "question")', "The answer to the survey's first, or the named, question."),
    "quote_status": ("quote_status() → text", 'Where the quote of this cycle stands, or "none".'),
}  # fmt: skip

_MOST_KINDS = 3  # of results that are worth a word: what a choice gives is anything


def _gives(name: str) -> str:
    """`` → int``: the kinds that the overloads of a function give; nothing for too many."""
    types = [overload.result(list(map(_example, overload.patterns))) for overload in overloads(name)]
    kinds = list(dict.fromkeys(_word(type_) for type_ in types if type_ is not None))
    return f" → {' or '.join(kinds)}" if len(kinds) <= _MOST_KINDS else ""


def _example(pattern: Pattern) -> Type:
    kind = min(pattern.kinds, key=list(Kind).index)
    return Type(kind, values=("JPY",) if kind is Kind.TEXT else (), currency="JPY")


def _word(type_: Type) -> str:
    return "countdown" if type_.countdown else type_.kind.value


# name → (signature, meaning)
FUNCTIONS: Mapping[str, tuple[str, str]] = {
    **{name: (f"{name}({args}){_gives(name)}", meaning) for name, (args, meaning) in _OF_TABLE.items()},
    **_OTHERS,
}

WORDS: Mapping[str, str] = {
    "today": "The project's local date.",
    "now": "The moment of the run.",
    "true": "The truth value.",
    "false": "The truth value.",
    "and": "Both hold. False and unknown is false; true and unknown is unknown.",
    "or": "One holds. True or unknown is true; false or unknown is unknown.",
    "not": "The contrary; of unknown, unknown.",
    "in": 'Is one of a list: `status in ["active", "renewed"]`.',
    "is": "Equality that is never unknown: `x is 1`, `x is missing`.",
    "if": "`A if CONDITION else B`; unknown where the condition is.",
    "else": "`A if CONDITION else B`.",
    "between": "`x between A and B`, both inclusive.",
    "contains": "Whether a text has another in it; case counts.",
    "matches": "Whether a regular expression (RE2) is found in the text.",
    "missing": "`x is missing`: there is no value.",
    "outer": "The record that the aggregate stands in: `outer.installed_release`.",
    "params": "The playbook's params: `params.lead`.",
    "where": "Which of the related records count; bare names are theirs.",
    "by": "What orders the related records.",
}

OPERATORS = (
    "and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "between", "contains", "not contains",
    "starts with", "matches", "is missing", "is not missing", "is", "if",
)  # fmt: skip
