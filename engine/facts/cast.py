"""From a column as it came to a value of the field's declared type, as DuckDB expressions.

Nothing is guessed: a cell that is not plainly a value of the type gives NULL, and the caller counts it.
Spaces around typed cells carry no meaning and are dropped; ``text`` is kept as it is. Empty is missing.
"""

from __future__ import annotations

from ...dsl.frozen import frozen
from ...dsl.types import TEXTUAL, Kind, Type
from .sql import comma, text

_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_NAIVE = f"{_DATE}[ T]{_TIME}"
_ZONED = rf"{_NAIVE} ?(Z|UTC|[+-]\d{{2}}(:?\d{{2}})?)"
_INT = r"[+-]?\d{1,19}(\.0*)?"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?"
_AMOUNT = r"[+-]?\d{1,30}(\.\d*)?"  # rounded to six places, half away from zero, as the language does
_EMAIL = r"[^@\s]+@[^@\s]+"
_WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
_FLOATS = ("FLOAT", "DOUBLE")
_LARGEST_EXACT = 2**53


@frozen
class Cast:
    """``raw``: the cell as text, NULL where nothing stands; ``value``: NULL too where it does not parse."""

    raw: str
    value: str


def cast(column: str, column_type: str, target: Type, timezone: str) -> Cast:
    """The expressions that read ``column`` (SQL, of DuckDB type ``column_type``) as ``target``. ``timezone``
    (IANA) is that of times which carry none."""
    kind = column_type.upper()
    if kind == "JSON":
        column, kind = f"({column} ->> '$')", "VARCHAR"
    if kind in _FLOATS:
        column = f"(CASE WHEN NOT isnan({column}) THEN {column} END)"
    if kind == "VARCHAR":
        return _from_text(column, target, timezone)
    raw = as_text(column, kind)
    if target.kind in TEXTUAL:
        return Cast(raw, _textual(raw, target))
    return Cast(raw, _from_typed(column, kind, target, timezone))


def as_text(column: str, column_type: str) -> str:
    """A cell as text: whole numbers without a fraction, empty text as NULL."""
    kind = column_type.upper()
    if kind == "JSON":
        return f"nullif({column} ->> '$', '')"
    if kind in _FLOATS:
        whole = f"{column} = trunc({column}) AND abs({column}) < {_LARGEST_EXACT}"
        digits = f"WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR"
        return f"(CASE WHEN isnan({column}) THEN NULL {digits} END)"
    return f"nullif({column}, '')" if kind == "VARCHAR" else f"{column}::VARCHAR"


def _from_text(column: str, target: Type, timezone: str) -> Cast:
    if target.kind is Kind.TEXT:
        raw = f"nullif({column}, '')"
        return Cast(raw, raw)
    raw = f"nullif(trim({column}), '')"
    if target.kind in TEXTUAL:
        return Cast(raw, _textual(raw, target))
    return Cast(raw, _parsed(raw, target, timezone))


def _textual(raw: str, target: Type) -> str:
    if target.kind is Kind.ENUM:
        return f"(CASE WHEN {raw} IN ({comma(map(text, target.values))}) THEN {raw} END)"
    return _where(raw, _EMAIL, raw) if target.kind is Kind.EMAIL else raw


def _where(raw: str, pattern: str, value: str) -> str:
    return f"(CASE WHEN {_is(raw, pattern)} THEN {value} END)"


def _is(raw: str, pattern: str) -> str:
    return f"regexp_full_match({raw}, {text(pattern)})"


def _parsed(raw: str, target: Type, timezone: str) -> str:
    match target.kind:
        case Kind.BOOL:
            lowered = f"lower({raw})"
            yes, no = "('true', '1', 'yes')", "('false', '0', 'no')"
            return f"(CASE WHEN {lowered} IN {yes} THEN true WHEN {lowered} IN {no} THEN false END)"
        case Kind.INT:
            return _where(raw, _INT, rf"TRY_CAST(regexp_replace({raw}, '\.0*$', '') AS BIGINT)")
        case Kind.NUMBER:
            return _where(raw, _NUMBER, _finite(f"TRY_CAST({raw} AS DOUBLE)"))
        case Kind.MONEY:
            return _where(raw, _AMOUNT, f"TRY_CAST({raw} AS DECIMAL(38, 6))")
        case Kind.DATE:
            return _date(raw, timezone)
        case _:
            return _datetime(raw, timezone)


