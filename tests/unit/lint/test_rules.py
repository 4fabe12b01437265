"""What a project asks of its own files, and what it must not hold: cases over the example project."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.engine.lint.lint import lint

NOW = datetime(2026, 11, 22, tzinfo=UTC)

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
PROJECT = (EXAMPLE / "playcall.yaml").read_text("utf-8")
CATALOG = (EXAMPLE / "catalog" / "customers.yaml").read_text("utf-8")
HEAD = "playbook: {name}\ndescribe: An example.\nowner: cs@vendor.example\nfor: contract\n"
PLAY = "plays:\n  {play}:\n    when: {when}\n    do: [{{task: Call, assign: csm}}]\n"


def findings(folder: Path, files: dict[str, str]) -> list[tuple[str, str, str]]:
    """(code, place, message) of each finding."""
    shutil.copytree(EXAMPLE, folder)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    found = lint(folder, NOW).diagnostics
    return [(one.code, str(one.location), one.message) for one in found]


def playbook(name: str = "x", play: str = "call", when: str = "quantity > 5", top: str = "") -> str:
    return HEAD.format(name=name) + top + PLAY.format(play=play, when=when)


# rules, a playbook → the names that do not follow them
NAMES = {
    "kebab": ("{playbook: kebab-case}", playbook("my_book"), ["the playbook `my_book`"]),
    "kebab with digits": ("{playbook: kebab-case}", playbook("q4-calls"), []),
    "upper case": ("{play: snake_case}", playbook(play="callNow"), ["the play `callNow`"]),
    "both": ("{playbook: kebab-case, play: snake_case}", playbook("a-b", "c_d"), []),
    "pattern": ('{playbook: "(renewal|cs-.+)"}', playbook("calls"), ["the playbook `calls`"]),
    "pattern of the whole name": (
        '{play: "no|call"}',
        playbook(play="caller"),
        ["the play `notice`", "the play `caller`"],
    ),
    "params": (
        "{param: snake_case}",
        playbook(top="params: {Least: 5}\n", when="quantity > Least"),
        ["the param `Least`"],
    ),
    "fields": ('{field: "[a-z]{2,8}"}', playbook(), ["the field `account_id`"]),
    "entities": ('{entity: "contr.*|ticket|account"}', playbook(), ["the entity `contact`"]),
    "recipients": ('{recipient: "[a-z]{5}"}', playbook(), ["the recipient `csm`"]),
    "templates": ('{template: "t-.*"}', playbook(), ["the template `notice`"]),
    "slow patterns do not hang": ('{playbook: "(a+)+b"}', playbook("a" * 60), [f"the playbook `{'a' * 60}`"]),
}


@pytest.mark.parametrize("case", NAMES)
def test_names(case: str, tmp_path: Path) -> None:
    rules, text, expected = NAMES[case]
    files = {"playcall.yaml": f"{PROJECT}lint: {{naming: {rules}}}\n", "playbooks/x.yaml": text}
    found = findings(tmp_path / "project", files)
    assert {code for code, _, _ in found} <= {"W105"}
    for words in expected:
        assert any(message.startswith(words) for _, _, message in found), found
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('requires: "0.1"', []),
        ('requires: "0.2"\nquiet_hours: {from: "19:00", to: "08:00"}', []),
        ('requires: "0.2.0"\ntopics: {news: {class: operational}}', []),
        ('requires: "0.1"\nquiet_hours: {from: "19:00", to: "08:00"}', ["E113"]),
        ('requires: "0.1.9"\nlint: {tests: false}', ["E113"]),
        ('requires: "99.0"', ["E113"]),
        ("requires: 0.2", ["E104"]),
        ("requires: newest", ["E107"]),
        ("lint: {naming: {play: Kebab}}", ["E107"]),
        ("lint: {naming: {play: '(['}}", ["E107"]),
        ("lint: {naming: {plays: kebab-case}}", ["E105"]),
        ("lint: {tests: maybe}", ["E107"]),
    ],
)
def test_rules_and_versions(line: str, expected: list[str], tmp_path: Path) -> None:
    found = findings(tmp_path / "project", {"playcall.yaml": f"{PROJECT}{line}\n"})
    assert [code for code, _, _ in found] == expected


def test_a_key_of_a_play_is_newer_than_the_project(tmp_path: Path) -> None:
    files = {
        "playcall.yaml": f'{PROJECT}requires: "0.1"\n',
        "playbooks/x.yaml": playbook(top="holdout: 10%\n"),
    }
    assert [(code, place) for code, place, _ in findings(tmp_path / "project", files)] == [
        ("E113", "playbooks/x.yaml:5:1")
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ["segment", "open_tickets", "auto_renew", "arr", "discount", "devices", "csat"]),
        (
            "arr: {money: JPY}",
            "arr: {money: JPY, describe: a year}",
            ["segment", "auto_renew", "discount", "devices", "csat"],
        ),
    ],
)
def test_fields_that_nothing_reads(old: str, new: str, expected: list[str], tmp_path: Path) -> None:
    files = {
        "playcall.yaml": f"{PROJECT}lint: {{unused_fields: true}}\n",
        "catalog/customers.yaml": CATALOG.replace(old, new) if old else CATALOG,
        "playbooks/x.yaml": playbook(),
    }
    found = [message for code, _, message in findings(tmp_path / "project", files) if code == "W503"]
    wanted = [name for name in expected if name != "open_tickets"]  # derived fields are words for reports
    assert [message.split("`")[1] for message in found] == wanted


TEST = """\
playbook: renewal
start: 2026-04-01
records:
  contract: {C1: {account_id: A1, status: active, renewal_date: 2026-07-01}}
  account: {A1: {name: Acme, csm: kato}}
