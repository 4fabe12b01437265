"""Staff signs in at an identity provider that runs beside the test: what is believed, and what is not."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from clikit import Company, founded
from oidckit import CLIENT, SECRET, Provider, provider
from staffkit import Browser, add_user, heading
from webkit import KEY, PROJECT, Page, Served, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Company, Served, Provider]]:
    """A company whose staff signs in there. The provider knows kato; abe is known here alone."""
    company = founded(tmp_path_factory.mktemp("oidc") / "acme")
    with provider() as login, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINK_KEY", KEY)
        patch.setenv("OIDC_SECRET", SECRET)
        ours = (
            f'sign_in: {{issuer: "{login.issuer}", client_id: {CLIENT}, client_secret: "${{OIDC_SECRET}}"}}\n'
        )
        known = (company.root / "playcall.yaml").read_text("utf-8")
        company.write({"playcall.yaml": known + PROJECT + ours})
        add_user(company.root, "kato", "csm", "--no-password")
        add_user(company.root, "abe", "csm", "--email", "abe@acme.test")
        with serving(company.root) as served:
            yield company, served, login


@pytest.fixture
def login(running: tuple[Company, Served, Provider]) -> Iterator[Provider]:
    """The provider, saying what is right until a test has it say something else."""
    one = running[2]
    yield one
    one.claims, one.algorithm, one.issuer = {}, "RS256", one.url


@pytest.fixture
def browser(running: tuple[Company, Served, Provider], login: Provider) -> Browser:
    return Browser(running[1])


def at_provider(address: str) -> str:
    """What a browser does that is sent to the provider: gives the path that it is sent back to."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = urlsplit(str(connection.getresponse().getheader("Location")))
    connection.close()
    return f"{back.path}?{back.query}"


def signed_in(browser: Browser, change: Callable[[str], str] = lambda path: path) -> Page:
    """To the provider and back."""
    leaving = browser.ask("GET", "/staff/sign-in/provider?next=/staff/runs")
    assert leaving.status == 303
    return browser.get(change(at_provider(leaving.headers["location"])))


def test_who_the_provider_knows_is_let_in(browser: Browser, login: Provider) -> None:
    assert heading(signed_in(browser)) == "Runs"
    assert "kato" in browser.page.body
    asked = login.asked[-1]
    assert asked["redirect_uri"] == "https://renew.acme.test/staff/sign-in/back"
    assert len(asked["state"]) >= 32 and len(asked["code_challenge"]) == 43
    login.claims = {"email": "moved@acme.test"}  # from now on it is the subject that counts
    assert heading(signed_in(Browser(browser.served))) == "Runs"
    login.claims = {"sub": "another", "email": "kato@acme.test"}
    assert signed_in(Browser(browser.served)).status == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.test"},
        {"aud": "another client"},
        {"aud": ["another client", "playcall"], "azp": "another client"},
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"exp": 1_700_000_000},
        {"sub": "7", "email": "abe@acme.test", "email_verified": False},
        {"sub": "7", "email": "abe@acme.test", "email_verified": "true"},
        {"sub": "7", "email": "nobody@acme.test"},
        {"sub": "7", "email": None},
    ],
    ids=lambda claims: ",".join(f"{name}={value}" for name, value in claims.items()),
)
def test_what_is_not_to_be_believed_lets_nobody_in(
    browser: Browser, login: Provider, claims: dict[str, object]
) -> None:
    login.claims = claims
    page = signed_in(browser)
    assert page.status == 403
    assert not browser.session
    assert heading(browser.get("/staff/runs")) == "Sign in"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_anybody_could_have_signed_is_not_believed(
    browser: Browser, login: Provider, algorithm: str
) -> None:
    login.algorithm = algorithm
    assert signed_in(browser).status == 403


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("state=", "state=x"),
        lambda path: path.replace("code=", "code=x"),
        lambda path: path.partition("?")[0],
    ],
    ids=["state", "code", "nothing"],
)
def test_an_answer_to_another_question_is_refused(browser: Browser, change: Callable[[str], str]) -> None:
    assert signed_in(browser, change).status == 403
    assert not browser.session


def test_an_answer_in_another_browser_or_again_is_refused(browser: Browser) -> None:
    leaving = browser.ask("GET", "/staff/sign-in/provider")
    back = at_provider(leaving.headers["location"])
    assert Browser(browser.served).get(back).status == 403
    flow = dict(browser.cookies)
    assert heading(browser.get(back)) == "Worklist"
    assert Browser(browser.served, flow).get(back).status == 403


def test_a_provider_that_is_another_than_it_was_is_not_asked(
    running: tuple[Company, Served, Provider], login: Provider
) -> None:
    company, _, _ = running
    login.issuer = "https://evil.test"
    with serving(company.root) as fresh:
        page = Browser(fresh).ask("GET", "/staff/sign-in/provider")
    assert page.status == 503
    assert "calls itself" in page.body


def test_there_is_no_password_for_who_has_none(browser: Browser) -> None:
    assert browser.sign_in("kato", "").status == 422
