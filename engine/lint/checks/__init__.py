"""The checks: one a file of this folder, each found by being there. What cannot be loaded is found by the
loader.

A check either looks at one playbook at a time, ``check(loaded)`` → findings, or at all of them:
``gather(loaded)`` gives what it needs to know of some, as small values that can be pickled, and
``judge(loaded, gathered)`` finds, from what was gathered of all. ``loaded`` is then the project, whose
diagnostics are all that reading it gave, and whose playbooks may be a portion."""

from importlib import import_module
from pathlib import Path

_MODULES = [
    import_module(f"{__name__}.{path.stem}") for path in sorted(Path(__file__).parent.glob("[!_]*.py"))
]

CHECKS = tuple(module.check for module in _MODULES if hasattr(module, "check"))
ACROSS = tuple(module for module in _MODULES if hasattr(module, "gather"))
