# ruff: noqa: E501 (files on one line)
"""Files that are meant to hurt: for each, which file of the project they stand in and what they hold."""

from __future__ import annotations

from collections.abc import Iterator

MIB = 2**20
PLAY = """\
playbook: hostile
for: contract
owner: a@example.com
describe: x
where: {where}
plays:
  ask:
    when: {when}
    do:
      - task: {title}
        assign: csm
"""
ENTITY = "entities:\n  e:\n    key: k\n    from: crm.accounts\n    fields: {k: int}\n"


def playbook(
    where: str = 'status == "active"', when: str = "days_to_renewal == 3", title: str = "x"
) -> bytes:
    """A playbook with one of its texts replaced."""
    return PLAY.format(where=where, when=when, title=title).encode()


def template(body: str, subject: str = "Hello") -> bytes:
    """A template that the library's playbook sends."""
    return f'---\nsubject: "{subject}"\n---\n{body}\n'.encode()


def files() -> Iterator[tuple[str, str, bytes]]:
    """(what it is, the file's name, its bytes)."""
    for what, where in EXPRESSIONS.items():
        yield f"expression: {what}", "playbooks/hostile.yaml", playbook(where=where)
        yield f"trigger: {what}", "playbooks/hostile.yaml", playbook(when=where)
    for what, title in TITLES.items():
        yield f"title: {what}", "playbooks/hostile.yaml", playbook(title=title)
    for what, text in YAMLS.items():
        for name in ("playbooks/hostile.yaml", "catalog/hostile.yaml", "playcall.yaml", "tests/hostile.yaml"):
            yield f"{name}: {what}", name, text if isinstance(text, bytes) else text.encode()
    for what, body in TEMPLATES.items():
        yield f"template: {what}", "templates/renewal-intent.en.md", template(body)
    for what, catalog in CATALOGUES.items():
        yield f"catalogue: {what}", "catalog/hostile.yaml", catalog.encode()


EXPRESSIONS = {
    "a long `and`": " and ".join(["auto_renew"] * 600),
    "a long `or` of comparisons": " or ".join(f"quantity == {n}" for n in range(500)),
    "a very long `and`": " and ".join(["auto_renew"] * 60_000),
    "deep brackets": "(" * 4_000 + "auto_renew" + ")" * 4_000,
    "brackets up to the limit": "(" * 60 + "auto_renew" + ")" * 60,
    "deep lists": "quantity in " + "[" * 3_000 + "1" + "]" * 3_000,
    "deep `not`": "not " * 2_400 + "auto_renew",
    "many signs": "quantity > " + "-" * 9_000 + "1",
    "a long list": f"quantity in [{', '.join(map(str, range(1_500)))}]",
    "a long chain of `if`": " else ".join(["1 if auto_renew"] * 400) + " else 2 == 1",
    "a long path": ".".join(["account"] * 1_200),
    "open brackets": "(" * 9_000,
    "open quotes": "'" * 9_999,
    "a huge number": "quantity > " + "9" * 9_000,
    "a huge duration": f"today + {'9' * 9_000}d > today",
    "a long name": "a" * 9_990 + " == 1",
    "an unknown name that is like all others": "days_to_renewa" + "l" * 500 + " == 1",
    "a pattern that explodes": 'account.name matches "(a+)+(b|c)*$"',
    "a pattern of many repeats": 'account.name matches "((a{1,100}){1,100}){1,100}"',
    "a pattern that nests": f'account.name matches "{"(" * 900}a{")" * 900}"',
    "a text of escapes": 'account.name == "' + "\\\\" * 4_000 + '"',
    "aggregates in aggregates": "count(account.contracts where " * 60 + "true" + ")" * 60,
    "every operator at once": "+-*/%==!=<><=>=,.()[]" * 400,
    "full-width everything": "（ｑｕａｎｔｉｔｙ　＝＝　１）" * 300,
    "nothing but blanks": '"' + " " * 9_000 + '"',
}

TITLES = {
    "many holes": '"' + "{{ account.name }} " * 3_000 + '"',
    "a hole that does not close": '"' + "{{ " * 9_000 + '"',
    "quotes in holes": "'" + '{{ "' * 5_000 + "'",
    "holes in holes": '"' + "{{ {{ " * 2_000 + "}} }} " * 2_000 + '"',
    "a megabyte": '"' + "x" * (MIB - 400) + '"',
}

