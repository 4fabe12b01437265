"""Messages a second in one process: template to bytes, beside what the standard library needs for the bytes.

Run it with ``python bench/messages.py [COUNT]``.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path

from playcall.dsl.types import Money
from playcall.engine.deliver.context import decode, encode
from playcall.engine.deliver.message import Address, Mail, compose
from playcall.engine.deliver.mime import build
from playcall.engine.deliver.render import render
from playcall.engine.files import Files
from playcall.engine.template.library import TemplateLibrary
from playcall.engine.template.template import Template

TEMPLATE = """---
subject: "【{{ account.name }}】ご契約更新のご案内 (Renewal {{ contract.renewal_date }})"
---
{{ account.name }}
{{ recipient.name }} 様

いつもお世話になっております。{{ sender.name }}です。
**{{ contract.product }}** のご契約は {{ contract.renewal_date }} に更新日を迎えます。

| 製品 | 数量 | 年額 |
|---|--:|--:|
| {{ contract.product }} | {{ contract.quantity | number }} | {{ contract.arr }} |

{% if contract.notice_days is not missing %}
- 通知期限は更新日の {{ contract.notice_days }} 日前です。
{% endif %}
- ご不明な点は [{{ sender.name }}](mailto:{{ sender.email }}) までお知らせください。

[更新のご予定を回答する]({{ links.answer }})
"""
SENDER = Address("kato@acme.example", "加藤 由衣")
DATE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def main(count: int) -> None:
    """Prints a table of steps with messages a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "templates" / "renewal.ja.md"
        path.parent.mkdir()
        path.write_text(TEMPLATE, encoding="utf-8")
        template = TemplateLibrary(Files(Path(folder))).find("renewal", "ja", "ja")
    stored = [encode(_values(number)) for number in range(count)]
    mails = [_mail(template, context, number) for number, context in enumerate(stored)]
    rows = [
        ("context and template to bytes", _rate(lambda: _whole(template, stored), count)),
        ("  template to subject, text, HTML", _rate(lambda: _rendered(template, stored), count)),
        ("  mail to bytes", _rate(lambda: _built(mails), count)),
        ("EmailMessage to bytes", _rate(lambda: _by_email_message(mails[: count // 8]), count // 8)),
    ]
    slowest = rows[-1][1]
    print(f"{'':36}{'messages/s':>12}{'ratio':>8}")
    for name, rate in rows:
        print(f"{name:36}{rate:12,.0f}{rate / slowest:8.1f}")
    size = sum(len(build(mail)) for mail in mails) // count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count:,} messages of {size:,} bytes; peak memory {peak} MiB")


def _values(number: int) -> dict[str, object]:
    return {
        "account.name": f"株式会社サンプル {number} & Co.",
        "recipient.name": f"山田 太郎 {number}",
        "sender.name": "加藤 由衣",
        "sender.email": "kato@acme.example",
        "contract.product": "MDM クラウド",
        "contract.quantity": 100 + number,
        "contract.arr": Money(Decimal(480_000 + number), "JPY"),
        "contract.renewal_date": date(2026, 7, 20) + timedelta(days=number % 365),
        "contract.notice_days": 30 if number % 3 else None,
        "links.answer": f"https://cs.acme.example/a/{number:08d}?lang=ja",
    }


def _mail(template: Template, context: dict[str, object], number: int) -> Mail:
    recipient = Address(f"user{number}@customer.example", f"山田 太郎 {number}")
    return compose(f"touch{number:08d}", render(template, decode(context)), DATE, SENDER, recipient)


def _whole(template: Template, contexts: Sequence[dict[str, object]]) -> None:
    for number, context in enumerate(contexts):
        build(_mail(template, context, number))


def _rendered(template: Template, contexts: Sequence[dict[str, object]]) -> None:
    for context in contexts:
        render(template, decode(context))


def _built(mails: Sequence[Mail]) -> None:
    for mail in mails:
        build(mail)


def _by_email_message(mails: Sequence[Mail]) -> None:
    for mail in mails:
        message = EmailMessage()
        message["Date"] = format_datetime(mail.date)
        message["From"] = formataddr((mail.sender.name, mail.sender.email))
        message["To"] = formataddr((mail.to.name, mail.to.email))
        message["Subject"] = mail.subject
        message["Message-ID"] = mail.message_id
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        message.as_bytes()


def _rate(work: Callable[[], None], count: int) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return count / best


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
