"""Messages about several records: whom they are about, and how records are left out while they wait."""

from __future__ import annotations

from sqlalchemy import select

from ledgerkit import NOW, occurrence, put, put_mails, touch
from playcall.engine.ledger import groups, tables
from playcall.engine.ledger.database import Ledger

ASK = [("renewal-intent", "ask")]


def test_records_are_left_out_one_after_the_other(ledger: Ledger) -> None:
    put_mails(ledger, 2)  # about one record each
    rows = [occurrence(f"D{number}") for number in range(3)]
    contexts = [{"contract.contract_id": row.record} for row in rows]
    of_all = {"context": {**contexts[0], "records": contexts}, "members": tuple(row.id for row in rows)}
    mail = touch(rows[0], **of_all)
    put(ledger, "r2", occurrences=rows, touches=[mail])
    with ledger.writing() as connection:
        found = groups.others(connection, ASK, due=NOW)
        assert sorted((one.id, one.record) for one in found) == [(mail.id, "D1"), (mail.id, "D2")]
        assert groups.others(connection, ASK, touches=[mail.id]) == found
        assert groups.others(connection, ASK, touches=["another"]) == groups.others(connection, []) == []
    for gone, left, again in ((0, ["D1", "D2"], True), (0, ["D1", "D2"], False), (2, ["D1"], True)):
        with ledger.writing() as connection:
            parts = [(mail.id, rows[gone].id, "left")]
            changed = groups.leave_out(connection, parts, actor="delivery", at=NOW)
            kept = select(tables.touch.c.context).where(tables.touch.c.id == mail.id)
            context = connection.execute(kept).scalar_one()
        said = [one["contract.contract_id"] for one in context["records"]]
        assert (said, context["contract.contract_id"]) == (left, left[0])
        assert changed == ({mail.id} if again else set())
