"""Who is left alone (holdout) and who gets which variant: by a keyed hash of the account, so it stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..playbook.model import Action, Holdout, Play, Variant
from .cases import Case, Docket, Judgement, Setting


def holdout(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """The account is of the share that is left alone."""
    judged: list[Judgement] = []
    positions: dict[str, _Positions] = {}  # by experiment: the plays of a playbook ask for the same
    for docket in dockets:
        declared = docket.play.holdout
        if declared is not None:
            key = _experiment(docket.play, declared, setting)
            at = positions.setdefault(key, _Positions(key))
            judged += [Judgement(case, "holdout") for case in docket.cases if at[unit(case)] < declared.share]
    return judged


class _Positions(dict[str, float]):
    """The places of an experiment's units, each found once."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __missing__(self, one: str) -> float:
        self[one] = found = position(self._key, one)
        return found


def _experiment(play: Play, holdout: Holdout, setting: Setting) -> str:
    """What the hash is keyed by. Of a playbook it is one for all its plays, and stays over renames."""
    if holdout.of == "play":
        return f"holdout {setting.identity(play.playbook, play.name)}"
    return f"holdout {setting.origins.get(play.playbook, play.playbook)}"


def ways(docket: Docket, setting: Setting) -> Iterator[tuple[str, Sequence[Action], list[Case]]]:
    """The variants of a play ("": it has none), what it does in each, and the cases that get it."""
    play = docket.play
    if not play.variants:
        yield "", play.actions, docket.cases
        return
    key = f"variant {setting.identity(*docket.place)}"
    cases: dict[str, list[Case]] = {variant.name: [] for variant in play.variants}
    for case in docket.cases:
        cases[_chosen(play.variants, position(key, unit(case))).name].append(case)
    for variant in play.variants:
        yield variant.name, variant.actions, cases[variant.name]


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
    hashed = _keyed(key).copy()
    hashed.update(one.encode())
    return (int.from_bytes(hashed.digest()) >> 11) / (1 << 53)


@lru_cache(maxsize=1_000)
def _keyed(key: str) -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=8, key=hashlib.sha256(key.encode()).digest())
