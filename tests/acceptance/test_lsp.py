"""`playcall lsp` as an editor talks to it: a real process, real framing."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lspkit import Editor, applied, dead_process

from clikit import CATALOG, Company, founded

BOOK = "playbooks/renewals.yaml"
PLAYS = """\
ask:
  when: days_to_renewal == lead
  grace: 7d
  do:
    - email: ask
      to: decision_maker
      from: csm
call:
  after: ask + 10d
  if: account.segment == "mid" and count(account.contacts where role == "admin") > 0
  do:
    - task: "Call {{ account.name }}"
      assign: csm
"""
UTF8 = {"general": {"positionEncodings": ["utf-8", "utf-16"]}}


@dataclass(frozen=True)
class Session:
    """One server for the tests that leave it as they found it, with the project's files as they were."""

    company: Company
    editor: Editor
    files: dict[Path, bytes]

    def restore(self) -> None:
        shutil.rmtree(self.company.root / ".playcall", ignore_errors=True)
        for path in self.company.root.rglob("*.yaml"):
            if path not in self.files:
                path.unlink()
        for path, content in self.files.items():
            path.write_bytes(content)


def made(root: Path) -> Company:
    """The company with a playbook that lints clean."""
    company = founded(root)
    company.write({"catalog/all.yaml": CATALOG.replace("csm: {user: true, nullable: true}", "csm: user")})
    company.playbook(PLAYS, head='where: status == "active" and not auto_renew\nparams:\n  lead: 140\n')
    assert company.call("lint", "--fail-on", "warning").code == 0, company.call("lint").out
    return company


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    company = made(tmp_path_factory.mktemp("editor") / "acme")
    files = {path: path.read_bytes() for path in company.root.rglob("*") if path.is_file()}
    with Editor(company.root) as editor:
        yield Session(company, editor, files)
    assert editor.code == 0
    assert editor.garbage == []


@pytest.fixture
def project(session: Session) -> Company:
    session.restore()
    return session.company


@pytest.fixture
def editor(session: Session, project: Company) -> Iterator[Editor]:
    """The editor with the playbook open, after its first findings."""
    session.editor.seen.clear()
    session.editor.open(BOOK)
    assert session.editor.findings(BOOK) == []
    yield session.editor
    session.editor.close_all()


@pytest.fixture
def own(tmp_path: Path) -> Company:
    """A company for a server of the test's own."""
    return made(tmp_path / "acme")


def text_of(company: Company, name: str = BOOK) -> str:
    return (company.root / name).read_text("utf-8")


def seen(findings: list[dict[str, Any]]) -> list[tuple[str, int, int, int, int]]:
    """(code, line, column, last line, last column), counted from 1 as lint does."""
    return [
        (
            one["code"],
            one["range"]["start"]["line"] + 1,
            one["range"]["start"]["character"] + 1,
            one["range"]["end"]["line"] + 1,
            one["range"]["end"]["character"] + 1,
        )
        for one in findings
    ]


# findings


def test_findings_as_you_type_are_those_of_lint(project: Company, editor: Editor) -> None:
    wrong = (
        text_of(project).replace("days_to_renewal ==", "days_to_renwal ==").replace("grace: 7d", "grace: 7x")
    )
    editor.change(BOOK, wrong)
    found = editor.findings(BOOK)
    project.write({BOOK: wrong})
    linted = json.loads(project.call("lint", "--format", "json").out)["diagnostics"]
    assert len(linted) == 2
    assert seen(found) == [
        (one["code"], one["line"], one["column"], one["end_line"], one["end_column"]) for one in linted
    ]
    assert [one["message"] for one in found] == [f"{one['message']}\n{one['help']}".strip() for one in linted]
    assert {one["severity"] for one in found} == {1}
    assert {one["source"] for one in found} == {"playcall"}


def test_a_code_leads_to_its_page(project: Company, editor: Editor) -> None:
    editor.change(BOOK, text_of(project).replace("== lead", "== laed"))
    (one,) = editor.findings(BOOK)
    page = Path(one["codeDescription"]["href"].removeprefix("file://"))
    assert page.read_text("utf-8").startswith(f"# {one['code']}:")


