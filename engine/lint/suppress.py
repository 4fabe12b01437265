"""Comments that silence one finding: ``# playcall: allow E303 until 2027-01-31 -- reason``.

Inside a play, or on the lines right above it, the comment speaks for that play; elsewhere for its own line
or the next one that is not a comment. Only what a check finds can be silenced: what cannot be loaded cannot
run either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ...dsl.diagnostics import CODES, ONLINE, Diagnostic, Fix
from ...dsl.frozen import frozen
from ...dsl.source import Edit, Location
from ..catalog.model import Project
from ..comments import Comment, comments
from ..document import Entries, File
from ..playbook.loader import Loaded

# Capitals, or a colon that is missing, make no other comment of it.
_COMMENT = re.compile(r"#\s*playcall(?P<colon>:|(?=\s+allow\b))\s*(?P<text>.*)", re.IGNORECASE)
_ALLOW = re.compile(r"allow\s+(?P<code>[EW]\d{3})(?:\s+until\s+(?P<until>\S+))?(?:\s+--\s*(?P<reason>.+))?")


@frozen
class Allowance:
    """One comment: it silences ``code`` in the lines ``first`` to ``last`` of its file."""

    code: str
    until: date | None
    first: int
    last: int
    location: Location
    removal: Fix | None

    def covers(self, found: Diagnostic) -> bool:
        same = found.code == self.code and found.location.file == self.location.file
        return same and self.first <= found.location.line <= self.last


@frozen
class Silence:
    """What decides about comments: the day (those that have expired are findings), whether facts were asked,
    and what could not be loaded, which no comment silences. Where all was, every check saw everything, and a
    comment that silences nothing is a finding."""

    today: date
    online: bool
    unloaded: tuple[Diagnostic, ...]


def day_of(now: datetime, project: Project | None) -> date:
    """The project's date at a moment; that of UTC where there is no project."""
    return now.astimezone(ZoneInfo(project.settings.timezone if project else "UTC")).date()


def apply(
    comments: Iterable[Allowance | Diagnostic], found: Iterable[Diagnostic], silence: Silence
) -> Iterator[Diagnostic]:
    """The findings of checks that no comment silences, and those about the comments themselves. Comments
    about what only facts can tell are judged where these were asked."""
    allowed: list[Allowance] = []
    for one in dict.fromkeys(comments):
        if isinstance(one, Diagnostic):
            yield one
        elif one.until is not None and one.until < silence.today:
            message = f"this comment has silenced {one.code} until {one.until}, which is past"
            help_text = "mend the finding, or move the date"
            yield Diagnostic(one.location, "E112", message, help_text, one.removal)
        else:
            allowed.append(one)
    used: set[Allowance] = set()
    about: dict[tuple[str, str], list[Allowance]] = {}
    for one in allowed:
        about.setdefault((one.location.file, one.code), []).append(one)
    for finding in found:
        beside = about.get((finding.location.file, finding.code), ())
        covering = [one for one in beside if one.covers(finding)]
        used.update(covering)
        if not covering:
            yield finding
    for one in allowed:
        is_asked = silence.online or one.code not in ONLINE
        if one not in used and is_asked and not silence.unloaded:
            message = f"this comment silences nothing: {one.code}"
            yield Diagnostic(one.location, "W103", message, "remove it", one.removal)
        elif any(map(one.covers, silence.unloaded)):
            message = f"{one.code} cannot be silenced here: what cannot be loaded cannot run"
            yield Diagnostic(one.location, "E112", message, "mend it, and remove the comment", one.removal)


def allowances(loaded: Loaded, files: Iterable[File]) -> Iterator[Allowance | Diagnostic]:
    """The comments of files that silence, and what is wrong with those that cannot be read."""
    ranges = play_ranges(loaded)
    for file in files:
        yield from _allowances(file, ranges.get(file.name, ()))


def _allowances(file: File, plays: Iterable[tuple[int, int]]) -> Iterator[Allowance | Diagnostic]:
    if not _COMMENT.search(file.text):
        return
    targets = _targets(re.split("\r\n|\r|\n", file.text))
    for one in comments(file) if file.name.endswith((".yaml", ".yml")) else _front_matter(file):
        match = _COMMENT.fullmatch(one.text)
        if match is None:
            continue
        place = file.location(one.start, one.end)
        read = _read(match["text"] if match["colon"] else "", place)
        if isinstance(read, Diagnostic):
            yield read
        else:
            code, until = read
            yield Allowance(code, until, *_range(targets[place.line - 1], plays), place, _removal(file, one))


def _front_matter(file: File) -> list[Comment]:
    """The comments above a template's text, which is between its first two lines ``---``."""
    head = re.match(r"---[ \t]*(?:\r\n|\n|\r).*?^---", file.text, re.DOTALL | re.MULTILINE)
    return comments(File(file.name, head[0])) if head else []


def _removal(file: File, comment: Comment) -> Fix:
    """Takes a comment away: with its line where it stands alone, else with the blanks before it."""
    line, column = file.position(comment.start)
    if comment.alone:
        place = Location(file.name, line, 1, line + 1, 1)
    else:
        before = file.line(line)[: column - 1]
        place = Location(file.name, line, len(before.rstrip()) + 1, line, column + len(comment.text))
    return Fix("remove the comment", (Edit(place, ""),))


def _read(text: str, place: Location) -> tuple[str, date | None] | Diagnostic:
    match = _ALLOW.fullmatch(text)
    help_text = "write `# playcall: allow CODE until YYYY-MM-DD -- reason`"
    if match is None:
        return Diagnostic(place, "E112", "this comment to playcall cannot be read", help_text)
    if match["code"] not in CODES:
        return Diagnostic(place, "E112", f"there is no code {match['code']}", help_text)
    try:
        return match["code"], date.fromisoformat(match["until"]) if match["until"] else None
    except ValueError:
        return Diagnostic(place, "E112", f"`{match['until']}` is not a date", help_text)


def _targets(lines: list[str]) -> list[int]:
    """For each line the one that a comment in it is about: its own or, where nothing but a comment stands
    there, the next that holds something."""
    targets = [len(lines)] * len(lines)
    for index in range(len(lines) - 1, -1, -1):
        text = lines[index].strip()
        is_last = index == len(lines) - 1
        targets[index] = index + 1 if is_last or (text and not text.startswith("#")) else targets[index + 1]
    return targets


def _range(target: int, plays: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The lines that a comment about a line speaks for."""
    for first, last in plays:
        if first <= target <= last:
            return first, last
    return target, target


def play_ranges(loaded: Loaded) -> Mapping[str, list[tuple[int, int]]]:
    """First and last line of every play, by file: a play ends where the next key begins."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for one in loaded.written.values():
        plays = one.own.values.get("plays")
        if not isinstance(plays, Entries):
            continue
        first = [key.location.line for key in plays.keys.values()]
        after = [
            key.location.line for key in one.own.keys.values() if first and key.location.line > first[-1]
        ]
        ends = [*(line - 1 for line in first[1:]), min(after) - 1 if after else 10**9]
        name = one.name_key.location.file
        ranges[name] = list(zip(first, ends, strict=True)) if first else []
    return ranges
