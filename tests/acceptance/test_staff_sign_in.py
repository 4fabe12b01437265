"""Staff sign in and out by real HTTP: sessions, roles, forms, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clikit import Company
from staffkit import PASSWORD, Browser, add_user, heading
from webkit import KEY, PROJECT, Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A company with somebody of each role."""
    from clikit import founded

    company = founded(tmp_path_factory.mktemp("staff") / "acme")
    company.write({"playcall.yaml": (company.root / "playcall.yaml").read_text("utf-8") + PROJECT})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINK_KEY", KEY)
        for role in ("viewer", "csm", "ops", "admin"):
            add_user(company.root, role, role)
        with serving(company.root) as one:
            yield one


@pytest.fixture
def browser(served: Served) -> Browser:
    return Browser(served)


def test_who_is_not_signed_in_is_led_to_the_page_and_on(browser: Browser) -> None:
    browser.get("/staff/tasks?whose=all")
    assert heading(browser.page) == "Sign in"
    browser.post("/staff/sign-in", {"name": "csm", "password": PASSWORD, "next": "/staff/tasks?whose=all"})
    assert browser.path == "/staff/tasks?whose=all"
    assert heading(browser.page) == "Worklist"


def test_the_session_is_kept_from_scripts_and_other_hosts(browser: Browser, served: Served) -> None:
    browser.get("/staff/sign-in")
    fields = {"-nonce": browser.page.nonce, "name": "csm", "password": PASSWORD}
    page = browser.ask("POST", "/staff/sign-in", fields)
    line = next(one for one in page.set_cookies if one.startswith("__Host-playcall="))
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(line.split("; "))
    assert "Domain" not in line and "Max-Age" not in line
    assert page.headers["cache-control"] == "no-store"
    assert "script" not in page.headers["content-security-policy"]


def test_a_session_that_somebody_else_chose_is_not_taken_over(browser: Browser) -> None:
    browser.cookies["__Host-playcall"] = "chosen-by-another"
    browser.sign_in("csm")
    assert browser.session not in ("", "chosen-by-another")
    first = browser.session
    browser.sign_in("csm")
    assert browser.session != first
    again = Browser(browser.served, {"__Host-playcall": first})
    assert heading(again.get("/staff/tasks")) == "Sign in"


def test_a_session_ends_with_signing_out(browser: Browser) -> None:
    browser.sign_in("csm")
    cookies = dict(browser.cookies)
    browser.post("/staff/sign-out")
    assert heading(browser.page) == "Sign in"
    assert heading(Browser(browser.served, cookies).get("/staff/tasks")) == "Sign in"


@pytest.mark.parametrize(
    ("name", "password"),
    [("csm", "wrong password!"), ("nobody", PASSWORD), ("", ""), ("csm' --", PASSWORD), ("csm", "x" * 5000)],
    ids=["password", "name", "empty", "quote", "long"],
)
def test_what_is_wrong_is_not_told(browser: Browser, name: str, password: str) -> None:
    page = browser.sign_in(name, password)
    assert page.status == 422
    assert "The name or the password is not right." in page.body
    assert not browser.session


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/",
        "//evil.test/staff",
        "/staff/../../evil",
        "/staff\\@evil.test",
        "/q/x",
        "/staff//x",
    ],
)
def test_nobody_is_sent_away_after_signing_in(browser: Browser, wanted: str) -> None:
    browser.get("/staff/sign-in")
    browser.post("/staff/sign-in", {"name": "csm", "password": PASSWORD, "next": wanted})
    assert "evil" not in browser.path or browser.path.startswith("/staff/")


def test_a_form_of_another_site_changes_nothing(browser: Browser) -> None:
    browser.sign_in("csm")
    token = browser.page.nonce
    tried = [
        browser.ask("POST", "/staff/sign-out", {}),
        browser.ask("POST", "/staff/sign-out", {"-nonce": "0" * 64}),
        browser.ask("POST", "/staff/sign-out", {"-nonce": token}, {"Sec-Fetch-Site": "cross-site"}),
        browser.ask("POST", "/staff/sign-out", {"-nonce": token}, {"Sec-Fetch-Site": "same-site"}),
    ]
    assert [page.status for page in tried] == [403] * 4
    assert heading(browser.get("/staff/tasks")) == "Worklist"


def test_too_many_failures_are_slowed_down(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINK_KEY", KEY)
    company.write({"playcall.yaml": (company.root / "playcall.yaml").read_text("utf-8") + PROJECT})
    add_user(company.root, "kato", "csm")
    with serving(company.root) as served:
        browser = Browser(served)
        assert [browser.sign_in("kato", "not the password").status for _ in range(6)] == [422] * 5 + [429]
        assert browser.sign_in("kato").status == 429
        assert "too many attempts" in browser.page.body.lower()
    told = company.json("audit", "verify")
    assert told["broken"] is None


def test_an_account_that_is_disabled_is_out_at_once(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINK_KEY", KEY)
    company.write({"playcall.yaml": (company.root / "playcall.yaml").read_text("utf-8") + PROJECT})
    add_user(company.root, "kato", "csm")
    with serving(company.root) as served:
        browser = Browser(served)
        browser.sign_in("kato")
        assert heading(browser.get("/staff/tasks")) == "Worklist"
        assert company.call("users", "disable", "kato").code == 0
        assert heading(browser.get("/staff/tasks")) == "Sign in"
        assert browser.sign_in("kato").status == 422
        assert company.call("users", "enable", "kato").code == 0
        assert heading(browser.sign_in("kato")) == "Worklist"
    listed = company.json("users", "list")["users"]
    assert listed == [
        {
            "name": "kato",
            "role": "csm",
            "email": "kato@acme.test",
            "signs_in_by": ["password", "oidc"],
            "state": "active",
        }
    ]