tests:
  - name: nothing on other days
    run_on: 2026-04-01
    nothing_else: true
"""
EXPECTING = TEST.replace("run_on: 2026-04-01", "run_on: 2026-04-02").replace(
    "    nothing_else: true", "    expect: [{on: 2026-04-02, play: notice, record: C1, verdict: fired}]"
)


@pytest.mark.parametrize(
    ("rules", "tests", "expected"),
    [
        ("", {}, []),
        ("lint: {tests: true}\n", {}, ["the playbook `renewal` has no test"]),
        ("", {"tests/a.yaml": TEST}, ["no test of renewal expects anything of the play `notice`"]),
        ("", {"tests/a/b.yaml": EXPECTING}, []),
        ("lint: {tests: true}\n", {"tests/a.yaml": EXPECTING}, []),
    ],
)
def test_plays_without_a_test(rules: str, tests: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    found = findings(tmp_path / "project", {"playcall.yaml": PROJECT + rules, **tests})
    assert [(code, message) for code, _, message in found] == [("W506", words) for words in expected]


SECRETS = [
    ("playcall.yaml", 'ledger: "postgresql://cs:geheim@db/x"'),
    ("playcall.yaml", 'ledger: "postgresql://cs:geheim@${HOST}/x"'),
    ("playcall.yaml", "channels: {email: {adapter: smtp, url: smtp://h, password: geheim}}"),
    (
        "playcall.yaml",
        "channels: {h: {adapter: webhook, url: https://h, headers: {Authorization: Bearer x}}}",
    ),
    ("playcall.yaml", "channels: {h: {adapter: webhook, url: https://h, headers: {x-api-key: abc}}}"),
    ("playcall.yaml", "environments: {staging: {channels: {email: {adapter: smtp, url: smtp://u:p@h}}}}"),
    ("templates/notice.md", "see https://u:geheim@wiki.example/page"),
    ("catalog/customers.yaml", "# AKIA" + "ABCDEFGHIJKLMNOP"),
    ("playbooks/renewal.yaml", "# ghp_" + "a1" * 18),
]
NO_SECRETS = [
    ("playcall.yaml", 'ledger: "postgresql://cs:${PASSWORD}@db/x"'),
    (
        "playcall.yaml",
        "channels: {email: {adapter: smtp, url: smtp://h, from: cs@h.example, password: '${P}'}}",
    ),
    (
        "playcall.yaml",
        "channels: {h: {adapter: webhook, url: https://h, headers: {Authorization: 'Bearer ${T}'}}}",
    ),
    ("templates/notice.md", "see https://wiki.example:8080/a@b and cs@vendor.example"),
    ("templates/notice.md", "https://u:{{ contract.product }}@wiki.example/page"),
]


@pytest.mark.parametrize(("file", "line"), SECRETS)
def test_secrets(file: str, line: str, tmp_path: Path) -> None:
    text = (EXAMPLE / file).read_text("utf-8")
    found = findings(tmp_path / "project", {file: f"{text}{line}\n"})
    assert [code for code, place, _ in found if place.startswith(file)] == ["E111"]


@pytest.mark.parametrize(("file", "line"), NO_SECRETS)
def test_no_secrets(file: str, line: str, tmp_path: Path) -> None:
    text = (EXAMPLE / file).read_text("utf-8")
    found = findings(tmp_path / "project", {file: f"{text}{line}\n"})
    assert "E111" not in [code for code, _, _ in found]


UNITS = CATALOG.replace("quantity: int", "quantity: {int: true, unit: users}").replace(
    "devices: {int: true, nullable: true}", "devices: {int: true, nullable: true, unit: machines}"
)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("devices > quantity", ["W211"]),
        ("default(devices, 0) + 3 > max(quantity, 1)", ["W211"]),
        ("sum(account.contracts.devices) > quantity", ["W211"]),
        ("abs(devices - quantity) > 5", ["W211"]),
        ("devices * 2 > quantity", []),
        ("devices > 5 and quantity > 5", []),
        ("count(account.contracts) > quantity", []),
        ("quantity > account.open_tickets", []),
    ],
)
def test_units(when: str, expected: list[str], tmp_path: Path) -> None:
    files = {"catalog/customers.yaml": UNITS, "playbooks/x.yaml": playbook(when=when)}
    assert [code for code, _, _ in findings(tmp_path / "project", files)] == expected


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("playbooks/x.yaml", playbook(when="contract.devices > 3"), "playbooks/x.yaml:7:11"),
        (
            "playbooks/x.yaml",
            playbook(when="any(account.contracts where default(devices, 0) > 3)"),
            "playbooks/x.yaml:7:47",
        ),
        (
            "templates/notice.md",
            (EXAMPLE / "templates" / "notice.md").read_text("utf-8") + "{{ contract.devices }}\n",
            "templates/notice.md:9:4",
        ),
    ],
)
def test_deprecated_fields(file: str, text: str, place: str, tmp_path: Path) -> None:
    catalog = CATALOG.replace(
        "devices: {int: true, nullable: true}", "devices: {int: true, nullable: true, deprecated: quantity}"
    )
    found = findings(tmp_path / "project", {"catalog/customers.yaml": catalog, file: text})
    assert [(code, at) for code, at, _ in found] == [("W106", place)]


def test_what_is_inside_params_and_keys_is_no_field_of_the_text(tmp_path: Path) -> None:
    catalog = CATALOG.replace(
        "devices: {int: true, nullable: true}", "devices: {int: true, deprecated: quantity}"
    )
    top = "params: {least: {by: devices, 3: 4, else: 5}}\n"
    text = playbook(when="quantity > least", top=top).replace("    do:", "    together: account\n    do:")
    files = {"catalog/customers.yaml": catalog, "playbooks/x.yaml": text}
    assert findings(tmp_path / "project", files) == []


@pytest.mark.parametrize("replacement", ["devices", "quantiti"])
def test_the_replacement_is_another_field(replacement: str, tmp_path: Path) -> None:
    catalog = CATALOG.replace(
        "devices: {int: true, nullable: true}", f"devices: {{int: true, deprecated: {replacement}}}"
    )
    assert [code for code, _, _ in findings(tmp_path / "project", {"catalog/customers.yaml": catalog})] == [
        "E203"
    ]


TOPICS = "topics: {renewal: {class: transactional}, news: {class: promotional}}\n"
MAIL = "plays: {a: {when: quantity > 5, do: [{email: offer, to: %s, from: csm%s}]}}\n"
OFFER = "---\nsubject: An offer\n---\nBuy more.\n"


@pytest.mark.parametrize(
    ("to", "topic", "offer", "expected"),
    [
        ("admin", "", OFFER, ["W404"]),
        ("csm", "", OFFER, []),
        ("admin", ", topic: renewal", OFFER, []),
        ("admin", ", topic: news", OFFER, ["W404"]),
        ("admin", ", topic: news", OFFER + "No more? stop@vendor.example\n", []),
        ("admin", ", topic: news", OFFER + "No more? https://vendor.example/stop\n", []),
        ("admin", ", topic: news", OFFER.replace("An offer", "cs@vendor.example"), ["W404"]),
    ],
)
def test_promotional_mail(to: str, topic: str, offer: str, expected: list[str], tmp_path: Path) -> None:
    renewal = (EXAMPLE / "playbooks" / "renewal.yaml").read_text("utf-8")
    files = {
        "playcall.yaml": PROJECT + TOPICS,
        "playbooks/renewal.yaml": renewal.replace("plays:", "topic: renewal\nplays:"),
        "playbooks/x.yaml": HEAD.format(name="x") + MAIL % (to, topic),
        "templates/offer.md": offer,
    }
    assert [code for code, _, _ in findings(tmp_path / "project", files)] == expected


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("{a: 50%, b: 50%}", []),
        ("{a: 1, b: 2}", []),
        ("{a: 50%, b: 60%}", ["E420"]),
        ("{a: 50%, b: 1}", ["E420"]),
    ],
)
def test_shares_of_variants(split: str, expected: list[str], tmp_path: Path) -> None:
    variants = f"variants: {{a: {{subject: One}}, b: {{subject: Two}}}}, split: {split}"
    play = f"plays: {{a: {{when: quantity > 5, do: [{{email: notice, to: admin}}], {variants}}}}}\n"
    files = {
        "playbooks/x.yaml": HEAD.format(name="x") + play,
        "templates/notice.md": "---\nsubject: x\n---\nx\n",
    }
    assert [code for code, _, _ in findings(tmp_path / "project", files)] == expected


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (
            "belongs_to: {account: account_id}\n    many: contracts",
            "belongs_to: {acount: account_id}\n    many: contracts",
            "15:18",
        ),
        (
            "belongs_to: {account: account_id}\n    many: contracts",
            "belongs_to: {account: acount_id}\n    many: contracts",
            "15:18",
        ),
        (
            "belongs_to: {account: account_id}\n    many: contacts",
            "belongs_to: {account: acount_id}\n    many: contacts",
            "45:18",
        ),
        (
            "belongs_to: {account: account_id}\n    many: tickets",
            "belongs_to: {firm: account_id}\n    many: tickets",
            "35:18",
        ),
    ],
)
def test_one_wrong_relation_is_one_finding(old: str, new: str, place: str, tmp_path: Path) -> None:
    files = {
        "catalog/customers.yaml": CATALOG.replace(old, new),
        "playbooks/x.yaml": playbook(when="count(account.tickets) > 3 and account.name == 'x'"),
    }
    found = findings(tmp_path / "project", files)
    assert [at for _, at, _ in found] == [f"catalog/customers.yaml:{place}"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    when: quantity > 5\n", "    when:\n", "E106"),
        ("    when:", "    wehn:", "E105"),
        ("    do:", "    doo:", "E105"),
        ("for:", "fro:", "E105"),
        ("owner: cs@vendor.example", "owner:", "E106"),
    ],
)
def test_one_slip_is_one_finding(old: str, new: str, code: str, tmp_path: Path) -> None:
    found = findings(tmp_path / "project", {"playbooks/x.yaml": playbook().replace(old, new)})
    assert [one for one, _, _ in found] == [code]


@pytest.mark.parametrize(
    ("first", "second", "count"), [("renewal", "", 1), ("gone", "", 0), ("gone", "gone", 1)]
)
def test_an_old_name_is_carried_on_once(first: str, second: str, count: int, tmp_path: Path) -> None:
    files = {
        "playbooks/x.yaml": playbook("x", top=f"was: {first}\n"),
        "playbooks/y.yaml": playbook("y", when="quantity > 9", top=f"was: {second}\n" if second else ""),
    }
    assert [code for code, _, _ in findings(tmp_path / "project", files)] == ["E501"] * count
