from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playcall.engine.templates.errors import TemplateError
from playcall.engine.templates.template import Template, TemplateSet

Templates = Callable[..., TemplateSet]
Make = Callable[..., Template]


def text(words: str) -> str:
    return f"---\nsubject: {words}\n---\n{words}\n"


@pytest.mark.parametrize(
    ("files", "locale", "default", "file", "written_in"),
    [
        (["t.ja-JP.md", "t.ja.md", "t.md"], "ja-JP", "en", "t.ja-JP.md", "ja-JP"),
        (["t.ja.md", "t.md"], "ja-JP", "en", "t.ja.md", "ja-JP"),
        (["t.ja.md", "t.md"], "ja_jp", "en", "t.ja.md", "ja-JP"),
        (["t.ja.md", "t.en.md", "t.md"], "fr", "en", "t.en.md", "en"),
        (["t.ja.md", "t.en.md"], "fr", "en-GB", "t.en.md", "en"),
        (["t.ja.md", "t.md"], "fr", "en", "t.md", "en"),
        (["t.md"], "ja", "ja", "t.md", "ja"),
        (["t.md"], None, "ja", "t.md", "ja"),
        (["t.en.md"], "en-GB", "ja", "t.en.md", "en-GB"),
        (["t.pt_br.md", "t.pt.md"], "pt-BR", "en", "t.pt_br.md", "pt-BR"),
    ],
)
def test_the_nearest_language_is_taken(
    templates: Templates, files: list[str], locale: str | None, default: str, file: str, written_in: str
) -> None:
    found = templates({name: text(name) for name in files}).find("t", locale, default)
    assert (found.file, found.locale) == (f"templates/{file}", written_in)


