from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from playcall.engine.files import Files
from playcall.engine.template.errors import TemplateError
from playcall.engine.template.library import TemplateLibrary, Variant

Templates = Callable[..., TemplateLibrary]


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    """``templates({"ask.ja.md": "…"})``: a project's templates."""

    def write(files: Mapping[str, str | bytes]) -> TemplateLibrary:
        for name, content in files.items():
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return TemplateLibrary(Files(tmp_path))

    return write


@pytest.fixture
def body(templates: Templates) -> Callable[[str], Variant]:
    """A template with this body, which begins on line 4."""
    return lambda text: templates({"t.md": f"---\nsubject: Hello\n---\n{text}"}).variant("t", "")


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
    assert (found.body.source.file, found.locale) == (f"templates/{file}", written_in)


def test_names_come_from_folders_and_files(templates: Templates) -> None:
    found = templates({"renewal/ask.ja.md": text("a"), "renewal/ask.md": text("b"), "x.md": text("c")})
    assert sorted(found.files) == ["renewal/ask", "x"]
    assert sorted(found.files["renewal/ask"]) == ["", "ja"]


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


FRONT = "---\nsubject: a\n---\n"


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        ("Hello", "1:1", "E402 the template has no front matter"),
        ("", "1:1", "E402 the template has no front matter"),
        ("---\nsubject: x\nHello", "1:1", "E402 the template has no front matter"),
        ("---\n---\nHello", "1:1", "E402 the template's front matter has no `subject`"),
        ("---\nsubject: a\nsubject: b\n---\nHello", "3:1", "E102 `subject` stands twice"),
        ("---\nsubject: a\nfrom: b\n---\nHello", "3:1", "E105 a template's front matter has no key `from`"),
        ("---\nsubject: {{ a.b }} c\n---\nHello", "2:10", "E110 YAML takes `{`"),
        ("---\nsubject: [a]\n---\nHello", "2:10", "E110 YAML takes `[`"),
        ("---\nsubject: Renewal #5\n---\nHello", "2:10", "E110 YAML takes what follows ` #` as a comment"),
        ("---\nsubject: ''\n---\nHello", "2:10", "E402 the subject is empty"),
        ("---\nsubject: 'a: {{ b'\n---\nHello", "2:17", "E402 the template cannot be read: unexpected end"),
        ("---\nsubject: 'a\n---\nHello", "2:10", "E101 not valid YAML"),
        ('---\nsubject: "日{{ a | dat }}"\n---\nHello', "2:19", "E402 there is no filter `dat`"),
        (f"{FRONT} \n", "4:1", "E402 the template has no message"),
        (
            f"{FRONT}x\n{{% if a %}}\n{{% for b in c %}}{{% endfor %}}",
            "5:4",
            "E402 the template cannot be read",
        ),
        (f"{FRONT}x\n\n{{{{ a | dat }}}}", "6:8", "E402 there is no filter `dat`"),
        (f"{FRONT}x\r\n\r\n{{{{ a | dat }}}}", "6:8", "E402 there is no filter `dat`"),
        (f"{FRONT}{{{{ a | date(1, 2) }}}}", "4:8", "E402 the filter `date` does not go with"),
        (f"{FRONT}{{{{ a | date(*b) }}}}", "4:8", "E402 the arguments of the filter `date`"),
        (f"{FRONT}{{{{ a | truncate }}}}", "4:8", "E402 the filter `truncate` does not go with"),
        (f"{FRONT}{{{{ a is odder }}}}", "4:6", "E402 there is no test `odder`"),
        (f"{FRONT}{{{{ a is divisibleby }}}}", "4:6", "E402 the test `divisibleby` does not go with"),
        (f"{FRONT}{{{{ a.b() }}}}", "4:4", "E402 nothing can be called"),
        (f"{FRONT}{{{{ range(9) }}}}", "4:4", "E402 nothing can be called"),
        (f"{FRONT}{{% include 'x' %}}", "4:4", "E402 include is not available"),
        (f"{FRONT}{{% macro m() %}}{{% endmacro %}}", "4:4", "E402 macro is not available"),
        (f"{FRONT}{{% set x %}}y{{% endset %}}", "4:4", "E402 assignblock is not available"),
        (f"{FRONT}{{% print a %}}", "4:4", "E402 print is not available"),
        (f"{FRONT}{{% for a in b recursive %}}{{% endfor %}}", "4:4", "E402 loops cannot be recursive"),
        (f"{FRONT}{{{{ a ** 9 }}}}", "4:4", "E402 pow is not available"),
        (f"{FRONT}{{{{ a._b }}}}", "4:4", "E402 `_b` is not a name"),
        (f"{FRONT}{{{{ a['__class__'] }}}}", "4:4", "E402 `__class__` is not a name"),
        (f"{FRONT}{{{{ _state }}}}", "4:4", "E402 `_state` is not a name"),
        (f"{FRONT}{{{{ self }}}}", "4:4", "E402 `self` is not a name"),
        (f"{FRONT}{{{{ a | _emit }}}}", "4:8", "E402 there is no filter `_emit`"),
        (f"{FRONT}{{{{ a $ b }}}}", "4:6", "E402 the template cannot be read: unexpected char '$'"),
        (f"{FRONT}{{{{ {'(' * 5000}a{')' * 5000} }}}}", "4:1", "E402 the template nests too deeply"),
        (FRONT + "{% for a in b %}" * 30 + "{% endfor %}" * 30, "4:1", "E402 the template nests too deeply"),
        (
            FRONT + "{% for loop in b %}{% endfor %}",
            "4:8",
            "E402 the template cannot be read: can't assign to special loop variable in for-loop target",
        ),
        (f"{FRONT}x\x01y", "4:2", "E402 the character U+0001"),
        (b"---\nsubject: a\n---\nok\n\x83\x65\n", "1:1", "E101 the file is not UTF-8"),
        ("x" * 300_000, "1:1", "E108 the template has 300,000 bytes"),
    ],
)
def test_mistakes_are_found_where_they_are(
    templates: Templates, content: Any, place: str, message: str
) -> None:
    library = templates({"t.md": content})
    first = library.variant("t", "").mistakes[0]
    assert str(first.location) == f"templates/t.md:{place}"
    assert f"{first.code} {first.message}".startswith(message)
    with pytest.raises(TemplateError, match=r"templates/t\.md:"):
        library.find("t", "en", "en")


