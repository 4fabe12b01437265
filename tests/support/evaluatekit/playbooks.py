"""Playbooks as text, drawn at random: all four kinds of triggers, and all that may stand beside them."""

from __future__ import annotations

import json
from typing import Final

from hypothesis import strategies as st

from .company import CONDITIONS, MOMENTS, SCHEDULES

_GRACES: Final = (None, "1d", "4d", "2bd", "1mo")
_DURATIONS: Final = ("1d", "3d", "2bd", "1w")


@st.composite
def playbooks(draw: st.DrawFn) -> str:
    """A playbook with up to four plays."""
    entity = draw(st.sampled_from(("contract", "contract", "account")))
    head: dict[str, object] = {"playbook": "law", "for": entity, "owner": "cs@acme.test", "topic": "news"}
    for key in ("where", "stop"):
        if draw(st.booleans()):
            head[key] = draw(_conditions(entity))
    plays: dict[str, object] = {}
    for number in range(draw(st.integers(1, 4))):
        plays[f"p{number}"] = draw(_plays(entity, list(plays)))
    return json.dumps({**head, "plays": plays}, ensure_ascii=False, indent=1)


def _conditions(entity: str) -> st.SearchStrategy[str]:
    one = st.sampled_from(CONDITIONS[entity])
    pair = st.tuples(one, st.sampled_from(("and", "or", "and not")), one)
    return one | one.map(lambda text: f"not ({text})") | pair.map(lambda parts: " ".join(map(_closed, parts)))


def _closed(text: str) -> str:
    return text if text in ("and", "or", "and not") else f"({text})"


@st.composite
def _plays(draw: st.DrawFn, entity: str, before: list[str]) -> dict[str, object]:
    kinds = ["moment", "state", "state", "schedule", *(["follow_up"] * 2 if before else [])]
    kind = draw(st.sampled_from(kinds))
    play: dict[str, object] = {}
    if kind == "moment":
        play["when"] = draw(st.sampled_from(MOMENTS[entity])).format(
            n=draw(st.integers(0, 40)), m=draw(st.integers(1, 9))
        )
        if draw(st.booleans()) and entity == "contract":
            play["together"] = "account"
            play["ahead"] = draw(st.sampled_from(("2d", "9d")))
    elif kind == "state":
        play |= draw(_states(entity))
    elif kind == "schedule":
        play["every"] = draw(st.sampled_from(SCHEDULES))
    else:
        play["after"] = f"{draw(st.sampled_from(before))} + {draw(st.sampled_from(_DURATIONS))}"
    grace = draw(st.sampled_from(_GRACES))
    if grace:
        play["grace"] = grace
    for key in ("if", "unless"):
        if draw(st.integers(0, 3)) == 0:
            play[key] = draw(_conditions(entity))
    asks = entity == "contract" and "together" not in play  # a survey is about one record
    play["do"] = draw(st.lists(_actions(entity, asks), min_size=1, max_size=2))
    return play


@st.composite
def _states(draw: st.DrawFn, entity: str) -> dict[str, object]:
    play: dict[str, object] = {"when": draw(_conditions(entity))}
    for key, chosen in (
        ("for", _DURATIONS),
        ("again", _DURATIONS),
        ("once", ("per cycle", "ever")),
    ):
        if draw(st.integers(0, 2)) == 0:
            play[key] = draw(st.sampled_from(chosen))
    if draw(st.integers(0, 2)) == 0:
        play["clear"] = draw(_conditions(entity))
    return play


@st.composite
def _actions(draw: st.DrawFn, entity: str, asks: bool) -> dict[str, object]:
    if draw(st.booleans()):
        task: dict[str, object] = {"task": "See {{ account.name }}"}
        task["assign"] = draw(st.sampled_from(("csm", "desk")))
        if draw(st.booleans()):
            task["until"] = draw(_conditions(entity))
        return task
    template = "contract" if entity == "contract" and draw(st.booleans()) else "note"
    is_survey = asks and draw(st.integers(0, 3)) == 0
    message = {"survey": "intent"} if is_survey else {"email": template}
    return {**message, "to": draw(st.sampled_from(("buyer", "anybody", "everybody", "csm", "desk")))}
