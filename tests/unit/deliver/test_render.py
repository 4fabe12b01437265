from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playcall.dsl.types import Money
from playcall.engine.deliver.render import Rendered, render
from playcall.engine.template.errors import RenderError
from playcall.engine.template.sandbox import PLACEHOLDER
from playcall.engine.template.template import Template

Make = Callable[..., Template]
Render = Callable[..., Rendered]
DAY, MOMENT = date(2026, 7, 20), datetime(2026, 7, 20, 8, 5, tzinfo=UTC)


def yen(amount: int) -> Money:
    return Money(Decimal(amount), "JPY")


@pytest.mark.parametrize(
    ("expression", "value", "japanese", "english"),
    [
        ("{{ x }}", DAY, "2026年7月20日", "July 20, 2026"),
        ("{{ x }}", MOMENT, "2026年7月20日 8:05", "July 20, 2026 8:05\u202fAM"),
        ("{{ x }}", yen(50000), "¥50,000", "¥50,000"),
        ("{{ x }}", Money(Decimal("1234.5"), "USD"), "$1,234.50", "$1,234.50"),
        ("{{ x }}", 2026, "2026", "2026"),
        ("{{ x }}", 0.1 + 0.2, "0.3", "0.3"),
        ("{{ x }}", "山田\r\n太郎", "山田\n太郎", "山田\n太郎"),
        ("{{ x | number }}", 12345.5, "12,345.5", "12,345.5"),
        ("{{ x | percent }}", 0.255, "25.5%", "25.5%"),
        ("{{ x | round }}", 2.5, "3", "3"),
        ("{{ x | round(2) }}", -1.005, "-1.01", "-1.01"),
        ("{{ x | abs }}", -3, "3", "3"),
        ("{{ x | date }}", MOMENT, "2026年7月20日", "July 20, 2026"),
        ("{{ x | date('short') }}", DAY, "2026/07/20", "7/20/26"),
        ("{{ x | date('yyyy年M月') }}", DAY, "2026年7月", "2026年7月"),
        ("{{ x | time('HH:mm') }}", MOMENT, "08:05", "08:05"),
        ("{{ x | datetime('short') }}", MOMENT, "2026/07/20 8:05", "7/20/26 8:05\u202fAM"),
        ("{{ x | default('none') }}", None, "none", "none"),
        ("{{ x | default(0) }}", None, "0", "0"),
        ("{{ x | join('、') }}", [yen(1), DAY], "¥1、2026年7月20日", "¥1、July 20, 2026"),
        ("{{ x ~ '!' }}", DAY, "2026年7月20日!", "July 20, 2026!"),
        ("{{ x | upper }}", "abc", "ABC", "ABC"),
        ("{{ x | truncate(3) }}", "abcdef", "ab…", "ab…"),
        ("{{ x | replace('a', 'b') }}", "aa", "bb", "bb"),
        ("{{ x | length }}", [1, 2], "2", "2"),
        ("{{ (x | first) + 1 }}", [1, 2], "2", "2"),
        ("{{ x | last }}", [1, 2], "2", "2"),
        (
            "{% for r in x %}{{ loop.index }}={{ r.a }};{% endfor %}",
            [{"a": 1}, {"a": 2}],
            "1=1;2=2;",
            "1=1;2=2;",
        ),
        ("{{ 'yes' if x is missing else 'no' }}", None, "yes", "yes"),
        ("{{ x.items }}", {"items": "a key, not a method"}, "a key, not a method", "a key, not a method"),
    ],
)
def test_values_are_written_as_the_reader_does(
    rendered: Render, expression: str, value: Any, japanese: str, english: str
) -> None:
    assert rendered(expression, locale="ja", x=value).text == f"{japanese}\n"
    assert rendered(expression, locale="en", x=value).text == f"{english}\n"


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ("a\n{{ x.none }}", "5:4", "`x.none` is missing; give it a text"),
        ("{{ x.none | upper }}", "4:4", "`x.none | upper` is missing"),
        ("{{ x.none | date }}", "4:4", "`x.none | date` is missing"),
        ("{{ 'a' ~ x.none }}", "4:4", "`'a' ~ x.none` is missing"),
        ("{{ x.absent }}", "4:4", "`absent` is not known here"),
        ("{{ y }}", "4:4", "`y` is not known here"),
        ("{{ y.z }}", "4:4", "`y` is not known here"),
        ("{{ y | upper }}", "4:4", "`y` is not known here"),
        ("{% for r in y %}{% endfor %}x", "4:4", "`y` is not known here"),
        ("\n\n{% for r in x.none %}{% endfor %}x", "6:4", "loops over something else than a list"),
        ("{{ x.flag }}", "4:4", "`x.flag` is true or false; say it in words"),
        ("{{ x }}", "4:4", "`x` is a record; name one of its fields"),
        ("{{ x.list }}", "4:4", "`x.list` is a list; use `| join`"),
        ("{{ x.text | date }}", "4:4", "`x.text | date` is not a date"),
        ("{{ x.text + 1 }}", "4:4", "uses `+` on something else than numbers"),
        ("{{ x.text * 9 }}", "4:4", "uses `*` on something else than numbers"),
        ("{% if x.none < 3 %}a{% endif %}", "4:4", "cannot be worked out: '<' not supported"),
        ("{{ 1 / x.zero }}", "4:4", "cannot be worked out: division by zero"),
        ("{{ x.text | round }}", "4:4", "`x.text | round` is not a number"),
        ("{{ x.text.upper }}", "4:4", "`upper` is not known here"),
        ("{{ x.list.append }}", "4:4", "`append` is not known here"),
        ("{{ x.huge }}", "4:4", "`x.huge` is too long for a message (10,000,000 characters)"),
    ],
)
def test_a_message_with_a_gap_is_not_made(template: Make, body: str, place: str, message: str) -> None:
    x = {"none": None, "flag": True, "list": [1], "text": "abc", "zero": 0, "huge": "x" * 10_000_000}
    with pytest.raises(RenderError) as caught:
        render(template(body), {"x": x})
    assert str(caught.value.where) == f"templates/t.md:{place}"
    assert message in caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}y",
        "{% for a in x %}{% for b in x %}{{ b }}{% endfor %}{% endfor %}",
        "{% for a in x %}{% for b in x %}" + "text " * 100 + "{% endfor %}{% endfor %}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a | replace('x', 'xxxxxxxxxx') %}" * 9 + "{{ a }}",
        "{% set a = 99999999 %}" + "{% set a = a * a %}" * 40 + "{{ a }}",
        "{% set a = 'x' %}" + "{% set a = [a, a] | join(a) %}" * 40 + "{{ a }}",
    ],
)
def test_a_template_cannot_run_away(template: Make, body: str) -> None:
    with pytest.raises(RenderError):
        render(template(body), {"x": list(range(300))})


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[click](javascript:alert(1))",
    "**bold** _em_ `code` # heading",
    "{{ 7 * 7 }}{% raw %}",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "</a></td></table>",
    "&lt;b&gt;",
    "\\1 \\g<0> {0} %s ${x}",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "body", ["{{ x }}", "- {{ x }}", "# {{ x }}", "**{{ x }}**", "[{{ x }}](https://a.test)"]
)
def test_values_are_shown_never_understood(rendered: Render, value: str, body: str) -> None:
    import html

    message, harmless = rendered(body, x=value), rendered(body, x="HARMLESS")
    shown = html.escape(value).replace("\n", "<br>\n")
    assert message.html == harmless.html.replace("HARMLESS", shown)
    assert message.text == harmless.text.replace("HARMLESS", value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(value=st.text(max_size=50))
def test_no_text_at_all_changes_the_markup(template: Make, value: str) -> None:
    compiled = template("Dear **{{ x }}**,\n\n- [{{ x }}](https://a.test/?q={{ x }})\n")
    page = render(compiled, {"x": value}).html
    harmless = render(compiled, {"x": "HARMLESS"}).html
    assert page.replace("<br>", "").count("<") == harmless.replace("<br>", "").count("<")


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is(rendered: Render) -> None:
    stolen = PLACEHOLDER.pattern.replace(r"(\d{5})", "00001")
    message = rendered("{{ x }} {{ y }}", x=stolen, y="secret")
    assert message.text == f"{stolen} secret\n"


@pytest.mark.parametrize(
    ("link", "value", "address"),
    [
        ("[go]({{ x }})", "https://a.test/p?q=1&r=2", "https://a.test/p?q=1&r=2"),
        ("[go]({{ x }})", "mailto:a@b.test", "mailto:a@b.test"),
        ("[go]({{ x }})", "https://a.test/日本", "https://a.test/%E6%97%A5%E6%9C%AC"),
        ("[go]({{ x }})", "javascript:alert(1)", None),
        ("[go]({{ x }})", " JaVaScRiPt:alert(1)", None),
        ("[go]({{ x }})", "data:text/html,x", None),
        ("[go]({{ x }})", "/relative", None),
        ("[go]({{ x }})", "https://a.test/ onclick=x", None),
        ("[go]({{ x }})", 'https://a.test/"><script>', "https://a.test/%22%3E%3Cscript%3E"),
        ("[go]({{ x }})", "", None),
        ("[go](https://a.test/?q={{ x }})", "a&b=c d/é", "https://a.test/?q=a%26b%3Dc%20d%2F%C3%A9"),
        ("[go](mailto:{{ x }})", "a@b.test", "mailto:a@b.test"),
        ("[go](https://{{ x }}/)", "Host.Test", "https://Host.Test/"),
    ],
)
def test_addresses_of_links_are_checked_and_encoded(
    rendered: Render, link: str, value: str, address: str | None
) -> None:
    import html

    message = rendered(link, x=value)
    if address is None:
        assert ("<a " in message.html, message.text) == (False, "go\n")
    else:
        assert f'<a href="{html.escape(address)}"' in message.html
        assert message.text == f"go: {address.removeprefix('mailto:')}\n"


@pytest.mark.parametrize(
    ("subject", "value", "line"),
    [
        ("Hi {{ x }}", "A\r\nBcc: evil@x.test", "Hi A Bcc: evil@x.test"),
        ("Hi {{ x }}", "a\u2028b\u0085c\x00d\te", "Hi a bcd e"),
        ("Hi {{ x }}", "<b>&", "Hi <b>&"),
        ("{{ x }}", "あ" * 400, "あ" * 249 + "…"),
    ],
)
def test_the_subject_is_one_line_of_text(rendered: Render, subject: str, value: str, line: str) -> None:
    assert rendered("x", subject=subject, x=value).subject == line


def test_an_empty_subject_is_refused(template: Make) -> None:
    with pytest.raises(RenderError, match=r"t\.md:2:11: the subject comes out empty"):
        render(template("x", subject="{{ x }}"), {"x": "\n"})


def test_the_plain_text_reads_well(rendered: Render) -> None:
    body = """# Title
first
second **bold** `code`

- a
- b
  - c [words](https://a.test)

3. three
4. four

> quoted
> text

| h | i |
|---|--:|
| 1 | 2 |

---
```
pre
```
<https://b.test> <b>not bold</b>
"""
    assert (
        rendered(body).text
        == """Title

first
second bold code

- a
- b
  - c words: https://a.test

3. three
4. four

> quoted
> text

h | i
1 | 2

----------------------------------------

    pre

https://b.test <b>not bold</b>
"""
    )


def test_the_page_carries_its_style_and_language(rendered: Render) -> None:
    page = rendered("# 件名\n\n| a |\n|--:|\n| 1 |\n\n<script>x</script>", locale="ja").html
    assert '<html lang="ja">' in page
    assert '<h1 style="' in page
    assert "text-align: right" in page
    assert "<style" not in page
    assert "&lt;script&gt;" in page


def test_missing_values_in_branches_not_taken_do_no_harm(rendered: Render) -> None:
    assert rendered("{% if x is not missing %}{{ x }}{% else %}none{% endif %}", x=None).text == "none\n"
