"""`playcall serve` as customers meet it: a process of its own on loopback, asked over HTTP."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from urllib.parse import urlencode, urlsplit

KEY = "a-key-of-thirty-two-bytes-or-more"
URL = "https://renew.acme.test"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str
    set_cookies: tuple[str, ...] = ()

    @property
    def nonce(self) -> str:
        found = re.search(r'name="-nonce" value="([^"]+)"', self.body)
        assert found, self.body
        return found[1]


@dataclass(slots=True)
class Served:
    """A server that runs. ``log`` are the lines of its stderr so far."""

    host: str
    port: int
    log: list[str] = field(default_factory=list)

    def ask(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        method: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """One request; with ``fields`` a POST of a form."""
        content = urlencode(fields).encode() if fields is not None else body
        sent = {"Content-Type": FORM, **(headers or {})} if content is not None else dict(headers or {})
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request(method or ("GET" if content is None else "POST"), path, content, sent)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            cookies = tuple(answer.headers.get_all("Set-Cookie") or ())
            return Page(answer.status, named, answer.read().decode(), cookies)
        finally:
            connection.close()


@contextmanager
def serving(root: Path, *options: str) -> Iterator[Served]:
    """`playcall serve` over a project, on a free port."""
    command = [
        str(Path(sys.executable).with_name("playcall")),
        "--project",
        str(root),
        "serve",
        "--port",
        "0",
        *options,
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LINK_KEY": KEY},
    )
    assert process.stdout and process.stderr
    line = process.stdout.readline()
    if not line.startswith("serving "):
        process.kill()
        raise AssertionError(line + process.stderr.read())
    at = urlsplit(line.split()[1])
    served = Served(str(at.hostname), int(at.port or 0))
    errors = process.stderr
    reader = threading.Thread(target=lambda: served.log.extend(errors))
    reader.start()
    try:
        yield served
    finally:
        process.terminate()
        code = process.wait(30)
        reader.join()
        process.stdout.close()
        process.stderr.close()
    assert code == 0, served.log


def link_in(mail: Message) -> str:
    """The path of the link to the survey in a mail."""
    text = mail.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    found = re.search(re.escape(URL) + r"(/s/\S+?)[\s>)]", text)
    assert found, text
    return found[1]


def unsubscribe_in(mail: Message) -> str:
    """The path of the address in List-Unsubscribe."""
    found = re.fullmatch(r"<" + re.escape(URL) + r"(/u/\S+)>", str(mail["List-Unsubscribe"]))
    assert found, mail["List-Unsubscribe"]
    return found[1]


SURVEY = """\
survey: renewal-intent
for: contract
open: 36500d
title: {en: "Renewing {{ account.name }}", ja: "{{ account.name }} 様のご更新"}
questions:
  intent:
    ask: {en: "Do you plan to renew?", ja: "更新をされる予定ですか？"}
    choice:
      "yes": {en: "Yes", ja: "はい"}
      "no": {en: "No", ja: "いいえ"}
      not_me: {en: "Not me", ja: "別の者です"}
    required: true
  who: {if: intent == "not_me", ask: "Who decides?", person: decision_maker}
  seats: {ask: "How many seats?", number: {min: 1}}
"""
LETTER = """\
---
subject: "Your renewal"
---
Dear {{ recipient.name }},

[please tell us]({{ links.answer }})
"""
PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{survey: renewal-intent, to: decision_maker, from: csm, topic: tips}]
remind:
  after: ask + 10d
  unless: answered("renewal-intent")
  do: [{survey: renewal-intent, to: decision_maker, from: csm, topic: tips}]
save:
  when: answer("renewal-intent") == "no"
  do: [{task: "Save {{ account.name }}", assign: csm}]
"""
PROJECT = f"""\
links: {{url: "{URL}", keys: ["${{LINK_KEY}}"]}}
topics: {{tips: {{class: operational}}, news: {{class: promotional}}, contract: {{class: transactional}}}}
"""
BOOK = """\
pricebook: standard
for: contract
title: {en: "Renewal of {{ product }}", ja: "{{ product }} 更新"}
quantity: max(quantity, default(devices, 0))
period: {from: renewal_date, to: renewal_date + 1y}
lines:
  licence: {label: Licences, unit: [{from: 1, price: 4800 JPY}, {from: 100, price: 4200 JPY}], tiers: volume}
adjust: {uplift: {percent: 3%, reason: "Index 2027"}}
round: 1 JPY
tax: 10%
valid_for: 30d
"""
