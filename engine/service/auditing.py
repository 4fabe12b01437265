"""`audit verify`: whether the audit trail is what was sealed."""

from __future__ import annotations

from ..ledger.audit import Audit, verify
from .workspace import Workspace


def audit(workspace: Workspace, known_head: str = "") -> Audit:
    """Go along the chain of the ledger's events. ``known_head``: a hash that an earlier verification gave.
    Raises ``LedgerError`` where there is no ledger to read."""
    with workspace.ledger_to_read() as ledger, ledger.reading() as connection:
        return verify(connection, known_head)