YAMLS: dict[str, str | bytes] = {
    "nothing": "",
    "a zero byte": b"a: \x00",
    "no UTF-8": b"\xff\xfe\x00a: 1",
    "half a character": "a: é".encode()[:-1],
    "a surrogate": b"a: \xed\xa0\x80",
    "two byte order marks": "\ufeff\ufeffplaybook: x\n",
    "brackets, a megabyte of them": "[" * (MIB - 1),
    "mappings, a megabyte of them": "{a: " * (MIB // 4 - 1),
    "dashes, a megabyte of them": "- " * (MIB // 2 - 1),
    "question marks": "? " * (MIB // 2 - 1),
    "deep blocks": "".join(f"{'  ' * depth}a:\n" for depth in range(900)),
    "a long key": "a" * (MIB - 10) + ": 1",
    "one scalar": "playbook: " + "x" * (MIB - 20),
    "a quoted scalar of escapes": 'playbook: "' + "\\x41" * (MIB // 4 - 10) + '"',
    "a folded scalar of blank lines": "playbook: >\n" + "\n" * (MIB - 30) + "  x\n",
    "lines of blanks": "playbook: |\n" + (" " * 1_000 + "\n") * 1_000,
    "many keys": "".join(f"k{n}: 1\n" for n in range(60_000)),
    "one key many times": "a: 1\n" * 100_000,
    "many documents": "---\na: 1\n" * 60_000,
    "many aliases": "a: &a [x]\nb: [" + "*a," * 200_000 + "]",
    "merge keys": "a: &a {b: c}\n" + "<<: *a\n" * 50_000,
    "many tags": "a: [" + "!x y, " * 100_000 + "]",
    "comments": "# playcall: allow W501 until 2026-01-01 -- x\n" * 20_000,
    "carriage returns": "playbook: x\r" * 60_000,
    "line separators": "playbook: x\u2028" * 60_000,
    "keys of a playbook, each of them a list": "".join(
        f"{key}: [[[]]]\n"
        for key in ("playbook", "for", "where", "plays", "params", "stop", "extends", "limits")
    ),
    "keys, each of them empty": "playbook:\nfor:\nwhere:\nplays:\nparams:\nentities:\nrecipients:\ntests:\nproject:\n",
    "many plays": "playbook: many\nfor: contract\nplays:\n"
    + "".join(
        f"  p{n}:\n    when: days_to_renewal == {n}\n    do: [{{task: x, assign: csm}}]\n"
        for n in range(2_500)
    ),
    "plays that follow each other": "playbook: chain\nfor: contract\nplays:\n"
    + "".join(
        f"  p{n}: {{after: p{(n + 1) % 3000} + 1d, do: [{{task: x, assign: csm}}]}}\n" for n in range(3_000)
    ),
    "params that use each other": "playbook: params\nfor: contract\nparams:\n"
    + "".join(f"  p{n}: p{n + 1} + p{n + 1}\n" for n in range(900))
    + "plays: {a: {when: p0 == 1, do: [{task: x, assign: csm}]}}\n",
    "params that double": "playbook: params\nfor: contract\nparams:\n  p0: quantity\n"
    + "".join(f"  p{n + 1}: p{n} + p{n}\n" for n in range(60))
    + "plays: {a: {when: p60 == 1, do: [{task: x, assign: csm}]}}\n",
    "a playbook that extends itself": "playbook: me\nextends: me\nfor: contract\nplays: {}\n",
    "schedules": 'playbook: s\nfor: contract\nschedule: "' + "*/1," * 2_000 + '* * * * *"\nplays: {}\n',
}

TEMPLATES = {
    "loops in loops": "{% for a in records %}" * 40 + "x" + "{% endfor %}" * 40,
    "deep ifs": "{% if contract.quantity %}" * 900 + "x" + "{% endif %}" * 900,
    "open tags": "{% if contract.quantity %}" * 5_000,
    "many outputs": "{{ contract.product }} " * 9_000,
    "a long sum": "{{ " + " + ".join(["1"] * 20_000) + " }}",
    "deep brackets": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "deep lists": "{{ " + "[" * 5_000 + "]" * 5_000 + " }}",
    "a long filter": "{{ contract.product" + " | upper" * 9_000 + " }}",
    "a huge power": "{{ 9 ** 9 ** 9 ** 9 }}",
    "a huge text": "{{ 'a' * 999999999999 }}",
    "a range": "{% for x in range(10 ** 12) %}x{% endfor %}",
    "the insides of Python": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "includes itself": "{% include 'renewal-intent.en.md' %}",
    "extends itself": "{% extends 'renewal-intent.en.md' %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "open comment": "{# " * 9_000,
    "raw": "{% raw %}" * 9_000,
    "a long name": "{{ " + "contract." * 9_000 + "x }}",
    "unclosed braces": "{{" * 60_000,
}

CATALOGUES = {
    "a hundred derived fields in a row": ENTITY
    + "    derive:\n"
    + "".join(f"      d{n}: d{n + 1} + 1\n" for n in range(100))
    + "      d100: 1\n",
    "derived fields that need each other": ENTITY + "    derive: {a: b, b: c, c: a}\n",
    "derived fields that double": "entities:\n  e:\n    key: k\n    from: crm.accounts\n    fields: {k: int}\n    derive:\n"
    "      d0: k\n" + "".join(f"      d{n + 1}: d{n} + d{n}\n" for n in range(60)),
    "many fields": "entities:\n  e:\n    key: k\n    from: crm.accounts\n    fields:\n      k: text\n"
    + "".join(f"      f{n}: text\n" for n in range(20_000)),
    "an enum of many": "entities:\n  e:\n    key: k\n    from: crm.accounts\n    fields: {k: text, s: {enum: ["
    + ", ".join(f"v{n}" for n in range(30_000))
    + ']}}\n    derive: {x: s == "nothing"}\n',
    "many entities": "entities:\n"
    + "".join(
        f"  e{n}: {{key: k, from: crm.accounts, belongs_to: {{account: k}}, many: es{n}, fields: {{k: text}}}}\n"
        for n in range(1_500)
    ),
    "recipients in a circle": "recipients:\n"
    + "".join(f"  r{n}: {{of: contacts, else: r{(n + 1) % 500}}}\n" for n in range(500)),
}
