"""A small catalogue that expressions of these tests are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from playcall.dsl.checker import ANYTHING, check
from playcall.dsl.diagnostics import Diagnostic
from playcall.dsl.scope import Scope
from playcall.dsl.source import SourceText
from playcall.dsl.typed import Checked
from playcall.dsl.types import EntityType, FieldType, Kind, Schema, Settings, ToMany, ToOne, Type

_TEXT, _DATE, _INT, _BOOL = Type(Kind.TEXT), Type(Kind.DATE), Type(Kind.INT), Type(Kind.BOOL)
_STATUS = Type(Kind.ENUM, values=("active", "cancelled", "lapsed", "renewed"))
_STATES = Type(Kind.ENUM, values=("open", "snoozed", "done", "cleared", "cancelled"))
_DAYS = Type(Kind.INT, countdown="days")


def _entity(
    name: str, key: tuple[str, ...], fields: dict[str, Type], *steps: ToOne | ToMany, derived: str = ""
) -> EntityType:
    return EntityType(
        name,
        key,
        {
            field: FieldType(
                field, type_, field in derived.split(), currency_by="currency" if field == "arr" else None
            )
            for field, type_ in fields.items()
        },
        {step.name: step for step in steps if isinstance(step, ToOne)},
        {step.name: step for step in steps if isinstance(step, ToMany)},
    )


def _ledger(name: str) -> tuple[ToMany, ...]:
    match, fixed = (("_key", "record"),), (("entity", name),)
    many = {"touches": "touch", "tasks": "task", "answers": "answer", "quotes": "quote"}
    return tuple(ToMany(relation, entity, match, fixed) for relation, entity in many.items())


_LEDGER = {"id": _TEXT, "playbook": _TEXT, "play": _TEXT, "record": _TEXT, "cycle": _TEXT.optional()}

SCHEMA = Schema(
    {
        "account": _entity(
            "account",
            ("account_id",),
            {
                "account_id": _TEXT,
                "name": _TEXT,
                "segment": Type(Kind.ENUM, values=("enterprise", "mid", "smb")),
                "csm": Type(Kind.USER),
                "nps": _INT.optional(),
                "health": Type(Kind.NUMBER, nullable=True),
                "health.band": Type(Kind.TEXT, nullable=True, values=("green", "yellow", "red")),
                "next_renewal": _DAYS.optional(),
            },
            ToOne("parent", "account", ("parent_id",)),
            ToOne("csm", "user", ("csm",)),
            ToMany("contracts", "contract", (("account_id", "account_id"),)),
            ToMany("tickets", "ticket", (("account_id", "account_id"),)),
            *_ledger("account"),
            derived="health health.band next_renewal",
        ),
        "contract": _entity(
            "contract",
            ("contract_id",),
            {
                "contract_id": _TEXT,
                "account_id": _TEXT,
                "product": _TEXT,
                "status": _STATUS,
                "term_start": _DATE,
                "renewal_date": _DATE,
                "auto_renew": _BOOL,
                "notice_days": _INT.optional(),
                "quantity": _INT,
                "currency": _TEXT,
                "arr": Type(Kind.MONEY),
                "fee": Type(Kind.MONEY, currency="JPY"),
                "price": Type(Kind.MONEY, currency="USD"),
                "weight": Type(Kind.NUMBER),
                "installed_release": _INT.optional(),
                "seen_at": Type(Kind.DATETIME, nullable=True),
                "days_to_renewal": _DAYS,
                "days_to_notice": _DAYS.optional(),
                "broken": Type(Kind.ERROR),
            },
            ToOne("account", "account", ("account_id",)),
            *_ledger("contract"),
            derived="days_to_renewal days_to_notice broken",
        ),
        "ticket": _entity(
            "ticket",
            ("ticket_id",),
            {
                "ticket_id": _TEXT,
                "account_id": _TEXT,
                "status": _TEXT,
                "severity": _INT.optional(),
                "opened_on": _DATE,
            },
            ToOne("account", "account", ("account_id",)),
        ),
        "release": _entity(
            "release",
            ("product", "number"),
            {"product": _TEXT, "number": _INT, "generally_available": _DATE},
        ),
        "user": _entity("user", ("id",), {"id": _TEXT, "manager": Type(Kind.USER), "team": _TEXT}),
        "touch": _entity(
            "touch",
            ("id",),
            {**_LEDGER, "type": _TEXT, "state": _TEXT, "sent_on": _DATE.optional(), "fired_on": _DATE},
        ),
        "task": _entity("task", ("id",), {**_LEDGER, "state": _STATES, "opened_on": _DATE}),
        "answer": _entity(
            "answer",
            ("id",),
            {
                "id": _TEXT,
                "record": _TEXT,
                "cycle": _TEXT.optional(),
                "survey": _TEXT,
                "question": _TEXT,
                "first": Type(Kind.BOOL),
                "value": _TEXT,
                "answered_at": Type(Kind.DATETIME),
            },
        ),
        "quote": _entity(
            "quote",
            ("id",),
            {
                "id": _TEXT,
                "record": _TEXT,
                "cycle": _TEXT.optional(),
                "state": Type(Kind.ENUM, values=("draft", "sent", "accepted")),
                "made_at": Type(Kind.DATETIME),
            },
        ),
    },
    {"releases": ToMany("releases", "release")},
)

Check = Callable[..., tuple[Checked | None, list[Diagnostic]]]


@pytest.fixture
def scope() -> Scope:
    """About a contract, in the playbook ``renewal-intent`` with params of each sort."""
    bare = Scope(SCHEMA, "contract", Settings(timezone="Asia/Tokyo", currency="JPY", holidays="JP"))
    texts = {
        "lead": "140",
        "leads": "[90, 45, 7]",
        "threshold": '"mdm" if quantity > 10 else "connect"',
        "own": "installed_release",
        "window": "30d",
        "many": "count(account.tickets)",
    }
    params = {}
    for name, text in texts.items():
        checked = check(SourceText.of(text), bare, [], ANYTHING)
        assert checked is not None
        params[name] = checked
    cycle = check(SourceText.of("term_start"), bare, [])
    return replace(bare, params=params, playbook="renewal-intent", cycle=cycle)


@pytest.fixture
def checked(scope: Scope) -> Check:
    """Check a text: the result and every diagnostic. Keyword arguments change the scope."""

    def run(
        text: str, want: frozenset[Kind] = ANYTHING, **changes: object
    ) -> tuple[Checked | None, list[Diagnostic]]:
        found: list[Diagnostic] = []
        result = check(SourceText.of(text), replace(scope, **changes), found, want)  # type: ignore[arg-type]
        return result, found

    return run
