"""A mail system posts what came back to `playcall serve`."""

from __future__ import annotations

import json

import pytest

from clikit import PROJECT, Company
from postkit import report
from webkit import KEY, URL, serving

TOKEN = "a-secret-of-the-mail-system"
INBOX = f'links: {{url: "{URL}", keys: ["${{LINK_KEY}}"]}}\ninbox: {{token: "${{INBOX_TOKEN}}"}}\n'
PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker, from: csm}]
"""


def test_letters_are_posted_with_the_secret(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_TOKEN", TOKEN)
    monkeypatch.setenv("LINK_KEY", KEY)
    company.write({"playcall.yaml": PROJECT + INBOX})
    company.playbook(PLAYS)
    company.runs("2024-03-01", "2024-03-02")
    letter = report("postfix", company.touches()[0]["message_id"])
    right = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "message/rfc822"}
    unreadable = b"Content-Type: multipart/mixed; boundary=" + b"x;" * 5000 + b"\n\n"
    with serving(company.root) as served:

        def post(body: bytes, headers: dict[str, str]) -> int:
            return served.ask("/inbox", body=body, headers=headers).status

        assert post(letter, {}) == 401
        assert post(letter, {"Authorization": "Bearer wrong"}) == 401
        assert post(letter, {"Authorization": "Bearer "}) == 401
        assert company.touches()[0]["state"] == "sent"
        assert served.ask("/inbox", headers=right).status == 405
        assert post(b"x" * (1024 * 1024 + 1), right) == 413
        assert post(unreadable, right) == 422
        found = served.ask("/inbox", body=letter, headers=right)
        assert (found.status, json.loads(found.body)["results"]) == (200, {"suppressed": 1})
        again = served.ask("/inbox", body=letter, headers=right)
        assert json.loads(again.body)["results"] == {"known": 1}
        codes = [post(letter, {"Authorization": "Bearer wrong"}) for _ in range(40)]
        assert codes[-1] == 429
        assert post(letter, right) == 200
    assert company.touches()[0]["state"] == "failed"
    assert company.json("suppress", "list")["suppressions"][0]["reason"] == "bounce"
