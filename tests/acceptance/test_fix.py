"""`lint --fix`: what has one safe mend is mended, everything else in the file stays to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from clikit import Company

HEAD = "playbook: x\ndescribe: A test.\nowner: cs@acme.test\nfor: contract\n"
PLAY = "plays:\n  call:\n    when: days_to_renewal == 30\n    do:\n      - {task: Call, assign: csm}\n"

# (what stands in the file, what `--fix` leaves, the codes that it mends)
MENDED = {
    "smart quotes": ("where: status == “active”\n", 'where: status == "active"\n', "E201"),
    "quotes in quotes": ('where: "status == “active”"\n', 'where: "status == \\"active\\""\n', "E201"),
    "a plain text that would begin with a quote": ("where: “active” == status\n", None, ""),
    "operators": (
        'where: quantity => 5 && status = "active" || auto_renew\n',
        'where: quantity >= 5 and status == "active" or auto_renew\n',
        "E201 E201 E201 E201",
    ),
    "over folded lines": (
        'where: >-\n  quantity > 5 AND\n  status = "active"\n',
        'where: >-\n  quantity > 5 and\n  status == "active"\n',
        "E201 E201",
    ),
    "full width": ("where: quantity　＞＝ １０\n", "where: quantity >= 10\n", "E201 E201 E201"),
    "a key": ("wher: auto_renew\n", "where: auto_renew\n", "E105"),
    "a key that stands there already": ("where: auto_renew\nwher: auto_renew\n", None, ""),
    "a text that YAML reads otherwise": ("was: 1.10\n", 'was: "1.10"\n', "E104"),
    "a text that YAML ends": ("extends: a: b\n", 'extends: "a: b"\n', "E110"),
    "a guard": (
        "where: quantity > 5 and status is not missing\n",
        "where: quantity > 5\n",
        "W205",
    ),
    "a guard that comes first": (
        "where: status is not missing and quantity > 5\n",
        "where: quantity > 5\n",
        "W205",
    ),
    "a guard in brackets": (
        "where: (status is not missing) and quantity > 5\n",
        "where: quantity > 5\n",
        "W205",
    ),
    "a guard in brackets with another": (
        "where: (status is not missing or auto_renew) and quantity > 5\n",
        None,
        "",
    ),
    "a text that may be quoted already": ("extends: 'it's'\n", None, ""),
    "a default": ("where: default(quantity, 0) > 5\n", "where: quantity > 5\n", "W205"),
    "a pattern": (
        'where: product matches "^mdm$" and not auto_renew\n',
        'where: product == "mdm" and not auto_renew\n',
        "W209",
    ),
    "a pattern in single quotes": (
        "where: 'product matches \"^it''s\"'\n",
        "where: 'product starts with \"it''s\"'\n",
        "W209",
    ),
    "a condition said twice": (
        "where: auto_renew and quantity > 5 and auto_renew\n",
        "where: auto_renew and quantity > 5\n",
        "W203",
    ),
    "a comment that silences nothing": (
        "# playcall: allow W209 -- no\nwhere: auto_renew  # playcall: allow W203\n# stays\n",
        "where: auto_renew\n# stays\n",
        "W103 W103",
    ),
    "a comment that has expired": (
        'where: product matches "^a" # playcall: allow W209 until 2020-01-01\n',
        'where: product starts with "a"\n',
        "E112 W209",
    ),
    "what looks like a comment": ('describe: "x # playcall: allow W209"\n', None, ""),
}


def _fix(company: Company, text: bytes, *paths: str) -> tuple[bytes, list[str]]:
    """The file afterwards, and the codes that were mended."""
    path = company.root / "playbooks" / "x.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text)
    answer = company.call("lint", "--fix", *paths)
    codes = [line.split(": mended ")[1][:4] for line in answer.err.splitlines()]
    again = company.call("lint", "--fix", *paths)
    assert (again.err, again.out, again.code) == ("", answer.out, answer.code), "it is done in one go"
    return path.read_bytes(), codes


@pytest.mark.parametrize("case", MENDED)
def test_one_mend(company: Company, case: str) -> None:
    before, after, codes = MENDED[case]
    head = HEAD.replace("describe: A test.\n", "") if before.startswith("describe") else HEAD
    mended, found = _fix(company, (head + before + PLAY).encode())
    assert mended.decode() == head + (before if after is None else after) + PLAY
    assert sorted(found) == codes.split()


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_rest_of_the_file_stays_to_the_byte(company: Company, bom: bytes, end: str) -> None:
    text = "# 説明 😀  \n\n" + HEAD + "where:   auto_renew=true   # 更新\t\n\n\n" + PLAY.rstrip("\n")
    mended, _ = _fix(company, bom + text.replace("\n", end).encode())
    assert mended == bom + text.replace("\n", end).replace("auto_renew=true", "auto_renew==true").encode()


def test_a_mend_that_uncovers_another_goes_on(company: Company) -> None:
    text = HEAD + 'wher: status = "a: b" && quantity = 5\nwas: NO\n' + PLAY
    mended, codes = _fix(company, text.encode())
    assert codes == ["E110", "E105", "E104", "E201", "E201", "E201"]
    expected = HEAD + 'where: \'status == "a: b" and quantity == 5\'\nwas: "NO"\n' + PLAY
    assert mended.decode() == expected


def test_only_the_paths_that_are_named(company: Company) -> None:
    company.write({"playbooks/y.yaml": HEAD.replace(": x", ": y") + "wher: auto_renew\n" + PLAY})
    _, codes = _fix(company, (HEAD + "wher: auto_renew\n" + PLAY).encode(), "playbooks/x.yaml")
    assert codes == ["E105"]
    assert "wher:" in (company.root / "playbooks" / "y.yaml").read_text("utf-8")


def test_says_what_was_mended_where_and_reports_the_rest(company: Company) -> None:
    company.write({"playbooks/x.yaml": HEAD + "wher: quantity = 5 and no_such\n" + PLAY})
    answer = company.call("lint", "--fix", "--format", "json")
    assert answer.code == 1
    assert answer.err == (
        "playbooks/x.yaml:5:1: mended E105: write `where`\n"
        "playbooks/x.yaml:5:17: mended E201: write `==` to compare\n"
    )
    assert "E203" in [one["code"] for one in answer.json()["diagnostics"]]


def test_a_template_is_left_alone_and_links_stay_links(company: Company, tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(HEAD + "wher: auto_renew\n" + PLAY, "utf-8")
    real.chmod(0o640)
    link = company.root / "playbooks" / "x.yaml"
    link.parent.mkdir()
    link.symlink_to(real)
    assert company.call("lint", "--fix").code == 0
    assert link.is_symlink()
    assert "where: auto_renew" in real.read_text("utf-8")
    assert real.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".real")] == []


def test_a_guess_is_left_to_a_person(company: Company) -> None:
    text = HEAD + "where: statis == 5\n" + PLAY
    mended, codes = _fix(company, text.encode())
    assert (mended.decode(), codes) == (text, [])
    sarif = company.call("lint", "--format", "sarif").json()
    (fix,) = next(one for one in sarif["runs"][0]["results"] if one["ruleId"] == "E203")["fixes"]
    assert fix["description"]["text"] == "write `status`"
