"""`doctor`: a line for each thing that a run needs, with what to do where one is not well."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine

from clikit import PROJECT, Company
from dnskit import dns_server
from playcall.engine.ledger.slots import SlotRow, add_slots
from playcall.engine.ports import FixedClock
from playcall.engine.service.diagnosing import doctor
from playcall.engine.service.workspace import Workspace
from postkit import maildir
from smtpkit import ScriptedSmtp

NOW = datetime(2024, 3, 2, 0, 0, tzinfo=UTC)
SAFE = "q7Zk2mXv9RtB4nLc8WpY1sHd6JfGa0Ue"
ASK = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker}]
"""
LONG = base64.b64encode(b"x" * 294).decode()
SOUND = {
    ("acme.test", "TXT"): ['"google-site-verification=x"', '"v=spf1 include:_spf.mail.test " "-all"'],
    ("_spf.mail.test", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
    ("acme.test", "MX"): ["10 mx.acme.test."],
    ("_dmarc.acme.test", "TXT"): ['"v=DMARC1; p=reject"'],
    ("key._domainkey.acme.test", "TXT"): [f'"v=DKIM1; k=rsa; p={LONG[:200]}" "{LONG[200:]}"'],
}


def look(company: Company, *arguments: str) -> dict[str, tuple[str, str, str]]:
    """(level, detail, next) of each check."""
    return named(company.call("doctor", *arguments, "--format", "json").json())


def named(found: Mapping[str, Any]) -> dict[str, tuple[str, str, str]]:
    return {one["name"]: (one["level"], one["detail"], one["next"]) for one in found["checks"]}


def configure(company: Company, text: str) -> None:
    company.write({"playcall.yaml": PROJECT + text})


@pytest.fixture
def mailing(company: Company) -> Iterator[Company]:
    """A company whose mail goes out by SMTP from acme.test."""
    server = ScriptedSmtp({})
    configure(company, f"channels: {{email: {{adapter: smtp, url: 'smtp://127.0.0.1:{server.port}'}}}}\n")
    yield company
    server.close()


CHANGES: list[tuple[dict[tuple[str, str], list[str] | None], str, str, str]] = [
    ({}, "SPF", "ok", "v=spf1 include"),
    ({("acme.test", "TXT"): None}, "SPF", "fail", "there is none"),
    ({("acme.test", "TXT"): ['"v=spf1 -all"', '"v=spf1 mx -all"']}, "SPF", "fail", "there are 2"),
    ({("acme.test", "TXT"): ['"v=spf1 +all"']}, "SPF", "fail", "everybody"),
    ({("acme.test", "TXT"): ['"v=spf1 a mx"']}, "SPF", "warn", "does not say what is forged"),
    ({("_spf.mail.test", "TXT"): [f'"v=spf1 {"a:x.test " * 10}-all"']}, "SPF", "fail", "more than 10"),
    ({("_spf.mail.test", "TXT"): ['"v=spf1 include:_spf.mail.test -all"']}, "SPF", "fail", "more than 10"),
    ({}, "MX", "ok", "10 mx.acme.test."),
    ({("acme.test", "MX"): ["0 ."]}, "MX", "warn", "takes no mail"),
    ({("acme.test", "MX"): None}, "MX", "fail", "cannot go there"),
    ({("acme.test", "MX"): None, ("acme.test", "A"): ["192.0.2.1"]}, "MX", "ok", "its own address"),
    ({}, "DKIM", "ok", "a key at key._domainkey"),
    ({("key._domainkey.acme.test", "TXT"): None}, "DKIM", "fail", "there is no key"),
    ({("key._domainkey.acme.test", "TXT"): ['"v=DKIM1; p="']}, "DKIM", "fail", "revoked"),
    ({("key._domainkey.acme.test", "TXT"): ['"v=DKIM1; p=MIGf"']}, "DKIM", "warn", "shorter than 2048"),
    ({("key._domainkey.acme.test", "TXT"): ['"k=ed25519; p=MIGf"']}, "DKIM", "ok", "a key"),
    ({}, "DMARC", "ok", "p=reject"),
    ({("_dmarc.acme.test", "TXT"): ['"v=DMARC1; p=none"']}, "DMARC", "warn", "only watches"),
    ({("_dmarc.acme.test", "TXT"): None}, "DMARC", "fail", "there is none"),
    ({("_dmarc.acme.test", "TXT"): ['"v=DMARC1; p=none"', '"v=DMARC1"']}, "DMARC", "fail", "has 2"),
]


def test_what_the_dns_says_of_a_sender(mailing: Company) -> None:
    from playcall.engine.service.doctor.senders import Asking, senders

    project = Workspace.open(mailing.root, None, {}).project
    for changes, about, level, says in CHANGES:
        zone = {place: records for place, records in {**SOUND, **changes}.items() if records is not None}
        with dns_server(zone) as resolver:
            found = {check.name: check for check in senders(project, Asking(resolver, "key"))}
        check = found[f"{about} of acme.test"]
        assert (check.level, says in check.detail) == (level, True), (changes, check)
        assert bool(check.next) == (level != "ok")


def test_a_policy_of_the_domain_above_holds_below(mailing: Company) -> None:
    text = (mailing.root / "playcall.yaml").read_text()
    mailing.write({"playcall.yaml": text.replace("@acme.test", "@news.acme.test")})
    with dns_server(SOUND) as resolver:
        found = look(mailing, "--resolver", resolver)
    assert found["DMARC of news.acme.test"][0] == "ok"
    assert found["SPF of news.acme.test"][0] == "fail", "which does not hold for SPF"
    assert "not checked" in found["DKIM of news.acme.test"][1]


def test_a_dns_that_does_not_answer_is_said(mailing: Company) -> None:
    answer = mailing.call("doctor", "--resolver", "127.0.0.1:1")
    assert answer.code == 0
    assert "SPF, DKIM and DMARC were not checked" in answer.out
    assert "1 to look at" in answer.out


def test_mail_that_stays_here_needs_no_dns(company: Company) -> None:
    assert not [name for name in look(company, "--resolver", "127.0.0.1:1") if "acme.test" in name]


@pytest.mark.parametrize(
    ("token", "key", "levels"),
    [
        (SAFE, SAFE, ("ok", "ok")),
        ("short", SAFE, ("warn", "ok")),
        (SAFE, "change-me-before-you-go-live-0123456789", ("ok", "warn")),
        (SAFE, "ab" * 20, ("ok", "warn")),
        ("a" * 40, "short", ("warn", "fail")),
    ],
)
def test_secrets_that_can_be_guessed(
    company: Company, monkeypatch: pytest.MonkeyPatch, token: str, key: str, levels: tuple[str, str]
) -> None:
    monkeypatch.setenv("TOKEN", token)
    monkeypatch.setenv("KEY", key)
    configure(company, 'links: {url: "https://x.test", keys: ["${KEY}"]}\ninbox: {token: "${TOKEN}"}\n')
    found = look(company)
    assert (found["token of the inbox"][0], found["keys of links"][0]) == levels
    assert not any(SAFE in detail for _, detail, _ in found.values())


OTHER = SAFE[::-1]
SIGNED = 'topics: {renewal: {class: operational}}\nlinks: {url: "https://x.test", keys: [%s]}\n'


def test_keys_that_links_still_need(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message of 2 March has a link to unsubscribe, signed with the key of then."""
    secrets = {"OLD": SAFE, "NEW": OTHER}
    for name, secret in secrets.items():
        monkeypatch.setenv(name, secret)
    company.playbook(ASK, head="topic: renewal\n")
    configure(company, SIGNED % '"${OLD}"')
    company.run("2024-03-02")

    def found(keys: str, at: datetime) -> dict[str, tuple[str, str, str]]:
        configure(company, SIGNED % keys)
        return named(doctor(company.root, None, secrets, clock=FixedClock(at)))

    signed, age = "links signed by keys", "age of the key of links"
    later = NOW + timedelta(days=731)
    both, new, old = found('"${NEW}", "${OLD}"', later), found('"${NEW}"', NOW), found('"${OLD}"', later)
    assert both[signed][1].endswith("needed: key 1 by no open link, key 2 until 2034-02-28")
    assert (both[signed][0], both.get(age)) == ("ok", None)
    assert new[signed][0] == "warn"
    assert new[signed][1].startswith("1 of 1 open links are of a key that is not among `keys`")
    assert (old[signed][0], old[age][0]) == ("ok", "warn")


def test_pages_on_this_machine_need_no_keys(company: Company) -> None:
    configure(company, 'links: {url: "http://localhost:8080"}\n')
    assert look(company)["keys of links"][0] == "ok"


def test_the_mailbox_of_reports(company: Company) -> None:
    configure(company, "inbox: {folder: in}\n")
    assert look(company)["inbox"][0] == "fail"
    maildir(company.root / "in", {})
    assert look(company)["inbox"][0] == "warn"
    channel = 'channels: {email: {adapter: maildir, path: mail, bounces: "back@acme.test"}}\n'
    configure(company, f"inbox: {{folder: in}}\n{channel}")
    assert look(company)["inbox"][0] == "ok"


def test_freshness_and_runs(company: Company) -> None:
    configure(company, "")
    company.write({"playcall.yaml": PROJECT.replace("path: data/crm}", "path: data/crm, fresh: 36h}")})
    company.playbook(ASK)
    company.run("2024-03-01")
    found = look(company)
    assert "may be 36 h old" in found["source crm.contracts"][1]
    assert found["runs"][0] == "warn"
    assert "2024-03-01 08:00" in found["runs"][1]


@pytest.mark.parametrize(
    ("now", "level", "says"),
    [
        (datetime(2024, 3, 1, 23, 30, tzinfo=UTC), "ok", "the last slot was 2024-03-01T08:00"),
        (datetime(2024, 3, 4, 2, 0, tzinfo=UTC), "warn", "renewals: 3 slot(s) since 2024-03-02T08:00"),
        (datetime(2024, 2, 1, tzinfo=UTC), "fail", "a clock is or was wrong"),
    ],
)
def test_slots_that_nobody_served(company: Company, now: datetime, level: str, says: str) -> None:
    company.playbook(ASK, head='schedule: "0 8 * * *"\n')
    workspace = Workspace.open(company.root, None, {})
    with workspace.ledger() as ledger, ledger.writing() as connection:
        add_slots(connection, [SlotRow("renewals", "2024-03-01T08:00", "0 8 * * *", None, 0, None, NOW)])
    found = named(doctor(company.root, None, {}, FixedClock(now)))["schedule"]
    assert (found[0], says in found[1]) == (level, True), found


@pytest.mark.usefixtures("synced")
def test_the_settings_of_postgresql(company: Company, postgres_url: str) -> None:
    configure(company, f'ledger: "{postgres_url}"\n')
    company.playbook(ASK)
    found = look(company)
    assert found["ledger settings"][0] == "ok"
    assert found["clock of the ledger"][0] == "ok"
    engine = create_engine(postgres_url)
    name = engine.url.database
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("default_transaction_isolation = serializable", "synchronous_commit = off"):
            connection.exec_driver_sql(f'alter database "{name}" set {setting}')
    engine.dispose()
    level, detail, advice = look(company)["ledger settings"]
    assert level == "fail"
    assert "others fail where workers meet" in detail
    assert "may lose what was committed" in detail
    assert advice
