"""What is said about a mistake in a file: one catalogue of codes, and the shape of one finding."""

from __future__ import annotations

from typing import Literal

from .frozen import frozen
from .source import Edit, Location

Severity = Literal["error", "warning"]

# The catalogue. E1xx/W1xx YAML and shape, 2xx expressions and types, 3xx time and triggers,
# 4xx actions, templates, recipients, 5xx across files. Each has a page docs/errors/CODE.md.
CODES: dict[str, str] = {
    "E101": "not valid YAML, or YAML that playcall does not read",
    "E102": "duplicate key",
    "E103": "anchor, alias, merge key or tag",
    "E104": "a value that YAML reads as another type",
    "E105": "unknown key",
    "E106": "missing key",
    "E107": "wrong shape of a value",
    "E108": "file too large or too deep",
    "E109": "a key whose part is not built yet",
    "E110": "a scalar that YAML cuts short",
    "E111": "literal secret",
    "E112": "silencing comment that cannot be read, or has expired",
    "E113": "feature or version that the declared version does not fit",
    "W103": "silencing comment that silences nothing",
    "W104": "file that is not read",
    "W105": "name that does not follow the project's rule",
    "W106": "deprecated field",
    "E201": "syntax",
    "E202": "unknown name or function",
    "E203": "unknown field",
    "E204": "unknown relation, or a path that is not one",
    "E205": "types that cannot be combined",
    "E206": "enum literal not in the catalogue",
    "E207": "money of two currencies",
    "E208": "condition that is not boolean",
    "E209": "wrong arguments",
    "E210": "history that no snapshot holds",
    "E211": "derived fields that need each other",
    "W201": "constant condition",
    "W202": "nullable field compared without a guard",
    "W203": "repeated condition",
    "W204": "a related record's missing value leaves it out",
    "W205": "question for a missing value of what is never missing",
    "W206": "conditions that exclude each other",
    "W207": "condition that another one implies",
    "W208": "possible division by zero",
    "W209": "pattern where a comparison does",
    "W210": "sub-expression without a name",
    "W211": "figures of two units",
    "W212": "field that is always missing",
    "W213": "field that is always the same",
    "W214": "enum value that is never seen",
    "E301": "trigger",
    "E302": "cron expression",
    "E303": "grace",
    "E304": "countdown that is not a moment",
    "W301": "follow-up after the date itself",
    "W302": "state of a moving figure without `for`",
    "W303": "schedule more frequent than the data",
    "W304": "time that the clock leaves out",
    "W305": "first touch after the notice",
    "W306": "more firings in a run than the limit",
    "W307": "history longer than snapshots are kept",
    "E401": "unknown template",
    "E402": "template cannot be read",
    "E403": "undefined name in a template",
    "E404": "unknown recipient",
    "E405": "unknown channel",
    "E406": "action",
    "E407": "unknown or cyclic `after`",
    "E408": "short form that names an unknown play",
    "E409": "unknown topic",
    "E410": "survey question",
    "E411": "line of a price book",
    "E412": "tiers of a price book",
    "E413": "unknown survey, question or price book",
    "E420": "variants that do not add up",
    "W401": "missing locale variant",
    "W402": "people rule that can come out empty",
    "W403": "repeated message without a limit",
    "W404": "promotional mail without consent rule, or no way to stop it",
    "W405": "people rule that finds nobody",
    "W406": "survey or quote whose page has no address",
    "E501": "duplicate name across files",
    "E502": "unknown entity, source or table",
    "E503": "unknown base playbook, or a cycle of them",
    "E504": "test of what is not there",
    "E505": "test that asserts nothing",
    "W501": "no owner",
    "W502": "no description",
    "W503": "nothing uses it",
    "W504": "two plays reach the same contact on the same day",
    "W505": "playbook that another one covers",
    "W506": "play without a test",
}

# Found only by `lint --facts`, against the last snapshot.
ONLINE = frozenset({"W212", "W213", "W214", "W306", "W405"})


@frozen
class Fix:
    """One mend of a finding: ``title`` says what is done (``write `==` ``), ``edits`` do it. They are all in
    the finding's file, and none overlaps another. ``safe``: the author can have meant nothing else, so that
    it may be done unasked; a guess is for a person to take."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


@frozen
class Diagnostic:
    """One finding. ``message`` says what is wrong, ``help`` what to do about it (or is empty); ``fix`` is
    there where there is exactly one mend, or one guess."""

    location: Location
    code: str
    message: str
    help: str = ""
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        return "warning" if self.code.startswith("W") else "error"


class PlaycallError(Exception):
    """Something that a person must mend; the text says what, where and what next. Never a bug."""


class AbsentError(PlaycallError):
    """What was named is not there."""


class CheckError(PlaycallError):
    """The project's files have errors; carries them."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        first = diagnostics[0]
        more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
        super().__init__(f"{first.location}: {first.code}: {first.message}{more}")
