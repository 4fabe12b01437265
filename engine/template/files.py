"""Which templates a project has, in which languages, and which of them a reader gets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

from ..files import Files

FOLDER = "templates"
# The messages of actions that have no template of their own.
OWN_SURVEY = "playcall/survey"
OWN_SURVEYS = "playcall/surveys"  # about several records together
OWN_QUOTE = "playcall/quote"
OWN_QUOTES = "playcall/quotes"
OWN_LETTER = "playcall/letter"  # what somebody has written themselves
OWN_ACCEPTED = "playcall/accepted"  # to who has accepted a quote
OWN_DIGEST = "playcall/digest"  # to who has tasks, once a day
_OWN_FOLDER = Path(__file__).with_name("own")

_FILE_NAME = re.compile(r"(?P<name>.+?)(?:\.(?P<locale>[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*))?\.md", re.ASCII)


def find_files(files: Files) -> dict[str, dict[str, Path]]:
    """Name → locale ("" for the file without one) → file, of every template below the project's templates/.

    ``renewal/ask.ja.md`` is the variant ``ja`` of ``renewal/ask``."""
    return _by_name(files.root / FOLDER, files.below(FOLDER, "*.md"))


@cache
def own_files() -> Mapping[str, Mapping[str, Path]]:
    """The templates that playcall brings along, in Japanese and English; readers of any other language get
    the English one."""
    found = _by_name(_OWN_FOLDER, sorted(_OWN_FOLDER.rglob("*.md")))
    return {name: {**locales, "": locales["en"]} for name, locales in found.items()}


def _by_name(folder: Path, paths: Iterable[Path]) -> dict[str, dict[str, Path]]:
    found: dict[str, dict[str, Path]] = {}
    for path in paths:
        match = _FILE_NAME.fullmatch(path.name)
        if match is not None:
            name = (path.relative_to(folder).parent / match["name"]).as_posix()
            found.setdefault(name, {}).setdefault(normal(match["locale"] or ""), path)
    return found


def choose(locales: Collection[str], reader: str, default: str) -> str | None:
    """The variant for a reader: their locale (``ja-JP``), its language (``ja``), the project's locale, that
    one's language, the file without a locale; None if there is none of these."""
    wanted = (normal(reader), language(reader), normal(default), language(default), "")
    return next((locale for locale in wanted if locale in locales), None)


def normal(locale: str) -> str:
    """``ja_jp`` as ``ja-JP``; anything else than a two-letter territory is capitalised."""
    first, *rest = locale.replace("_", "-").split("-")
    return "-".join((first.lower(), *(part.upper() if len(part) == 2 else part.title() for part in rest)))


def language(locale: str) -> str:
    """``ja`` of ``ja-JP``."""
    return normal(locale).partition("-")[0]
