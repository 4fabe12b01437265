"""A customer opens the link in a mail, answers, and the next run knows: over real mail and real HTTP."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from clikit import ACCOUNT, Company, founded, verdicts
from playcall.engine.ledger.database import open_ledger
from playcall.engine.respond.nonces import SOON_AFTER_PAGE
from playcall.web.limits import PER_ADDRESS
from staffkit import Browser, add_user
from webkit import KEY, LETTER, PLAYS, PROJECT, SURVEY, Page, Served, link_in, serving, unsubscribe_in

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000",
}
NAME = '<script>alert("1")</script> & Söhne'


@dataclass(frozen=True, slots=True)
class Asked:
    """A company whose decision maker got the mail of 2 March, and its pages."""

    company: Company
    served: Served
    link: str
    off: str

    def kept(self) -> dict[str, list[Any]]:
        """What the ledger holds of answers, and every event."""
        return kept(self.company)


def kept(company: Company) -> dict[str, list[Any]]:
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    tables = ("event", "submission", "answer", "nonce", "suppression", "link")
    try:
        with ledger.reading() as connection:
            return {
                name: [tuple(row) for row in connection.execute(text(f"select * from {name}"))]
                for name in tables
            }
    finally:
        ledger.close()


@pytest.fixture(scope="module")
def monkeymodule() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(autouse=True)
def link_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINK_KEY", KEY)


def asking(root: Path, ledger: str = "") -> Company:
    """A company after its run of 2 March."""
    company = founded(root)
    settings = (root / "playcall.yaml").read_text("utf-8") + PROJECT + ledger
    surveys = {"surveys/renewal-intent.yaml": SURVEY, "templates/renewal-intent.md": LETTER}
    company.write({"playcall.yaml": settings, **surveys})
    company.table("accounts", [{**ACCOUNT, "name": NAME}])
    company.playbook(PLAYS)
    company.runs("2024-03-01", "2024-03-02")
    return company


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Company:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINK_KEY", KEY)
        return asking(tmp_path_factory.mktemp("web") / "acme")


@pytest.fixture
def asked(original: Company, tmp_path: Path) -> Iterator[Asked]:
    company = Company(tmp_path / "acme")
    shutil.copytree(original.root, company.root)
    [mail] = company.mails()
    with serving(company.root) as served:
        yield Asked(company, served, link_in(mail), unsubscribe_in(mail))


def as_a_person() -> None:
    """Nobody answers a page within two seconds."""
    time.sleep(SOON_AFTER_PAGE.total_seconds() + 1.1)  # a nonce knows whole seconds


def answered(asked: Asked, **fields: str) -> Page:
    page = asked.served.ask(asked.link)
    as_a_person()
    return asked.served.ask(asked.link, {"-nonce": page.nonce, **fields})


def test_an_answer_is_a_fact_in_the_next_run(asked: Asked) -> None:
    page = asked.served.ask(asked.link)
    assert page.status == 200
    assert '<html lang="en">' in page.body
    assert "<legend>Do you plan to renew?" in page.body
    assert " checked" not in page.body
    as_a_person()
    told = asked.served.ask(asked.link, {"-nonce": page.nonce, "intent": "no", "seats": "12"})
    assert (told.status, told.headers["location"]) == (303, f"{asked.link}/done")
    assert "We have received your answers." in asked.served.ask(told.headers["location"]).body
    assert verdicts(asked.company.run("2024-03-12")) == {"fired": 1, "declined": 1}
    assert [task["title"] for task in asked.company.tasks()] == [f"Save {NAME}"]


def test_an_answer_that_brings_up_a_question_is_followed_by_it(asked: Asked) -> None:
    told = answered(asked, intent="not_me", seats="")
    assert told.headers["location"] == f"{asked.link}?saved"
    page = asked.served.ask(told.headers["location"])
    assert "There is more to answer below" in page.body
    assert 'name="who.email"' in page.body
    assert 'value="not_me" checked' in page.body


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(asked: Asked) -> None:
    before = asked.kept()
    page = asked.served.ask(asked.link)
    told = asked.served.ask(
        asked.link, {"-nonce": page.nonce, "intent": "not_me", "seats": '"><b>0', "who.email": "nobody"}
    )
    assert told.status == 422
    assert '<a href="#q-seats">How many seats? Please enter a number.</a>' in told.body
    assert '<a href="#q-who-email">Who decides? Please enter an e-mail address.</a>' in told.body
    assert 'aria-describedby="q-seats-problem"' in told.body
    assert 'value="not_me" checked' in told.body
    assert 'value="nobody"' in told.body
    assert "<b>" not in told.body
    assert asked.kept() == before


def test_an_answer_within_seconds_of_its_page_is_kept_apart(asked: Asked) -> None:
    page = asked.served.ask(asked.link)
    told = asked.served.ask(asked.link, {"-nonce": page.nonce, "intent": "no", "seats": ""})
    assert told.status == 303
    assert asked.kept()["submission"][0].count("page") == 1
    assert verdicts(asked.company.run("2024-03-12")) == {"fired": 1}
    assert asked.company.tasks() == []


def test_a_person_says_whether_a_person_answered(asked: Asked) -> None:
    add_user(asked.company.root, "kato", "csm")
    browser = Browser(asked.served)
    browser.sign_in("kato")
    for seats in ("1", "2"):
        page = asked.served.ask(asked.link)
        asked.served.ask(asked.link, {"-nonce": page.nonce, "intent": "no", "seats": seats})
    for verdict, status in (("", 404), ("rejected", 200), ("accepted", 200)):
        found = re.search(r"/staff/answers/\w+", browser.get("/staff/approvals").body)
        assert found
        assert browser.post(found[0], {"verdict": verdict}).status == status
    assert "/staff/answers/" not in browser.page.body
    assert verdicts(asked.company.run("2024-03-12")) == {"fired": 1, "declined": 1}
    assert [task["title"] for task in asked.company.tasks()] == [f"Save {NAME}"]
    assert browser.post(found[0], {"verdict": "rejected"}).status == 409  # it is judged


def test_a_scanner_changes_nothing(asked: Asked) -> None:
    before = asked.kept()
    for _ in range(5):
        for path in (asked.link, asked.off, f"{asked.link}/done"):
            assert asked.served.ask(path).status == 200
            head = asked.served.ask(path, method="HEAD")
            assert (head.status, head.body) == (200, "")
    for fields in ({}, {"intent": "no"}, {"-nonce": "x", "intent": "no"}):
        assert asked.served.ask(asked.link, fields).status == 404
    assert asked.served.ask(asked.off, {}).status == 400
    assert asked.kept() == before


def test_links_that_are_refused_all_look_alike(asked: Asked) -> None:
    token = asked.link.removeprefix("/s/")
    ident, expires, signature = token.split(".")
    wrong = [
        f"/s/{ident}.{expires}.{'A' + signature[1:]}",
        f"/s/{ident}.{int(expires) + 1}.{signature}",
        f"/s/{ident}",
        "/s/" + "x" * 500,
        f"/q/{token}",
        f"/p/{token}",
        f"/u/{token}",
        asked.off.replace("/u/", "/s/"),
    ]
    before = asked.kept()
    pages = [asked.served.ask(path) for path in wrong]
    pages += [asked.served.ask(path, {"-nonce": "x", "List-Unsubscribe": "One-Click"}) for path in wrong[:4]]
    assert {page.status for page in pages} == {404}
    assert len({page.body for page in pages}) == 1
    assert "not valid any more" in pages[0].body
    assert asked.kept() == before


def test_a_nonce_counts_once(asked: Asked) -> None:
    page = asked.served.ask(asked.link)
    fields = {"-nonce": page.nonce, "intent": "yes", "seats": ""}
    assert asked.served.ask(asked.link, fields).status == 303
    before = asked.kept()
    assert asked.served.ask(asked.link, fields).status == 404
    assert asked.kept() == before


def test_a_name_is_never_markup(asked: Asked) -> None:
    page = asked.served.ask(asked.link)
    assert "<script" not in page.body
    assert "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt; &amp; Söhne" in page.body


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("LINK", "GET", 200),
        ("LINK", "PUT", 405),
        ("/nowhere", "GET", 404),
        ("/s/x", "GET", 404),
        ("/healthz", "GET", 200),
        ("/../etc/passwd", "GET", 404),
    ],
)
def test_every_response_is_guarded(asked: Asked, path: str, method: str, status: int) -> None:
    page = asked.served.ask(path.replace("LINK", asked.link), method=method)
    assert page.status == status
    assert {name: page.headers.get(name) for name in HEADERS} == HEADERS
    assert page.headers["cache-control"] == "no-store"
    assert not {"set-cookie", "server"} & set(page.headers)
    assert "http://" not in page.body and "https://" not in page.body


def test_the_style_is_ours_and_keeps(asked: Asked) -> None:
    page = asked.served.ask(asked.link)
    path = page.body.partition('rel="stylesheet" href="')[2].partition('"')[0]
    style = asked.served.ask(path)
    assert (style.status, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert style.headers["cache-control"].endswith("immutable")
    assert "url(" not in style.body


def test_too_much_is_refused(asked: Asked) -> None:
    nonce = asked.served.ask(asked.link).nonce
    huge = asked.served.ask(asked.link, {"-nonce": nonce, "seats": "1" * 300_000})
    many = asked.served.ask(asked.link, {f"f{number}": "" for number in range(600)})
    assert (huge.status, many.status) == (413, 400)
    statuses = [asked.served.ask(asked.link).status for _ in range(70)]
    assert statuses[-1] == 429
    assert asked.served.ask(asked.link).headers["retry-after"] == "60"


def test_the_log_names_no_token_and_no_address(asked: Asked) -> None:
    asked.served.ask(asked.link)
    asked.served.ask("/s/wrong")
    while len(asked.served.log) < 3:
        time.sleep(0.05)
    log = "".join(asked.served.log)
    assert "page=/s/{token} status=200" in log
    assert "refusal=tampered" in log
    assert asked.link.removeprefix("/s/") not in log
    assert "127.0.0.1" not in log


def test_one_click_and_the_next_message_is_suppressed(asked: Asked) -> None:
    [mail] = asked.company.mails()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "“tips”" in asked.served.ask(asked.off).body
    told = asked.served.ask(asked.off, {"List-Unsubscribe": "One-Click"})
    assert (told.status, "no more of these messages" in told.body) == (200, True)
    report = asked.company.run("2024-03-12")
    assert verdicts(report) == {"suppressed": 1}


def test_one_click_may_come_as_mail_programs_send_it(asked: Asked) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    sent = {"Content-Type": "multipart/form-data; boundary=b"}
    assert asked.served.ask(asked.off, body=body, headers=sent).status == 200
    assert len(asked.kept()["suppression"]) == 1
    assert asked.served.ask(asked.off, {"List-Unsubscribe": "One-Click"}).status == 200
    assert len(asked.kept()["suppression"]) == 1


@pytest.mark.slow
def test_without_its_database_the_pages_say_so(tmp_path: Path, postgres_databases: Any) -> None:
    url = postgres_databases.create()
    company = asking(tmp_path / "acme", f'ledger: "{url}"\n')
    [mail] = company.mails()
    with serving(company.root) as served:
        assert served.ask(link_in(mail)).status == 200
        assert served.ask("/healthz").status == 200
        postgres_databases.drop(url)
        for _ in range(2):
            page = served.ask(link_in(mail))
            assert page.status == 503
            assert "try again later" in page.body
        assert served.ask("/healthz").status == 503
    assert "Traceback" not in "".join(served.log)


@pytest.mark.parametrize(
    ("options", "last"), [((), 429), (("--forwarded-allow-ips", "127.0.0.1"), 404)], ids=["nobody", "proxy"]
)
def test_only_a_known_proxy_says_who_asks(original: Company, options: tuple[str, ...], last: int) -> None:
    with serving(original.root, *options) as served:
        for number in range(PER_ADDRESS + 1):
            headers = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
            page = served.ask(f"/s/{number}", headers=headers)
    assert page.status == last