def test_findings_go_when_the_mistake_does(project: Company, editor: Editor) -> None:
    right = text_of(project)
    editor.change(BOOK, right.replace("decision_maker", "decision_makr"))
    assert [one["code"] for one in editor.findings(BOOK)] == ["E404"]
    editor.change(BOOK, right)
    assert editor.findings(BOOK) == []


def test_only_the_last_of_quick_changes_is_checked(project: Company, editor: Editor) -> None:
    editor.seen.clear()
    for wrong in ("days", "days_", "days_t", "days_to"):
        version = editor.change(BOOK, text_of(project).replace("days_to_renewal ==", f"{wrong} =="))
    assert "`days_to`" in editor.findings(BOOK)[0]["message"]
    published = [one for one in editor.seen if one.get("method") == "textDocument/publishDiagnostics"]
    assert [one["params"]["version"] for one in published if one["params"]["uri"] == editor.uri(BOOK)] == [
        version
    ]


def test_what_is_typed_in_one_file_is_found_in_another(project: Company, editor: Editor) -> None:
    other = "playbooks/other.yaml"
    editor.open("catalog/all.yaml")
    catalog = text_of(project, "catalog/all.yaml")
    editor.change("catalog/all.yaml", catalog.replace("days_to_renewal:", "days_left:"))
    editor.codes(BOOK, "E203")
    # a playbook that nobody has open, changed on disk
    project.write({other: text_of(project).replace("playbook: renewals", "playbook: other")})
    watched = {"changes": [{"uri": editor.uri(other), "type": 1}]}
    editor.notify("workspace/didChangeWatchedFiles", watched)
    editor.codes(other, "E203")
    editor.close("catalog/all.yaml")  # what was typed there is dropped
    editor.codes(other)


def test_a_new_file_is_part_of_the_project_before_it_is_saved(project: Company, editor: Editor) -> None:
    editor.open("playbooks/new.yaml", text_of(project))
    editor.codes(BOOK, "E501")
    editor.close("playbooks/new.yaml")
    editor.codes(BOOK)


@pytest.mark.parametrize(
    ("capabilities", "encoding"),
    [({}, "utf-16"), (UTF8, "utf-8"), ({"general": {"positionEncodings": ["utf-32"]}}, "utf-32")],
    ids=["nothing said", "utf-8", "utf-32"],
)
def test_places_after_wide_characters(own: Company, capabilities: dict[str, Any], encoding: str) -> None:
    line = 'if: account.name == "株式会社😀" and acount.segment == "mid"'
    wrong = text_of(own).replace(text_of(own).split("if: ")[1].split("\n")[0], line[4:])
    with Editor(own.root, capabilities) as editor:
        assert editor.hello["capabilities"].get("positionEncoding", "utf-16") == encoding
        editor.open(BOOK, wrong)
        (one,) = editor.findings(BOOK)
        row = wrong.split("\n")[one["range"]["start"]["line"]]
        units = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
        data = row.encode(f"{encoding}-le" if units > 1 else encoding)
        cut = data[one["range"]["start"]["character"] * units : one["range"]["end"]["character"] * units]
        assert cut.decode(f"{encoding}-le" if units > 1 else encoding) == "acount"
        before = row[: row.index("segment") + 3]
        place = {"line": one["range"]["start"]["line"], "character": 0}
        place["character"] = len(before.encode(f"{encoding}-le" if units > 1 else encoding)) // units
        asked = {"textDocument": {"uri": editor.uri(BOOK)}, "position": place}
        editor.change(BOOK, wrong.replace("acount", "account"))
        editor.findings(BOOK)
        place["character"] += 1
        assert "account.segment" in editor.request("textDocument/hover", asked)["contents"]["value"]


# questions


