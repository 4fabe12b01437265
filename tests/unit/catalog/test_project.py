"""playcall.yaml: defaults, overlays, secrets, and what is refused."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.catalog.contact_rules import Limit
from playcall.engine.catalog.model import Project
from playcall.engine.catalog.project import load_project, resolve_secrets
from playcall.engine.files import Files
from playcall.engine.shape import Findings

FULL = """
project: acme
timezone: Asia/Tokyo
locale: ja
currency: JPY
holidays: JP
fiscal_year: 04-01
rates: {USD: 150.5}
sources:
  crm: {adapter: files, path: data/crm, fresh: 36h}
  support:
    adapter: sql
    url: "${SUPPORT_URL}"
    tables: {tickets: select * from tickets}
    fresh: {within: 2d, by: updated_at}
channels:
  email: {adapter: smtp, url: "smtp://cs:${MAIL_PASSWORD}@mail.test:587", rate: 50/s, tries: 3, tls: true}
users: {kato: {name: Kato Yui, email: kato@acme.example, away_until: 2026-05-01}}
limits: {per_play: 200}
environments:
  staging:
    currency: USD
    channels: {email: {redirect: qa@acme.example}}
"""


def _load(root: Path, text: str, env: str | None = None) -> tuple[Project | None, list[str]]:
    (root / "playcall.yaml").write_text(text, "utf-8")
    findings = Findings()
    project = load_project(root, env, findings, Files(root))
    return project, [f"{found.code} {found.location.line}" for found in findings.items]


def test_every_key_is_read(tmp_path: Path) -> None:
    project, found = _load(tmp_path, FULL)
    assert found == []
    assert project is not None
    assert (project.name, project.locale) == ("acme", "ja")
    assert project.rules.limits.per_play == Limit(200, None, "hold")
    assert project.settings.fiscal_year == (4, 1)
    assert project.settings.rates == {"USD": Decimal("150.5")}
    assert project.sources["crm"].fresh_within == timedelta(hours=36)
    assert project.sources["support"].fresh_by == "updated_at"
    assert set(project.sources["support"].options) == {"url", "tables"}
    options = project.channels["email"].options
    assert (options["rate"], options["tries"], options["tls"]) == ("50/s", 3, True)
    assert project.users["kato"]["away_until"] == "2026-05-01"


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    project, found = _load(tmp_path, "project: small\n")
    assert found == []
    assert project is not None
    assert (project.settings.timezone, project.locale) == ("UTC", "en")
    assert project.ledger_url == "sqlite:///.playcall/ledger.db"
    assert project.channels["email"].adapter == "maildir"


def test_an_environment_overlays_key_by_key(tmp_path: Path) -> None:
    project, found = _load(tmp_path, FULL, "staging")
    assert found == []
    assert project is not None
    assert (project.environment, project.settings.currency) == ("staging", "USD")
    assert project.channels["email"].options["redirect"] == "qa@acme.example"
    assert project.channels["email"].adapter == "smtp"


def test_an_environment_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlaycallError, match="no environment `prod`; it has: staging"):
        _load(tmp_path, FULL, "prod")


def test_a_folder_without_a_project_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlaycallError, match=r"has no playcall\.yaml"):
        load_project(tmp_path, None, Findings(), Files(tmp_path))


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    project, _ = _load(tmp_path, FULL)
    assert project is not None
    filled = resolve_secrets(project, {"SUPPORT_URL": "sqlite:///a.db", "MAIL_PASSWORD": "x"})
    assert filled.sources["support"].options["url"] == "sqlite:///a.db"
    assert filled.channels["email"].options["url"] == "smtp://cs:x@mail.test:587"
    with pytest.raises(PlaycallError, match="variable MAIL_PASSWORD is not set; channel `email`"):
        resolve_secrets(project, {"SUPPORT_URL": "sqlite:///a.db"})


REFUSED = {
    "no name": ("timezone: UTC\n", ["E106 1"]),
    "time zone": ("project: a\ntimezone: Tokio\n", ["E107 2"]),
    "currency": ("project: a\ncurrency: yen\n", ["E107 2"]),
    "holidays": ("project: a\nholidays: japan\n", ["E107 2"]),
    "fiscal year": ("project: a\nfiscal_year: 04-31\n", ["E107 2"]),
    "rate": ("project: a\nrates: {USD: much}\n", ["E107 2"]),
    "adapter": ("project: a\nsources: {crm: {path: x}}\n", ["E106 2"]),
    "unknown adapter": ("project: a\nsources:\n  crm: {adapter: filez}\n", ["E107 3"]),
    "option's type": ("project: a\nsources: {crm: {adapter: files, sheet: 012}}\n", ["E104 2"]),
    "password": ("project: a\nledger: postgresql://u:secret@h/db\n", ["E111 2"]),
    "token": ("project: a\nchannels: {erp: {adapter: webhook, secret: abc}}\n", ["E111 2"]),
    "ledger": ("project: a\nledger: mysql://h/db\n", ["E107 2"]),
    "engine": ("project: a\nengine: spark://h\n", ["E109 2"]),
    "limit without its window": ("project: a\nlimits: {per_contact: 2}\n", ["E107 2"]),
    "export without its tables": ("project: a\nexports: {w: {adapter: sql, url: x}}\n", ["E106 2"]),
    "export without its adapter": ("project: a\nexports: {w: {url: x, tables: [tasks]}}\n", ["E106 2"] * 1),
    "unknown adapter of an export": (
        "project: a\nexports:\n  w: {adapter: sqll, tables: [tasks]}\n",
        ["E107 3"],
    ),
    "unknown key of an export": (
        "project: a\nexports:\n  w: {adapter: sql, ulr: x, tables: [tasks]}\n",
        ["E105 3"],
    ),
    "unknown table": ("project: a\nexports: {w: {adapter: sql, url: x, tables: [taks]}}\n", ["E107 2"]),
    "table that is not handed over": (
        "project: a\nexports: {w: {adapter: folder, path: x, tables: [quotes]}}\n",
        ["E107 2"],
    ),
    "export with a channel's name": (
        "project: a\nchannels: {w: {adapter: feed}}\nexports: {w: {adapter: folder, path: x, tables: tasks}}",
        ["E107 3"],
    ),
    "time of digests": ("project: a\ndigest: {at: 8}\n", ["E104 2"]),
    "unknown key": ("project: a\ntimezon: UTC\n", ["E105 2"]),
    "address": ("project: a\nusers: {kato: {name: K, email: kato}}\n", ["E107 2"]),
    "environment": ("project: a\nenvironments: {s: {currncy: JPY}}\n", ["E105 2"]),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert _load(tmp_path, text)[1] == expected
