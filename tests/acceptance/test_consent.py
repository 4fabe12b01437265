"""Promotional messages go to who agreed to them, on a ground that the topic accepts, and to nobody else."""

from __future__ import annotations

import pytest

from clikit import Company, verdicts

NEWS = """
tell:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, topic: news}]
"""


@pytest.fixture
def promoting(company: Company) -> Company:
    """A company that has news for its one contract on 2 March."""
    path = company.root / "playcall.yaml"
    topics = "topics: {news: {class: promotional}, fairs: {class: promotional, consent: [address_given]}}\n"
    company.write({"playcall.yaml": path.read_text("utf-8") + topics})
    company.playbook(NEWS)
    company.run("2024-03-01")
    return company


def agree(company: Company, *arguments: str) -> None:
    answer = company.call("consent", "add", "Ceo@acme.test", "--evidence", "form 7", *arguments)
    assert answer.code == 0, answer.err


def test_without_consent_nothing_promotional_goes(promoting: Company) -> None:
    assert verdicts(promoting.run("2024-03-02")) == {"suppressed": 1}
    assert promoting.explain("renewals.tell", "C1", "2024-03-02") == ("suppressed", "consent")


@pytest.mark.parametrize(
    ("arguments", "goes"),
    [
        (("--topic", "news"), True),
        ((), True),  # to everything
        (("--topic", "fairs"), False),
        (("--topic", "news", "--ground", "double_opt_in"), True),
        (("--topic", "news", "--ground", "relationship"), False),  # the topic does not accept it
    ],
)
def test_consent_has_a_topic_and_a_ground(promoting: Company, arguments: tuple[str, ...], goes: bool) -> None:
    agree(promoting, *arguments)
    assert verdicts(promoting.run("2024-03-02")) == {"fired" if goes else "suppressed": 1}


def test_a_topic_says_which_grounds_it_accepts(promoting: Company) -> None:
    promoting.playbook(NEWS.replace("news", "fairs"))
    agree(promoting, "--ground", "opt_in")
    assert verdicts(promoting.json("plan", "--as-of", "2024-03-02")) == {"suppressed": 1}
    agree(promoting, "--ground", "address_given", "--topic", "fairs")
    assert verdicts(promoting.run("2024-03-02")) == {"fired": 1}


def test_the_record_says_who_when_how_and_to_which_words(promoting: Company) -> None:
    agree(promoting, "--given", "2024-02-01", "--wording", "privacy-2024-01", "--topic", "news")
    assert promoting.call("consent", "withdraw", "ceo@ACME.test", "--topic", "news").code == 0
    agree(promoting, "--wording", "privacy-2024-02", "--topic", "news")
    first, second = promoting.json("consent", "list", "ceo@acme.test")["consents"]
    assert (first["address"], first["given_at"]) == ("ceo@acme.test", "2024-01-31T15:00:00Z")
    assert (first["evidence"], first["wording"]) == ("form 7", "privacy-2024-01")
    assert (first["withdrawn_at"] is None, second["withdrawn_at"] is None) == (False, True)
    assert "form 7" in promoting.call("consent", "list").out


def test_consent_withdrawn_before_sending_holds(promoting: Company) -> None:
    agree(promoting)
    assert verdicts(promoting.run("2024-03-02", "--no-deliver")) == {"fired": 1}
    assert promoting.call("consent", "withdraw", "ceo@acme.test").code == 0
    assert promoting.call("deliver").code == 0
    assert promoting.mails() == []
    [touch] = promoting.touches()
    assert (touch["state"], touch["reason"]) == ("cancelled", "suppressed: consent")
    again = promoting.call("consent", "withdraw", "ceo@acme.test")
    assert (again.code, "consent list" in again.err) == (3, True)


def test_who_unsubscribed_gets_nothing_for_all_their_consent(promoting: Company) -> None:
    agree(promoting)
    assert promoting.call("suppress", "add", "ceo@acme.test", "--reason", "unsubscribe").code == 0
    assert verdicts(promoting.run("2024-03-02")) == {"suppressed": 1}


def test_a_colleague_needs_no_consent(promoting: Company) -> None:
    promoting.playbook(NEWS.replace("decision_maker", "csm"))
    assert verdicts(promoting.run("2024-03-02")) == {"fired": 1}


def test_consents_are_imported(promoting: Company) -> None:
    promoting.write(
        {"given.csv": "address,topic,ground,given,evidence\nceo@acme.test,news,opt_in,2024-01-05,fair\n"}
    )
    assert promoting.call("consent", "import", str(promoting.root / "given.csv")).code == 0
    assert verdicts(promoting.run("2024-03-02")) == {"fired": 1}
    promoting.write({"given.csv": "address,topic,evidence\nceo@acme.test,news,\n"})
    answer = promoting.call("consent", "import", str(promoting.root / "given.csv"))
    assert (answer.code, "given.csv:2" in answer.err, "evidence" in answer.err) == (3, True, True)


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ("{news: {class: promotion}}", "did you mean `promotional`"),
        ("{news: {class: operational, consent: opt_in}}", "belongs to promotional topics"),
        ("{news: {class: promotional, consent: optin}}", "did you mean `opt_in`"),
        ("{newz: {class: promotional}}", "did you mean `newz`"),
        ("{news: {}}", "needs `class`"),
    ],
)
def test_a_topic_that_is_wrong_is_told(company: Company, topics: str, said: str) -> None:
    path = company.root / "playcall.yaml"
    company.write({"playcall.yaml": path.read_text("utf-8") + f"topics: {topics}\n"})
    company.playbook(NEWS)
    answer = company.call("lint")
    assert (answer.code, said in answer.out) == (1, True), answer.out