def test_hover(project: Company, editor: Editor) -> None:
    assert "derived: `days_until(renewal_date)`" in editor.hover(BOOK, "when: days_to_|renewal")
    assert "enterprise, mid, smb, longtail" in editor.hover(BOOK, "account.seg|ment")
    assert "crm.accounts.segment" in editor.hover(BOOK, "account.seg|ment")
    assert "param **lead**: `140`" in editor.hover(BOOK, "== le|ad")
    assert "count(R where E)" in editor.hover(BOOK, "cou|nt(")
    assert "contact.role" in editor.hover(BOOK, "where ro|le ==")
    assert "records of **contact**" in editor.hover(BOOK, "account.cont|acts")
    assert "decision_maker" in editor.hover(BOOK, "to: decision|_maker")
    assert "PLAY + DURATION" in editor.hover(BOOK, "aft|er: ask")
    assert "templates/ask.md" in editor.hover(BOOK, "email: as|k")
    assert editor.hover(BOOK, "describe: A te|st") == ""


def test_hover_shows_the_last_values_once_there_are_facts(project: Company, editor: Editor) -> None:
    assert "snapshot of" not in editor.hover(BOOK, "account.seg|ment")
    project.run("2024-03-02")
    assert "snapshot of 2024-03-02: in 1 record, 0 missing" in editor.hover(BOOK, "account.seg|ment")
    assert "`mid` (1)" in editor.hover(BOOK, "account.seg|ment")


def test_sensitive_values_are_not_shown(project: Company, editor: Editor) -> None:
    catalog = text_of(project, "catalog/all.yaml").replace(
        "      name: text", "      name: {text: true, sensitive: true}", 1
    )
    project.write({"catalog/all.yaml": catalog})
    project.run("2024-03-02")
    editor.save(BOOK)
    editor.change(BOOK, text_of(project))
    editor.findings(BOOK)
    shown = editor.hover(BOOK, "{{ account.na|me }}")
    assert "values are sensitive and not shown" in shown
    assert "Acme" not in shown


def test_completion(project: Company, editor: Editor) -> None:
    right = text_of(project)
    editor.change(BOOK, right.replace('account.segment == "mid"', 'account. == "mid"'))
    assert {"segment", "name", "csm"} <= set(editor.completions(BOOK, "account.| =="))
    editor.change(BOOK, right.replace('"mid" and', "and"))
    assert editor.completions(BOOK, "segment == |and")[:4] == [
        '"enterprise"', '"mid"', '"smb"', '"longtail"',
    ]  # fmt: skip
    editor.change(BOOK, right.replace("grace: 7d", "gr"))
    assert "grace" in editor.completions(BOOK, "  gr|\n")
    assert "when" not in editor.completions(BOOK, "  gr|\n")  # it is there already
    editor.change(BOOK, right.replace("email: ask", "email: "))
    assert editor.completions(BOOK, "email: |\n") == ["ask"]
    editor.change(BOOK, right.replace("to: decision_maker", "to: "))
    assert {"decision_maker", "admin", "csm", "kato", "mori"} <= set(editor.completions(BOOK, " to: |\n"))
    editor.change(BOOK, right.replace("after: ask + 10d", "after: "))
    assert editor.completions(BOOK, "after: |\n") == ["ask"]
    editor.change(BOOK, right.replace('where role == "admin"', "where "))
    inner = editor.completions(BOOK, "where |)")
    assert {"role", "email", "outer"} <= set(inner)
    assert "days_to_renewal" not in inner


def test_completion_makes_the_edit_that_it_shows(project: Company, editor: Editor) -> None:
    wrong = text_of(project).replace("days_to_renewal == lead", "days_to_r")
    editor.change(BOOK, wrong)
    found = editor.request("textDocument/completion", editor.at(BOOK, "when: days_to_r|\n"))
    (item,) = [one for one in found["items"] if one["label"] == "days_to_renewal"]
    edit = item["textEdit"]
    assert "days_to_renewal\n" in applied(wrong, [edit])
    assert "days_to_rdays" not in applied(wrong, [edit])


