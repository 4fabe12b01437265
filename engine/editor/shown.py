"""Findings, completions and actions as the Language Server Protocol has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from lsprotocol import types

from ...dsl.diagnostics import Diagnostic
from ...dsl.source import Edit
from .actions import Action
from .completion import Completion
from .items import Item, ItemKind
from .places import Places

_KINDS: Mapping[ItemKind, types.CompletionItemKind] = {
    "value": types.CompletionItemKind.EnumMember,
    "field": types.CompletionItemKind.Field,
    "relation": types.CompletionItemKind.Reference,
    "param": types.CompletionItemKind.Variable,
    "function": types.CompletionItemKind.Function,
    "keyword": types.CompletionItemKind.Keyword,
    "operator": types.CompletionItemKind.Operator,
    "key": types.CompletionItemKind.Property,
    "name": types.CompletionItemKind.Constant,
    "template": types.CompletionItemKind.File,
    "play": types.CompletionItemKind.Event,
}
_ORDER: tuple[ItemKind, ...] = (
    "value", "key", "name", "template", "play", "field", "param", "relation", "operator", "function",
    "keyword",
)  # fmt: skip
_PAGES = Path(str(files("playcall"))) / "docs" / "errors"


def diagnostic(found: Diagnostic, places: Places) -> types.Diagnostic:
    """A finding with its help, its code linked to the code's page."""
    is_error = found.severity == "error"
    return types.Diagnostic(
        range=places.range(found.location),
        message=f"{found.message}\n{found.help}" if found.help else found.message,
        severity=types.DiagnosticSeverity.Error if is_error else types.DiagnosticSeverity.Warning,
        code=found.code,
        code_description=_page(found.code),
        source="playcall",
    )


@cache
def _page(code: str) -> types.CodeDescription | None:
    """The page of a code, as it was installed."""
    path = _PAGES / f"{code}.md"
    return types.CodeDescription(path.as_uri()) if path.is_file() else None


def completion(found: Completion, offset: int, places: Places, *, snippets: bool) -> types.CompletionList:
    """The items, each with the change that it makes; ``snippets``: the client knows ``$0``."""
    line, column = places.file.position(offset)
    before = min(found.before, column - 1)
    after = min(found.after, len(places.file.line(line)) - (column - 1))
    range_ = places.span(offset - before, offset + after)
    items = [_item(item, range_, snippets) for item in found.items]
    return types.CompletionList(is_incomplete=False, items=items)


def _item(item: Item, range_: types.Range, snippets: bool) -> types.CompletionItem:
    is_snippet = item.snippet and snippets
    text = item.insert or item.label
    if item.snippet and not is_snippet:
        text = text.partition("$0")[0]
    return types.CompletionItem(
        label=item.label,
        kind=_KINDS[item.kind],
        detail=item.detail or None,
        documentation=item.describe or None,
        sort_text=f"{_ORDER.index(item.kind):02}{item.label}",
        insert_text_format=types.InsertTextFormat.Snippet if is_snippet else types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(range_, text),
    )


def code_action(action: Action, uri: str, places: Places) -> types.CodeAction:
    """An action with its edits, at the places of the text that they were made for."""
    return types.CodeAction(
        title=action.title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(action.finding, places)],
        is_preferred=True if action.mends else None,
        edit=types.WorkspaceEdit(changes={uri: list(_edits(action.edits, places))}),
    )


def _edits(edits: Iterable[Edit], places: Places) -> Iterable[types.TextEdit]:
    return (types.TextEdit(places.range(edit.location), edit.text) for edit in edits)
