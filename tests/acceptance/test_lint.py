"""What a user reads after a mistake, to the character."""

from __future__ import annotations

import json

import pytest

from clikit import Company

PLAYBOOK = """\
playbook: renewal-intent
describe: Ask, 140 days ahead.
owner: renewals@acme.test
for: contract
where: status == "active" and not auto_renew
params:
  lead: 140

plays:
  ask:
    # exactly once
    when: days_to_renwal == lead
    do:
      - email: ask
        to: decision_maker
        from: csm
"""


def test_a_misspelt_field_is_shown_as_specified(company: Company) -> None:
    company.write({"playbooks/renewal-intent.yaml": PLAYBOOK})
    answer = company.call("lint")
    assert answer.code == 1
    assert answer.out == (
        "playbooks/renewal-intent.yaml:12:11: error E203: contract has no field `days_to_renwal`\n"
        "   12 |     when: days_to_renwal == lead\n"
        "      |           ^^^^^^^^^^^^^^\n"
        "   help: did you mean `days_to_renewal`?\n"
        "1 error, 0 warnings in 4 files\n"
    )


def test_a_clean_project(company: Company) -> None:
    company.write({"playbooks/renewal-intent.yaml": PLAYBOOK.replace("renwal", "renewal")})
    answer = company.call("lint")
    assert (answer.code, answer.out) == (0, "no findings in 4 files\n")


# (what is written instead of what, code, line, column, words of the message or the help)
MISTAKES = {
    "enum literal": ('"active"', '"actve"', "E206", 5, 18, "active"),
    "types": ("== lead", '== "140"', "E205", 12, 11, ""),
    "condition": ("when: days_to_renwal == lead", "when: quantity + 1", "E208", 12, 11, ""),
    "entity": ("for: contract", "for: contrct", "E502", 4, 6, "contract"),
    "recipient": ("to: decision_maker", "to: decision_makr", "E404", 15, 13, "decision_maker"),
    "template": ("email: ask", "email: asc", "E401", 14, 16, "ask"),
    "unknown key": ("owner:", "ownr:", "E105", 3, 1, "owner"),
    "later part": ("plays:", "goal: {reached: auto_renew}\nplays:", "E109", 9, 1, ""),
    "survey": ("- email: ask", "- survey: ask", "E413", 14, 17, "there is no survey"),
    "relation": ("lead\n", 'count(tickets where status == "open")\n', "E204", 12, 36, ""),
    "yaml boolean": ("lead: 140", "lead: NO", "E104", 7, 9, ""),
    "duplicate key": ("    do:", "    when: auto_renew\n    do:", "E102", 13, 5, ""),
    "anchor": ("lead: 140", "lead: &x 140", "E103", 7, 9, ""),
    "flow mapping": ("where: status", "where: {status", "E101", 5, 8, ""),
    "no trigger": ("    when: days_to_renwal == lead\n", "", "E106", 0, 0, "when"),
    "grace": ("    do:", "    grace: soon\n    do:", "E107", 13, 12, ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_have_their_place(company: Company, mistake: str) -> None:
    old, new, code, line, column, words = MISTAKES[mistake]
    text = PLAYBOOK.replace(old, new, 1).replace("renwal", "renewal")
    company.write({"playbooks/renewal-intent.yaml": text})
    answer = company.call("lint", "--format", "json")
    assert answer.code == 1
    found = [one for one in json.loads(answer.out)["diagnostics"] if one["severity"] == "error"]
    first = next((one for one in found if one["code"] == code), None)
    assert first is not None, [(one["code"], one["message"]) for one in found]
    assert first["file"] == "playbooks/renewal-intent.yaml"
    assert line in (0, first["line"])
    assert column in (0, first["column"])
    assert words in first["message"] + first["help"]


def test_all_mistakes_are_found_in_one_pass(company: Company) -> None:
    text = PLAYBOOK.replace('"active"', '"actve"').replace("to: decision_maker", "to: nobody")
    company.write({"playbooks/renewal-intent.yaml": text})
    codes = [one["code"] for one in json.loads(company.call("lint", "--format", "json").out)["diagnostics"]]
    assert codes == ["E206", "E203", "E404"]


def test_a_template_with_an_undefined_name(company: Company) -> None:
    company.write(
        {
            "playbooks/renewal-intent.yaml": PLAYBOOK.replace("renwal", "renewal"),
            "templates/ask.md": '---\nsubject: "x"\n---\nDear {{ recipient.name }}, {{ contract.prodct }}\n',
        }
    )
    answer = company.call("lint")
    assert answer.code == 1
    assert "templates/ask.md:4:" in answer.out
    assert "did you mean `product`?" in answer.out


def test_a_project_with_errors_does_nothing(company: Company) -> None:
    company.write({"playbooks/renewal-intent.yaml": PLAYBOOK})
    answer = company.call("run", "--as-of", "2024-03-02")
    assert answer.code == 3
    assert "E203" in answer.err
    assert "did you mean `days_to_renewal`?" in answer.err
    assert not (company.root / ".playcall").exists()


def test_warnings_stop_nothing_unless_asked(company: Company) -> None:
    company.write(
        {
            "playbooks/renewal-intent.yaml": PLAYBOOK.replace("renwal", "renewal").replace(
                "owner: renewals@acme.test\n", ""
            )
        }
    )
    answer = company.call("lint")
    assert (answer.code, "W501" in answer.out) == (0, True)
    assert company.call("lint", "--fail-on", "warning").code == 1


@pytest.mark.parametrize("style", ["json", "sarif", "junit", "github", "text"])
def test_every_format(company: Company, style: str) -> None:
    company.write({"playbooks/renewal-intent.yaml": PLAYBOOK})
    answer = company.call("lint", "--format", style)
    assert answer.code == 1
    assert "E203" in answer.out


def test_one_path_of_the_project(company: Company) -> None:
    company.write({"playbooks/renewal-intent.yaml": PLAYBOOK})
    assert company.call("lint", "catalog").code == 0
    assert company.call("lint", "playbooks/renewal-intent.yaml").code == 1
    absent = company.call("lint", "playbooks/nothing.yaml")
    assert (absent.code, "playbooks/nothing.yaml" in absent.err) == (3, True)
