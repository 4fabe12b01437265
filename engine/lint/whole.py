"""A project of which every playbook was looked at, some here and some in other processes."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ...dsl.frozen import frozen
from ..playbook.loader import Loaded


@frozen
class Whole:
    """``loaded``: what all playbooks share, with everything that reading them has found; its own playbooks
    may be a portion. ``reread`` gives those of some files (by name), together."""

    loaded: Loaded
    reread: Callable[[Collection[str]], Loaded]
