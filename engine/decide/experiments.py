"""Who is left alone (holdout) and who gets which variant: by a keyed hash of the account, so it stays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from ..playbook.model import Action, Holdout, Play, Variant
from .cases import Case, Judgement, Setting


def holdout(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """The account is of the share that is left alone."""
    return [
        Judgement(case, "holdout")
        for case in cases
        if case.play is not None and case.play.holdout is not None and _held_out(case, case.play, setting)
    ]


def _held_out(case: Case, play: Play, setting: Setting) -> bool:
    assert play.holdout is not None
    return position(_experiment(play, play.holdout, setting), unit(case)) < play.holdout.share


def _experiment(play: Play, holdout: Holdout, setting: Setting) -> str:
    """What the hash is keyed by. Of a playbook it is one for all its plays, and stays over renames."""
    if holdout.of == "play":
        return f"holdout {setting.identity(play.playbook, play.name)}"
    return f"holdout {setting.origins.get(play.playbook, play.playbook)}"


def actions_of(case: Case, setting: Setting) -> tuple[str, Sequence[Action]]:
    """The variant that a case gets ("": there are none), and what the play does then."""
    play = case.play
    if play is None:
        return "", ()
    if not play.variants:
        return "", play.actions
    key = f"variant {setting.identity(play.playbook, play.name)}"
    variant = _chosen(play.variants, position(key, unit(case)))
    return variant.name, variant.actions


def _chosen(variants: Sequence[Variant], at: float) -> Variant:
    total = sum(variant.weight for variant in variants)
    upto = 0
    for variant in variants:
        upto += variant.weight
        if at < upto / total:
            return variant
    return variants[-1]


def unit(case: Case) -> str:
    """What is left alone, or gets a variant, as one: the account, else the record."""
    account = case.facts.account if case.facts else None
    return f"account {account.key}" if account else f"{case.candidate.entity} {case.candidate.record}"


def position(key: str, one: str) -> float:
    """A place in [0, 1) that depends on the key and on what stands there alone, and is spread evenly:
    BLAKE2b keyed by the experiment (RFC 7693), 53 bits of it."""
    digest = hashlib.blake2b(one.encode(), digest_size=8, key=_seed(key)).digest()
    return (int.from_bytes(digest) >> 11) / (1 << 53)


@lru_cache(maxsize=1_000)
def _seed(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