def test_definition(project: Company, editor: Editor) -> None:
    catalog = text_of(project, "catalog/all.yaml").split("\n")
    field = 1 + next(i for i, line in enumerate(catalog) if line.strip().startswith("days_to_renewal:"))
    assert editor.definitions(BOOK, "when: days_to_|renewal") == [f"catalog/all.yaml:{field}"]
    assert editor.definitions(BOOK, "email: as|k") == ["templates/ask.md:1"]
    book = text_of(project).split("\n")
    assert editor.definitions(BOOK, "== le|ad") == [f"{BOOK}:{book.index('  lead: 140') + 1}"]
    assert editor.definitions(BOOK, "after: a|sk") == [f"{BOOK}:{book.index('  ask:') + 1}"]
    assert editor.definitions(BOOK, "describe: A t|est") == []


# actions


def test_a_finding_is_allowed_on_its_play(project: Company, editor: Editor) -> None:
    risky = text_of(project).replace("if: account.segment", "if: account.nps != 3 and account.segment")
    editor.change(BOOK, risky)
    (one,) = editor.findings(BOOK)
    assert one["code"] == "W202"
    (action,) = editor.actions(BOOK, one["range"]["start"]["line"] + 1)
    assert "Allow W202 on play `call`" in action["title"]
    mended = applied(risky, action["edit"]["changes"][editor.uri(BOOK)])
    assert "\n  # playcall: allow W202 until 20" in mended
    editor.change(BOOK, mended)
    assert editor.findings(BOOK) == []


def test_a_mistake_with_one_safe_mend_is_mended(project: Company, editor: Editor) -> None:
    wrong = text_of(project).replace('account.segment == "mid"', 'account.segment = "mid"')
    editor.change(BOOK, wrong)
    (one,) = editor.findings(BOOK)
    (action,) = editor.actions(BOOK, one["range"]["start"]["line"] + 1)
    assert action["isPreferred"]
    assert applied(wrong, action["edit"]["changes"][editor.uri(BOOK)]) == text_of(project)


def test_formatting_is_that_of_fmt(project: Company, editor: Editor) -> None:
    right = text_of(project)
    untidy = right.replace("grace: 7d", "grace:    7d").replace("== lead", "==lead") + "\n\n"
    editor.change(BOOK, untidy)
    options = {"tabSize": 2, "insertSpaces": True}
    asked = {"textDocument": {"uri": editor.uri(BOOK)}, "options": options}
    edits = editor.request("textDocument/formatting", asked)
    assert len(edits) > 1  # what is right already keeps its cursors and folds
    project.write({BOOK: untidy})
    assert project.call("fmt").code == 0
    assert applied(untidy, edits) == text_of(project) != untidy
    editor.change(BOOK, "playbook: [")
    assert editor.request("textDocument/formatting", asked) == []


# robustness


def test_a_file_outside_of_any_project_is_said_once(tmp_path: Path) -> None:
    with Editor(tmp_path) as editor:
        editor.open("one.yaml", "a: b\n")
        editor.open("two.yaml", "a: [\n")
        assert editor.hover("one.yaml", "a|: b") == ""
        assert editor.completions("two.yaml", "a: [|") == []
        (message,) = editor.messages()
        assert "playcall.yaml" in message
    assert editor.code == 0


