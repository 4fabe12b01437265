"""The environment that templates run in: nothing of Python's, and a budget for every message.

Jinja's own sandbox keeps templates from Python's insides but has no limit of time or memory. Here every loop
and output counts against a budget. What ``{{ … }}`` prints does not go into the text: a placeholder does, and
the value is kept beside it, so no value can be read as Markdown, HTML or Jinja.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jinja2 import StrictUndefined, pass_context
from jinja2.lexer import Lexer
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .filters import FILTERS, TESTS, join_texts
from .lexer import OffsetLexer
from .values import ValueTextError, write

MOST_STEPS = 100_000  # elements that all loops of one message may go through
MOST_OUTPUTS = 20_000  # values that one message may print
LONGEST_MESSAGE = 1_000_000  # characters
TOO_LONG = f"makes the message too long (over {LONGEST_MESSAGE:,} characters or {MOST_OUTPUTS:,} values)"

_NONCE = "p" + secrets.token_hex(6)  # lower case: it must survive as part of a host name
PLACEHOLDER = re.compile(rf"{_NONCE}(\d{{5}})x")

STATE = "_state"
_LOOP_FIELDS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})


class _Unknown(StrictUndefined):
    """A name that is not in the context; using it fails with a sentence about the name."""

    @property
    def _undefined_message(self) -> str:
        return f"`{self._undefined_name}` is not known here"


class _Environment(ImmutableSandboxedEnvironment):
    """Attributes are keys of plain mappings, nothing else; arithmetic is for numbers of sane size."""

    intercepted_binops = frozenset({"+", "*", "%"})

    @cached_property
    def lexer(self) -> Lexer:
        """One that knows where in a line a token stands."""
        return OffsetLexer(self)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Undefined):
            return obj  # so that the message names the first unknown name of `a.b.c`
        if isinstance(obj, LoopContext) and attribute in _LOOP_FIELDS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, list | tuple) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else None
        if isinstance(argument, str) and not argument.startswith("_"):
            return self.getattr(obj, argument)
        return self.undefined(obj=obj, name=str(argument))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(one, int | float) and abs(one) < 1e15 for one in (left, right)):
            raise ValueTextError(f"uses `{operator}` on something else than numbers; texts are joined with ~")
        return super().call_binop(context, operator, left, right)


@dataclass(slots=True)
class State:
    """One message in the making: the texts behind its placeholders, and what it has used up."""

    locale: str
    texts: list[str] = field(default_factory=list)
    size: int = 0
    steps: int = 0

    def add(self, text: str) -> str:
        """The placeholder that now stands for the text."""
        self.size += len(text)
        if self.size > LONGEST_MESSAGE or len(self.texts) >= MOST_OUTPUTS:
            raise ValueTextError(TOO_LONG)
        self.texts.append(text)
        return f"{_NONCE}{len(self.texts) - 1:05d}x"


@pass_context
def _emit(context: Context, value: object, source: str) -> str:
    state: State = context.parent[STATE]
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    try:
        return state.add(write(value, state.locale))
    except ValueTextError as error:
        error.subject = error.subject or source
        raise


@pass_context
def _each(context: Context, value: object) -> object:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    if not isinstance(value, list | tuple):
        raise ValueTextError("loops over something else than a list")
    state: State = context.parent[STATE]
    state.steps += len(value)
    if state.steps > MOST_STEPS:
        raise ValueTextError(f"loops more than {MOST_STEPS:,} times")
    return value


def _make_environment() -> _Environment:
    environment = _Environment(
        undefined=_Unknown,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
        extensions=[],
    )
    environment.globals.clear()
    environment.tests = dict(TESTS)
    environment.filters = {**FILTERS, "_emit": _emit, "_each": _each, "_concat": join_texts}
    return environment


ENVIRONMENT = _make_environment()
