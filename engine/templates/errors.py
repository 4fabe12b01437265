"""What can be wrong with a template or with one message made from it."""

from __future__ import annotations


class TemplateError(Exception):
    """A template that cannot be used. ``file`` is relative to the project; ``line`` counts from 1, None
    where the whole file is meant."""

    def __init__(self, message: str, file: str, line: int | None = None) -> None:
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")
        self.message, self.file, self.line = message, file, line


class RenderError(TemplateError):
    """One message that cannot be made from a sound template: a value is missing, too long, or of a kind that
    the template cannot use. The touch fails with this text; other touches are not concerned."""