def test_names_come_from_folders_and_files(templates: Templates) -> None:
    found = templates({"renewal/ask.ja.md": text("a"), "renewal/ask.md": text("b"), "x.md": text("c")})
    assert found.all_names() == {"renewal/ask", "x"}
    assert sorted(found.variants("renewal/ask")) == ["", "ja"]
    assert found.load("renewal/ask", "ja", "en").locale == "ja"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent", "templates/absent.md: there is no template `absent`"),
        ("../secret", "templates/../secret.md: there is no template `../secret`"),
        ("t", "templates/t.md: there is no text for fr nor for the project's en; there are ja"),
    ],
)
def test_what_is_not_there_is_said(templates: Templates, name: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        templates({"t.ja.md": text("a")}).find(name, "fr", "en")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("Hello", 1, "must begin with front matter"),
        ("---\nsubject: x\nHello", 1, "must begin with front matter"),
        ("---\n---\nHello", 1, "one `subject: …`"),
        ("---\nsubject: a\nsubject: b\n---\nHello", 1, "one `subject: …`"),
        ("---\nsubject: a\nfrom: b\n---\nHello", 3, "knows `subject` alone, not `from`"),
        ("---\nsubject: {{ a.b }}\n---\nHello", 2, "quotes"),
        ("---\nsubject: [a]\n---\nHello", 2, "must be a text"),
        ("---\nsubject: Renewal #5\n---\nHello", 2, "cuts the subject short"),
        ("---\nsubject: ''\n---\nHello", 2, "the subject is empty"),
        ("---\nsubject: 'a: {{ b'\n---\nHello", 2, "unexpected end of template"),
        ("---\nsubject: 'a\n---\nHello", 3, "put the subject in quotes"),
        ("---\nsubject: a\n---\n \n", 4, "the message is empty"),
        ("---\nsubject: a\n---\nx\n{% if a %}\n", 5, "unexpected end of template"),
        ("---\nsubject: a\n---\nx\n\n{{ a | dat }}", 6, "no filter `dat`; did you mean `date`?"),
        ("---\nsubject: a\n---\n{{ a is odder }}", 4, "no test `odder`; did you mean `odd`?"),
        ("---\nsubject: a\n---\n{{ a() }}", 4, "nothing can be called"),
        ("---\nsubject: a\n---\n{{ range(9) }}", 4, "nothing can be called"),
        ("---\nsubject: a\n---\n{% include 'x' %}", 4, "include is not available"),
        ("---\nsubject: a\n---\n{% macro m() %}{% endmacro %}", 4, "macro is not available"),
        ("---\nsubject: a\n---\n{% set x %}y{% endset %}", 4, "assignblock is not available"),
        ("---\nsubject: a\n---\n{% print a %}", 4, "print is not available"),
        ("---\nsubject: a\n---\n{{ a ** 9 }}", 4, "pow is not available"),
        ("---\nsubject: a\n---\n{{ a._b }}", 4, "`_b` is not a name"),
        ("---\nsubject: a\n---\n{{ a['__class__'] }}", 4, "`__class__` is not a name"),
        ("---\nsubject: a\n---\n{{ _state }}", 4, "`_state` is not a name"),
        ("---\nsubject: a\n---\n{{ self }}", 4, "`self` is not a name"),
        ("---\nsubject: a\n---\n{{ a | _emit }}", 4, "no filter `_emit`"),
        ("---\nsubject: a\n---\n" + "{{ " + "(" * 5000 + "a" + ")" * 5000 + " }}", 4, "nests too deeply"),
        ("---\nsubject: a\n---\nx\x01y", 4, "control character U+0001"),
        (b"---\nsubject: a\n---\nok\n\x83\x65\n", 5, "is not UTF-8"),
        ("x" * 300_000, None, "larger than 256 KiB"),
    ],
)
def test_mistakes_are_named_with_file_and_line(
    templates: Templates, content: Any, line: int | None, message: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        templates({"t.md": content}).find("t", "en", "en")
    assert (caught.value.file, caught.value.line) == ("templates/t.md", line)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("plain", []),
        ("{{ contract.account.name }}", ["contract.account.name"]),
        ("{{ contract['arr'] }}", ["contract.arr"]),
        ("{% if a.b > c.d and not e %}{{ f | default(g) }}{% endif %}", ["a.b", "c.d", "e", "f", "g"]),
        ("{{ a.b is missing }}{{ 'x' ~ c }}{{ d if e else h }}", ["a.b", "c", "d", "e", "h"]),
        ("{% for r in records %}{{ loop.index }}{{ r.c.arr }}{% endfor %}", ["records", "records[].c.arr"]),
        ("{% for r in records if r.ok %}x{% else %}{{ r }}{% endfor %}", ["r", "records", "records[].ok"]),
        ("{% for a, b in pairs %}{{ a }}{{ b.c }}{% endfor %}", ["pairs"]),
        ("{% set x = a.b %}{{ x.c }}{{ x }}", ["a.b", "a.b.c"]),
        ("{% set x = a ~ b %}{{ x }}", ["a", "b"]),
        ("{% if a %}{% set x = b %}{% endif %}{{ x.n }}", ["a", "b", "b.n", "x.n"]),
        (
            "{% if a %}{% set x = b %}{% else %}{% set x = c %}{% endif %}{{ x.n }}",
            ["a", "b", "b.n", "c", "c.n"],
        ),
        ("{% for r in records %}{% set x = r.a %}{% endfor %}{{ x }}", ["records", "records[].a", "x"]),
        ("{{ records[0].a }}{{ records | length }}", ["records", "records[].a"]),
        ("{{ (records | first).a }}", ["records[].a"]),
        ("{{ a.b[c] }}", ["a.b", "c"]),
    ],
)
def test_the_names_that_a_template_reads(template: Make, body: str, names: list[str]) -> None:
    assert sorted(template(body).names()) == names


def test_reads_know_their_line(template: Make) -> None:
    found = template("x\n{{ b }}\n\n{{ a }}{{ b }}", subject="{{ a }}")
    assert [(read.name, read.line) for read in found.reads] == [("a", 2), ("b", 5)]
