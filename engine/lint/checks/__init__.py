"""The checks: one a file, each ``check(loaded)`` → findings. What cannot be loaded is found by the loader."""

from . import (
    constant,
    countdown,
    description,
    follow_up,
    grace,
    guard,
    left_out,
    locales,
    named_plays,
    nullable,
    owner,
    repeated,
    unused,
)

CHECKS = tuple(
    module.check
    for module in (
        constant,
        countdown,
        description,
        follow_up,
        grace,
        guard,
        left_out,
        locales,
        named_plays,
        nullable,
        owner,
        repeated,
        unused,
    )
)