BROKEN = {
    "empty": "",
    "quote": 'playbook: "x\nplays:\n  a: {',
    "bracket": "plays: [[[[",
    "control character": "playbook: \x07\n",
    "anchors": "a: &x [1]\nb: *x\n",
    "surrogate": "playbook: \ud83d\n",
    "no mapping": "- 1\n- 2\n",
    "deep": "[" * 2000,
    "line separators": "playbook: a\u2028b\x85\nplays:\n  x: 1\n",
    "too large": "# " + "x" * (1 << 20) + "\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_documents(project: Company, editor: Editor, text: str) -> None:
    editor.change(BOOK, text)
    assert all(one["code"] for one in editor.findings(BOOK))
    place = {"textDocument": {"uri": editor.uri(BOOK)}, "position": {"line": 0, "character": 3}}
    for method in ("hover", "completion", "definition"):
        assert "result" in editor.ask(f"textDocument/{method}", place)
    place["position"] = {"line": 10**6, "character": 10**6}
    assert "result" in editor.ask("textDocument/hover", place)
    editor.actions(BOOK, 1)
    editor.change(BOOK, text_of(project))
    assert editor.findings(BOOK) == []


def test_a_project_without_a_valid_playcall_yaml(own: Company) -> None:
    watching = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    with Editor(own.root, watching) as editor:
        editor.open(BOOK)
        editor.findings(BOOK)
        assert [one for one in editor.seen if one.get("method") == "client/registerCapability"]
        editor.open("playcall.yaml", "project: [")
        editor.codes("playcall.yaml", "E101")
        assert "derived" in editor.hover(BOOK, "when: days_to_|renewal")  # by what was known before
        (own.root / "playcall.yaml").unlink()
        editor.close("playcall.yaml")
        editor.codes("playcall.yaml")
        assert [one for one in editor.messages() if "has no playcall.yaml" in one]
    assert editor.code == 0


def test_a_project_that_is_made_around_an_open_file(tmp_path: Path, editor: Editor) -> None:
    loose = tmp_path / "playbooks" / "x.yaml"
    place = {"textDocument": {"uri": loose.as_uri()}, "position": {"line": 1, "character": 5}}
    document = {"uri": loose.as_uri(), "languageId": "yaml", "version": 1, "text": "playbook: x\nfor: \n"}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    assert editor.request("textDocument/completion", place) is None
    made(tmp_path)
    found = editor.request("textDocument/completion", place)
    assert "contract" in [item["label"] for item in found["items"]]
    editor.notify("textDocument/didClose", {"textDocument": {"uri": loose.as_uri()}})


def test_messages_that_are_none(editor: Editor) -> None:
    editor.send_bytes(b"{nonsense")
    editor.send_bytes(b'{"jsonrpc": "2.0", "id": 77, "method": "textDocument/nothing", "params": {}}')
    assert editor.wait(lambda one: one.get("id") == 77)["error"]["code"] == -32601
    assert editor.hover(BOOK, "account.seg|ment")


def test_a_snapshot_that_cannot_be_read_leaves_the_rest_of_the_hover(
    project: Company, editor: Editor
) -> None:
    project.run("2024-03-02")
    for file in (project.root / ".playcall" / "snapshots" / "objects").iterdir():
        file.write_bytes(b"no parquet")
    assert "crm.accounts.segment" in editor.hover(BOOK, "account.seg|ment")
    for file in (project.root / ".playcall" / "snapshots" / "manifests").iterdir():
        file.write_text("{")
    assert "crm.accounts.segment" in editor.hover(BOOK, "account.seg|ment")
    (project.root / ".playcall" / "snapshots" / "index.jsonl").write_text("nonsense\n")
    assert "crm.accounts.segment" in editor.hover(BOOK, "account.seg|ment")


# the end


def test_exit_without_shutdown_is_an_error(own: Company) -> None:
    editor = Editor(own.root)
    editor.__enter__()
    editor.notify("exit", None)
    editor.process.wait(30)
    editor.__exit__(None, None, None)
    assert editor.code == 1


def test_the_server_ends_when_its_stdin_is_closed(own: Company) -> None:
    editor = Editor(own.root)
    editor.__enter__()
    assert editor.process.stdin is not None
    editor.process.stdin.close()
    editor.process.wait(30)
    editor.__exit__(None, None, None)
    assert "Traceback" not in editor.errors


@pytest.mark.skipif(os.name != "posix", reason="asks for a process by its id")
def test_the_server_ends_when_the_editor_is_gone(own: Company) -> None:
    started = time.monotonic()
    editor = Editor(own.root, parent=dead_process())
    editor.__enter__()
    editor.process.wait(30)  # its stdin is still open
    editor.__exit__(None, None, None)
    assert time.monotonic() - started < 30
