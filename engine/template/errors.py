"""What can be wrong with a template, or with one message made from it, when it is used."""

from __future__ import annotations

from ...dsl.source import Location


class TemplateError(Exception):
    """A template that cannot be used. ``where``: the place in its file, or the name of a file that lacks."""

    def __init__(self, message: str, where: Location | str) -> None:
        super().__init__(f"{where}: {message}")
        self.message, self.where = message, where


class RenderError(TemplateError):
    """One message that cannot be made from a sound template: a value is missing, too long, or of a kind that
    the template cannot use. The touch fails with this text; other touches are not concerned."""