def test_all_mistakes_are_found_in_one_pass(templates: Templates) -> None:
    text = "{{ b | dat }}{% if c %}{{ d._e }}{% else %}{{ f is odder }}{% endif %}"
    content = f"---\nsubject: '{{{{ a() }}}}'\n---\n{text}"
    found = templates({"t.md": content}).variant("t", "").mistakes
    assert [(one.location.line, one.location.column) for one in found] == [(2, 14), (4, 8), (4, 27), (4, 49)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("plain", []),
        ("{{ contract.account.name }}", ["contract.account.name"]),
        ("{{ contract['arr'] }}", ["contract.arr"]),
        ("{% if a.b > c.d and not e %}{{ f | default(g) }}{% endif %}", ["a.b", "c.d", "e", "f", "g"]),
        ("{{ a.b is missing }}{{ 'x' ~ c }}{{ d if e else h }}", ["a.b", "c", "d", "e", "h"]),
        ("{% for r in records %}{{ loop.index }}{{ r.c.arr }}{% endfor %}", ["records", "records.[].c.arr"]),
        ("{% for r in records if r.ok %}x{% else %}{{ r }}{% endfor %}", ["r", "records", "records.[].ok"]),
        ("{% for a, b in pairs %}{{ a }}{{ b.c }}{% endfor %}", ["pairs"]),
        ("{% set x = a.b %}{{ x.c }}", ["a.b.c"]),
        ("{% set x = a.b %}{{ x.c }}{{ x }}", ["a.b", "a.b.c"]),
        ("{% set x = a ~ b %}{{ x }}", ["a", "b"]),
        ("{% if a %}{% set x = b %}{% endif %}{{ x.n }}", ["a", "b.n", "x.n"]),
        ("{% if a %}{% set x = b %}{% else %}{% set x = c %}{% endif %}{{ x.n }}", ["a", "b.n", "c.n"]),
        (
            "{% for r in records %}{% set x = r.a %}{{ x }}{% endfor %}{{ x }}",
            ["records", "records.[].a", "x"],
        ),
        ("{{ records[0].a }}{{ records | length }}", ["records", "records.[].a"]),
        ("{{ (records | first).a }}", ["records.[].a"]),
        ("{{ a.b[c] }}", ["a.b", "c"]),
    ],
)
def test_the_names_that_a_template_reads(body: Callable[[str], Variant], text: str, names: list[str]) -> None:
    template = body(text).template
    assert template is not None
    assert sorted({".".join(read.path) for read, _ in template.reads()}) == names


def test_reads_know_their_place_and_whether_they_are_shown(templates: Templates) -> None:
    text = "x\n{{ b.c | upper }}\n\n{{ a }}{% if a.d [ 'e' ] %}{{ (f | first).g }}{% endif %}"
    content = f"---\nsubject: '【契約】{{{{ a }}}}'\n---\n{text}"
    template = templates({"t.md": content}).variant("t", "").template
    assert template is not None
    found = [
        (".".join(read.path), place.line, place.column, place.end_column, read.shown)
        for read, place in template.reads()
    ]
    assert found == [
        ("a", 2, 18, 19, True),
        ("b.c", 5, 4, 7, False),
        ("a", 7, 4, 5, True),
        ("a.d.e", 7, 14, 25, False),
        ("f.[].g", 7, 32, 44, True),
    ]
