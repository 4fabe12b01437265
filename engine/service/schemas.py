"""The JSON Schemas that ship: of every JSON output, and of the YAML files that people write."""

from __future__ import annotations

from importlib.resources import files

from ...dsl.diagnostics import PlaycallError

_FOLDER = files("playcall").joinpath("schemas")


def names() -> tuple[str, ...]:
    """The names that ``read_schema`` knows, sorted."""
    return tuple(
        sorted(one.name.removesuffix(".json") for one in _FOLDER.iterdir() if one.name.endswith(".json"))
    )


def read_schema(name: str) -> str:
    """The text of one schema (JSON Schema 2020-12). Raises ``PlaycallError`` for a name that is not one."""
    known = names()
    if name not in known:
        from difflib import get_close_matches

        close = get_close_matches(name, known, 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known)}"
        raise PlaycallError(f"there is no schema `{name}`; {hint}")
    return _FOLDER.joinpath(f"{name}.json").read_text(encoding="utf-8").rstrip("\n")