def _finite(number: str) -> str:
    return f"(CASE WHEN isfinite({number}) THEN {number} END)"


def _date(raw: str, timezone: str) -> str:
    """A date; of a time the date in it, of a time with a zone the project's local date."""
    day = f"WHEN {_is(raw, _DATE)} THEN TRY_CAST({raw} AS DATE)"
    naive = f"WHEN {_is(raw, _NAIVE)} THEN TRY_CAST({raw} AS TIMESTAMP)::DATE"
    local = f"WHEN {_is(raw, _ZONED)} THEN ({_aware(raw)} AT TIME ZONE {text(timezone)})::DATE"
    return f"(CASE {day} {naive} {local} END)"


def _datetime(raw: str, timezone: str) -> str:
    naive = _to_utc(f"TRY_CAST({raw} AS TIMESTAMP)", timezone)
    bare = f"WHEN {_is(raw, _DATE)} OR {_is(raw, _NAIVE)} THEN {naive}"
    zoned = f"WHEN {_is(raw, _ZONED)} THEN {_aware(raw)} AT TIME ZONE 'UTC'"
    return f"(CASE {bare} {zoned} END)"


def _aware(raw: str) -> str:
    """A time that carries its zone; ``+0900`` becomes ``+09:00``, which the engine reads."""
    return rf"TRY_CAST(regexp_replace({raw}, '([+-]\d\d)(\d\d)$', '\1:\2') AS TIMESTAMPTZ)"


def _to_utc(naive: str, timezone: str) -> str:
    return f"({naive} AT TIME ZONE {text(timezone)} AT TIME ZONE 'UTC')"


def _from_typed(column: str, kind: str, target: Type, timezone: str) -> str:
    """From a column that has a type already (Parquet): only what keeps the value."""
    if target.kind in (Kind.DATE, Kind.DATETIME):
        return _typed_time(column, kind, target.kind, timezone)
    if target.kind is Kind.BOOL:
        if kind == "BOOLEAN":
            return column
        return (
            f"(CASE {column} WHEN 1 THEN true WHEN 0 THEN false END)" if _is_number(kind) else "NULL::BOOLEAN"
        )
    if not _is_number(kind):
        return f"NULL::{_NUMERIC[target.kind]}"
    number = f"TRY_CAST({column} AS {_NUMERIC[target.kind]})"
    if target.kind is Kind.INT and kind not in _WHOLE:
        return f"(CASE WHEN {column} = trunc({column}) THEN {number} END)"
    return _finite(number) if target.kind is Kind.NUMBER else number


_NUMERIC = {Kind.INT: "BIGINT", Kind.NUMBER: "DOUBLE", Kind.MONEY: "DECIMAL(38, 6)"}


def _is_number(kind: str) -> bool:
    return kind in _WHOLE or kind in _FLOATS or kind.startswith("DECIMAL")


def _typed_time(column: str, kind: str, target: Kind, timezone: str) -> str:
    if kind == "TIMESTAMP WITH TIME ZONE":
        local = f"({column} AT TIME ZONE {text(timezone)})::DATE"
        return local if target is Kind.DATE else f"({column} AT TIME ZONE 'UTC')"
    if kind == "DATE":
        return (
            _in_range(column) if target is Kind.DATE else _to_utc(f"{_in_range(column)}::TIMESTAMP", timezone)
        )
    if kind.startswith("TIMESTAMP"):
        moment = _in_range(f"TRY_CAST({column} AS TIMESTAMP)")
        return f"{moment}::DATE" if target is Kind.DATE else _to_utc(moment, timezone)
    return "NULL::DATE" if target is Kind.DATE else "NULL::TIMESTAMP"


def _in_range(moment: str) -> str:
    """Years 1 to 9999, which every part of the program can hold."""
    return f"(CASE WHEN {moment} BETWEEN '0001-01-01' AND '9999-12-31' THEN {moment} END)"
