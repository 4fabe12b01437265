"""Where delivery reports, complaints and replies come in: a mailbox folder, a path of `playcall serve`."""

from __future__ import annotations

from ...dsl.frozen import frozen
from ..shape import Fields, read_fields, shape

INBOX = shape("`inbox`", "folder token")


@frozen
class InboxConfig:
    """``inbox`` of playcall.yaml: a Maildir or mbox, from the project's root, and the secret with which a
    mail system posts letters. Empty: there is none."""

    folder: str = ""
    token: str = ""


def read_inbox(fields: Fields) -> InboxConfig:
    """The configured inbox. A token that stands there as text is reported with the other secrets."""
    node = fields.get("inbox")
    inbox = read_fields(node, INBOX, fields.findings) if node is not None else None
    if inbox is None:
        return InboxConfig()
    return InboxConfig(inbox.text("folder") or "", inbox.text("token") or "")
