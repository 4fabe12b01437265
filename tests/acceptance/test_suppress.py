"""Who must not be written to is not: by reason and topic, at the decision and at the moment of sending."""

from __future__ import annotations

import pytest

from clikit import CONTACT, Company, verdicts

ASK = """
ask:
  when: days_to_renewal == 140
  topic: tips
  do: [{email: ask, to: decision_maker}]
"""
TOPICS = (
    "topics: {tips: {class: operational}, contract: {class: transactional}, news: {class: promotional}}\n"
)


@pytest.fixture
def asking(company: Company) -> Company:
    """A company whose one contract is asked on 2 March."""
    path = company.root / "playcall.yaml"
    company.write({"playcall.yaml": path.read_text("utf-8") + TOPICS})
    company.playbook(ASK)
    company.run("2024-03-01")
    return company


def suppress(company: Company, *arguments: str) -> str:
    answer = company.call("suppress", *arguments)
    assert answer.code == 0, answer.err
    return answer.out


@pytest.mark.parametrize("reason", ["unsubscribe", "bounce", "complaint", "manual", "legal"])
def test_each_reason_stops_a_message(asking: Company, reason: str) -> None:
    suppress(asking, "add", "CEO@Acme.TEST", "--reason", reason)
    assert verdicts(asking.run("2024-03-02")) == {"suppressed": 1}
    assert asking.explain("renewals.ask", "C1", "2024-03-02")[1] == reason
    assert asking.touches() == []
    assert verdicts(asking.run("2024-03-03")) == {}


@pytest.mark.parametrize(
    ("topic", "reason", "scope", "goes"),
    [
        ("tips", "unsubscribe", "tips", False),
        ("tips", "unsubscribe", "contract", True),
        ("contract", "unsubscribe", "", True),  # what a contract demands goes all the same
        ("contract", "unsubscribe", "contract", False),
        ("contract", "bounce", "", False),
        ("contract", "complaint", "", False),
        ("contract", "manual", "tips", True),
    ],
)
def test_a_suppression_has_a_scope(asking: Company, topic: str, reason: str, scope: str, goes: bool) -> None:
    asking.playbook(ASK.replace("tips", topic))
    suppress(asking, "add", "ceo@acme.test", "--reason", reason, "--topic", scope)
    assert verdicts(asking.run("2024-03-02")) == {"fired" if goes else "suppressed": 1}


def test_one_suppressed_recipient_cancels_nothing_beside_it(asking: Company) -> None:
    asking.playbook(
        "ask:\n  when: days_to_renewal == 140\n"
        "  do:\n    - {email: ask, to: [decision_maker, admin]}\n"
        '    - {task: "Call", assign: csm}\n'
    )
    asking.table("contacts", [CONTACT, {**CONTACT, "email": "it@acme.test", "role": "admin"}])
    suppress(asking, "add", "ceo@acme.test")
    report = asking.run("2024-03-02")
    assert verdicts(report) == {"fired": 1}
    assert (report["touches"]["email"], report["touches"]["task"]) == (1, 1)
    assert [str(mail["To"]) for mail in asking.mails()] == ["Carla Chief <it@acme.test>"]
    [cancelled] = asking.touches("--state", "cancelled")
    assert (cancelled["to"], cancelled["reason"]) == ("ceo@acme.test", "suppressed: manual")


def test_a_suppressed_address_gets_no_copy(asking: Company) -> None:
    asking.playbook(
        "ask:\n  when: days_to_renewal == 140\n  do: [{email: ask, to: decision_maker, cc: admin}]\n"
    )
    asking.table("contacts", [CONTACT, {**CONTACT, "email": "it@acme.test", "role": "admin"}])
    suppress(asking, "add", "it@acme.test")
    asking.run("2024-03-02")
    [mail] = asking.mails()
    assert (str(mail["To"]), mail["Cc"]) == ("Carla Chief <ceo@acme.test>", None)


