"""Secrets that stand in a file as literal text: passwords in URLs, keys in their issuers' own forms, and what
stands under a key that is named like one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...dsl.source import Location
from ..document import Entries, Items, Node, Scalar
from ..shape import Findings

HELP: Final = "write ${NAME} in its place and set that variable where playcall runs"
_KEY = re.compile(
    r"(^|[_-])(password|passwd|passphrase|pwd|secret|token|authorization|api[_-]?key|access[_-]?key|private[_-]?key)$",
    re.IGNORECASE,
)
_URL = re.compile(r"(?<=\w)://[^\s/:@]*:(?P<password>[^\s/@]+)@")
# The published forms of keys, as their issuers' own scanners look for them: what it is, a part that each has
# (looked for first, because most files have none), the form. A form begins where no word goes on, so that a
# long word is gone through once.
_ISSUED: Final = tuple(
    (what, part, re.compile(rf"(?<!\w){form}"))
    for what, part, form in (
        ("a private key", "-----BEGIN ", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
        ("an AWS access key", "AKIA", r"AKIA[0-9A-Z]{16}\b"),
        ("an AWS access key", "ASIA", r"ASIA[0-9A-Z]{16}\b"),
        ("a GitHub token", "gh", r"gh[pousr]_[0-9A-Za-z]{36,}\b"),
        ("a GitLab token", "glpat-", r"glpat-[\w-]{20,}"),
        ("an Anthropic key", "sk-ant-", r"sk-ant-[\w-]{20,}"),
        ("an OpenAI key", "sk-proj-", r"sk-proj-[\w-]{20,}"),
        ("a Slack token", "xox", r"xox[abposr]-[0-9A-Za-z-]{10,}"),
        ("a Stripe key", "k_live_", r"[sr]k_live_[0-9A-Za-z]{16,}\b"),
        ("a SendGrid key", "SG.", r"SG\.[\w-]{16,}\.[\w-]{16,}"),
        ("a Google API key", "AIza", r"AIza[\w-]{35}\b"),
        ("a signed token", "eyJ", r"(?<!-)eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    )
)


def secrets_in(text: str) -> Iterator[tuple[int, int, str]]:
    """The secrets that a text gives away: where each begins and ends, and what it is."""
    for match in _URL.finditer(text):
        if "${" not in match["password"] and "{{" not in match["password"]:
            yield *match.span("password"), "a password"
    for what, part, pattern in _ISSUED:
        for match in pattern.finditer(text) if part in text else ():
            yield *match.span(), what


def check_secrets(node: Node, findings: Findings) -> None:
    """E111 for every secret below a node of playcall.yaml."""
    for name, value in node.values.items() if isinstance(node, Entries) else ():
        if isinstance(value, Scalar):
            _check_text(name, value, findings)
        else:
            check_secrets(value, findings)
    for item in node.items if isinstance(node, Items) else ():
        if isinstance(item, Scalar):
            _check_text("", item, findings)
        else:
            check_secrets(item, findings)


def _check_text(name: str, value: Scalar, findings: Findings) -> None:
    is_named = bool(value.text and _KEY.search(name) and "${" not in value.text)
    found = next(secrets_in(value.text), None)
    if is_named or found:
        what = found[2] if found else "a secret"
        _report(f"`{name}`" if name else "the list", what, value.location, findings)


def _report(where: str, what: str, location: Location, findings: Findings) -> None:
    findings.add("E111", location, f"{where} holds {what} as literal text", HELP)
