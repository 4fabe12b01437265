"""Checks of a project against the facts of its last snapshot (`lint --facts`): one a file, as in ``checks``.
They load the bulk engine, and nothing of plain lint imports them."""

from . import always, firings, found_nobody, never_seen

CHECKS = tuple(module.check for module in (always, firings, found_nobody, never_seen))