def test_what_changes_between_decision_and_sending_holds(asking: Company) -> None:
    asking.playbook(
        "ask:\n  when: days_to_renewal == 140\n  do: [{email: ask, to: [decision_maker, admin], cc: boss}]\n"
    )
    text = (asking.root / "catalog/all.yaml").read_text("utf-8")
    asking.write({"catalog/all.yaml": text + '  boss: {of: contacts, where: role == "boss"}\n'})
    people = {"ceo": "decision_maker", "it": "admin", "boss": "boss"}
    asking.table(
        "contacts", [{**CONTACT, "email": f"{who}@acme.test", "role": role} for who, role in people.items()]
    )
    assert verdicts(asking.run("2024-03-02", "--no-deliver")) == {"fired": 1}
    suppress(asking, "add", "it@acme.test", "boss@acme.test")
    assert asking.call("deliver").code == 0
    [mail] = asking.mails()
    assert (str(mail["To"]), mail["Cc"]) == ("Carla Chief <ceo@acme.test>", None)
    [cancelled] = asking.touches("--state", "cancelled")
    assert cancelled["reason"] == "suppressed: manual"


def test_a_suppression_may_end(asking: Company) -> None:
    suppress(asking, "add", "ceo@acme.test", "--until", "2024-03-01", "--note", "on holiday")
    assert verdicts(asking.run("2024-03-02")) == {"fired": 1}


def test_only_the_recipient_lifts_an_unsubscribe(asking: Company) -> None:
    suppress(asking, "add", "ceo@acme.test", "--reason", "unsubscribe")
    suppress(asking, "add", "ceo@acme.test", "--reason", "bounce")
    refused = asking.call("suppress", "lift", "ceo@acme.test")
    assert (refused.code, "only the recipient" in refused.err) == (3, True)
    assert len(asking.json("suppress", "list")["suppressions"]) == 2
    suppress(asking, "lift", "ceo@acme.test", "--reason", "bounce")
    suppress(asking, "lift", "CEO@acme.test", "--asked", "their mail of 1 March")
    assert asking.json("suppress", "list")["suppressions"] == []
    assert verdicts(asking.run("2024-03-02")) == {"fired": 1}
    nothing = asking.call("suppress", "lift", "ceo@acme.test")
    assert (nothing.code, "suppress list" in nothing.err) == (3, True)


def test_the_list_says_who_why_and_since_when(asking: Company) -> None:
    suppress(asking, "add", " Ceo@ACME.test ", "--reason", "legal", "--topic", "tips", "--note", "case 12")
    suppress(asking, "add", "ceo@acme.test", "--reason", "legal", "--topic", "tips")  # known already
    [one] = asking.json("suppress", "list", "CEO@acme.test")["suppressions"]
    assert (one["address"], one["reason"], one["scope"]) == ("ceo@acme.test", "legal", "tips")
    assert (one["note"], one["until"]) == ("case 12", None)
    assert "ceo@acme.test" in suppress(asking, "list")
    assert asking.json("suppress", "list", "x@acme.test")["suppressions"] == []


def test_a_list_is_imported(asking: Company) -> None:
    header = "\ufeffAddress,Reason,Topic,Until,Note\n"
    rows = "ceo@acme.test,unsubscribe,tips,,old system\nB@x.test,,,2030-01-01,\n"
    asking.write({"list.csv": header + rows})
    assert "2 suppression(s)" in suppress(asking, "import", str(asking.root / "list.csv"))
    assert "0 suppression(s)" in suppress(asking, "import", str(asking.root / "list.csv"))
    listed = asking.json("suppress", "list")["suppressions"]
    assert [(one["address"], one["reason"], one["scope"]) for one in listed] == [
        ("b@x.test", "manual", "*"),
        ("ceo@acme.test", "unsubscribe", "tips"),
    ]
    assert verdicts(asking.run("2024-03-02")) == {"suppressed": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("address,reason\nno address,manual\n", ":2: `no address` is not an e-mail address"),
        ("address,reason\na@x.test,bounced\n", "did you mean `bounce`"),
        ("address,topic\na@x.test,tip\n", "did you mean `tips`"),
        ("address,until\na@x.test,tomorrow\n", "`until` is a day"),
        ("mail\na@x.test\n", "no column `address`"),
        ("address,reson\na@x.test,x\n", "a column `reson`"),
    ],
)
def test_a_list_that_is_wrong_is_refused_as_a_whole(asking: Company, text: str, said: str) -> None:
    asking.write({"list.csv": text})
    answer = asking.call("suppress", "import", str(asking.root / "list.csv"))
    assert (answer.code, said in answer.err) == (3, True), answer.err
    assert asking.json("suppress", "list")["suppressions"] == []
    absent = asking.call("suppress", "import", str(asking.root / "absent.csv"))
    assert (absent.code, "absent.csv" in absent.err) == (3, True)
