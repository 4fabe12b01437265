"""`plan`: what a run would do, without doing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ...dsl.values import money_text
from ..decide.cases import Judgement
from ..decide.model import Offer, TouchRow
from ..facts.model import stamp
from ..ledger import write
from ..ledger.database import Ledger
from ..playbook.model import Playbook
from ..respond.content import from_content
from ..respond.figures import amount_text, figure
from .deciding import Decision, Scope, decide_all
from .facts import load_facts
from .moments import moment_of
from .renaming import renames
from .running import held_of
from .workspace import Workspace

Renames = Sequence[tuple[str, str, str, str]]  # (old playbook, old play, playbook, play)


@frozen
class Plan:
    """The JSON of `playcall plan`; ``statements`` are the SQL that found it, for `--sql`."""

    decision: Decision
    statements: Sequence[str]

    @property
    def acts(self) -> bool:
        """Whether a run would send something or open a task."""
        return bool(self.decision.commit.touches)

    def to_json(self) -> dict[str, object]:
        return {
            "as_of": stamp(self.decision.moment.now),
            "snapshot": self.decision.snapshot.id,
            "occurrences": occurrences(self.decision),
            "verdicts": self.decision.decided.counts(),
            "held": held_of(self.decision),
        }


def plan(workspace: Workspace, as_of: str | None = None, *, playbook: str | None = None) -> Plan:
    """What a run at that moment would do, over the facts as they are. Raises ``PlaycallError``."""
    playbooks = (workspace.playbook(playbook),) if playbook else workspace.playbooks
    moment = moment_of(as_of, workspace.clock.now(), workspace.project.settings.timezone, playbooks)
    with (
        workspace.ledger_to_read() as ledger,
        load_facts(workspace, moment, keep=False) as base,
        with_history(ledger, playbooks) as connection,
    ):
        scope = Scope(tuple(playbooks), complete=playbook is None)
        decision = decide_all(workspace, base, connection, moment, scope)
        return Plan(decision, base.store.statements())


@contextmanager
def with_history(ledger: Ledger, playbooks: Sequence[Playbook]) -> Iterator[Connection]:
    """The ledger to look at, with the history of renamed plays under their new names."""
    with history_under(ledger, renames(playbooks)) as (connection, _):
        yield connection


@contextmanager
def history_under(ledger: Ledger, names: Renames) -> Iterator[tuple[Connection, Renames]]:
    """The ledger to look at, with histories under other names, and which of these there were."""
    with ledger.trying() if names else ledger.reading() as connection:
        yield connection, write.rename(connection, names)


def occurrences(decision: Decision) -> list[dict[str, object]]:
    """What was decided, as plans show it."""
    touches = decision.decided.touches_of()
    return [
        _occurrence(one, touches.get(one.case.candidate.id, ()), decision)
        for one in decision.decided.judgements
    ]


def _occurrence(judgement: Judgement, touches: Iterable[TouchRow], decision: Decision) -> dict[str, object]:
    candidate = judgement.case.candidate
    return {
        "playbook": candidate.playbook,
        "play": candidate.play,
        "record": candidate.record,
        "key": candidate.key,
        "due": candidate.due.isoformat(),
        "late_days": max(0, (decision.moment.today - candidate.due).days),
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "detail": judgement.detail,
        "actions": [action_json(touch) for touch in touches],
    }


def action_json(touch: TouchRow) -> Mapping[str, object]:
    """One touch as plans show it, with the quotes in it."""
    shown: dict[str, object] = {
        "type": touch.type,
        "to": touch.recipient,
        "template": touch.template or None,
        "send_at": stamp(touch.send_at),
    }
    return shown | ({"quotes": [_quote(one) for one in touch.offers]} if touch.offers else {})


def _quote(offer: Offer) -> Mapping[str, object]:
    quote = from_content(offer.content)
    return {
        "id": offer.id,
        "pricebook": offer.pricebook,
        "record": offer.record,
        "revision": offer.revision,
        "made": offer.revision != offer.based_on,
        "valid_until": offer.valid_until.isoformat() if offer.valid_until else None,
        "quantity": figure(quote.quantity) if quote.quantity is not None else None,
        "lines": [
            {"name": line.name, "amount": amount_text(line.amount, quote.currency), "how": list(line.how)}
            for line in quote.lines
        ],
        "total": money_text(offer.total),
    }
