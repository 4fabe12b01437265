"""What conditions say of each other: each case is a play's own, laid over the example project."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.engine.lint.lint import lint

NOW = datetime(2026, 11, 22, tzinfo=UTC)

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
HEAD = "playbook: example\ndescribe: An example.\nowner: cs@vendor.example\nfor: contract\n"
DO = "    do: [{task: Call, assign: csm}]\n"


def findings(tmp_path: Path, where: str, *keys: str, params: str = "") -> list[tuple[str, str]]:
    """(code, message) of each finding about a play with these keys."""
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder)
    top = (f"where: '{where}'\n" if where else "") + (f"params: {params}\n" if params else "")
    play = "".join(f"    {key.replace(': ', ': >-' + chr(10) + '      ', 1)}\n" for key in keys)
    (folder / "playbooks" / "example.yaml").write_text(f"{HEAD}{top}plays:\n  call:\n{play}{DO}")
    return [(found.code, found.message) for found in lint(folder, NOW).diagnostics]


# (where, the play's keys, code, what the message quotes)
FOUND = [
    ("", ["when: days_to_renewal in [30, 20, 30]"], "W203", "`30` stands twice in this list"),
    ("", ["when: quantity > 5", 'if: status in ["active", "active"]'], "W203", '`"active"` stands twice'),
    ("", ["when: renewal_date == today"], "E304", "`renewal_date == today` holds for one day"),
    ("", ["when: today + 30 == renewal_date and quantity > 3"], "E304", "holds for one day"),
    ("", ["when: renewal_date - today == 30"], "E304", "`renewal_date - today == 30` holds"),
    ("", ["every: 0 8 * * 1", "if: days_to_renewal == 30"], "E304", "judged on another day never fires"),
    ("", ["when: quantity == 5.5"], "W206", "`quantity == 5.5` can never hold"),
    ("", ['when: lower(product) == "MDM"'], "W206", "can never hold"),
    ("", ["when: weekday(today) == 8"], "W206", "can never hold"),
    ("", ["when: month(renewal_date) > 12"], "W206", "can never hold"),
    ("", ["when: quantity > 5 or true"], "W201", "`true` is the same for every record"),
    ("", ["when: quantity > 5 or (auto_renew or 3 < 5)"], "W201", "`3 < 5` is the same"),
    ("", ['when: product matches ".*"'], "W209", "is found in every text"),
    ("", ["when: quantity % 0 == 1"], "W208", "divides by zero, so it is always missing"),
    (
        "",
        ["when: quantity > 5 and quantity < 3"],
        "W206",
        "`quantity < 3` can never hold together with `quantity > 5`",
    ),
    ("", ["when: quantity > 5 and quantity < 6"], "W206", "`quantity < 6` can never hold"),
    ("", ["when: quantity == 5 and quantity != 5"], "W206", "`quantity != 5`"),
    ("", ["when: arr > 50000 JPY and arr <= 50000 JPY"], "W206", "`arr <= 50000 JPY`"),
    (
        "",
        ["when: renewal_date > 2026-04-01 and renewal_date < 2026-03-01"],
        "W206",
        "`renewal_date < 2026-03-01`",
    ),
    ("", ["when: quantity between 10 and 20 and quantity > 20"], "W206", "`quantity > 20`"),
    ("", ['when: product == "mdm" and product in ["connect", "vpn"]'], "W206", "`product in"),
    ("", ['when: status != "active" and status not in ["cancelled", "renewed"]'], "W206", "`status not in"),
    ("", ["when: devices is missing and devices > 3"], "W206", "`devices > 3`"),
    ("", ["when: devices > quantity and devices <= quantity"], "W206", "`devices <= quantity`"),
    ("", ["when: not (quantity > 5 or auto_renew) and quantity > 5"], "W206", "`quantity > 5`"),
    ("", ["when: auto_renew and quantity > 1 and auto_renew == false"], "W206", "`auto_renew == false`"),
    (
        "",
        ["when: days_to_renewal > 30 and days_until(renewal_date) < 20"],
        "W206",
        "days_until(renewal_date) < 20",
    ),
    ("", ['when: quantity > 1 or (product == "a" and product == "b")'], "W206", '`product == "b"`'),
    (
        "",
        ["when: any(account.tickets where csat is not missing and csat > 4 and csat < 2)"],
        "W206",
        "`csat < 2`",
    ),
    (
        "quantity > 100",
        ["when: days_to_renewal == 60", "if: quantity < 50"],
        "W206",
        "`quantity > 100` in `where`",
    ),
    (
        "",
        ["when: days_to_renewal == 60", "if: days_to_renewal > 90"],
        "W206",
        "`days_to_renewal == 60` in `when`",
    ),
    ("not auto_renew", ["when: quantity > 1", "if: auto_renew"], "W206", "`not auto_renew` in `where`"),
    ("auto_renew", ["when: quantity > 1", "unless: auto_renew"], "W206", "`auto_renew` always holds"),
    (
        "",
        ["when: quantity > 5 and quantity > 3"],
        "W207",
        "`quantity > 3` says nothing more than `quantity > 5`",
    ),
    ("", ["when: quantity > 5", "if: quantity >= 6"], "W207", "`quantity >= 6` says nothing more"),
    (
        'status == "active"',
        ["when: quantity > 5", 'if: status != "renewed"'],
        "W207",
        '`status == "active"` in `where`',
    ),
    ("", ['when: product == "mdm" and product in ["mdm", "vpn"]'], "W207", "`product in"),
    (
        "",
        ["when: days_to_renewal in [90, 60]", "if: days_to_renewal <= 90"],
        "W207",
        "`days_to_renewal <= 90`",
    ),
    ("not auto_renew", ["when: quantity > 5", "unless: auto_renew"], "W207", "is never true where"),
    (
        "",
        ["when: quantity > 5", "unless: auto_renew and quantity > 1 and quantity > 0"],
        "W207",
        "`quantity > 0`",
    ),
    ("", ["when: count(account.tickets) < 0"], "W206", "`count(account.tickets) < 0` can never hold"),
    ("", ["when: arr < arr"], "W206", "`arr < arr` can never hold"),
    ("", ["when: quantity == quantity"], "W201", "`quantity == quantity` is always true"),
    ("", ["when: quantity > 1 or quantity <= 1"], "W201", "is always true"),
    ("", ["when: quantity > 1 or not (quantity > 1)"], "W201", "is always true"),
    ("", ["when: status in ['active', 'cancelled', 'renewed']"], "W201", "is always true"),
    ("", ["when: count(account.tickets) >= 0 and quantity > 1"], "W201", "`count(account.tickets) >= 0` is"),
    ("", ["when: length(product) >= 0"], "W201", "is always true"),
    ("", ["when: devices is missing or devices is not missing"], "W201", "is always true"),
    ("", ["when: devices != 3"], "W202", "where `devices` is missing"),
    ("", ["when: not (devices > 3)"], "W202", "where `devices` is missing"),
    ("", ["when: devices not in [3, 4] and quantity > 1"], "W202", "where `devices` is missing"),
    ("", ["when: devices != 3 and devices != 4"], "W202", "`devices != 3` is unknown"),
    ("", ["when: quantity > 3 or devices != 4"], "W202", "where `devices` is missing"),
    ("", ["when: quantity > 3", "unless: devices != 4"], "W202", "where `devices` is missing"),
    ("", ["when: (quantity > 3 if devices != 4 else auto_renew)"], "W202", "where `devices` is missing"),
    ("", ["when: (devices != 4 if devices is missing else auto_renew)"], "W202", "where `devices` is"),
    ("", ["when: quantity > 7 % days_to_renewal"], "W208", "where `days_to_renewal` is 0"),
    ("", ["when: quantity / account.open_tickets > 3"], "W208", "`account.open_tickets`"),
    ("", ["when: arr / arr > 3"], "W208", "`arr / arr` is missing"),
    ("", ['when: product matches "mdm"'], "W209", "needs no regular expression"),
    ("", ['when: product not matches "^mdm$"'], "W209", "needs no regular expression"),
    ("", ['when: product matches "^(mdm|vpn)$"'], "W209", "needs no regular expression"),
]


@pytest.mark.parametrize(("where", "keys", "code", "words"), FOUND)
def test_it_is_found(where: str, keys: list[str], code: str, words: str, tmp_path: Path) -> None:
    found = findings(tmp_path, where, *keys)
    assert [one for one, _ in found] == [code]
    assert words in found[0][1]


# (where, the play's keys): right as they are
SILENT = [
    ("", ["when: quantity == 5.0"]),
    ("", ["when: month(renewal_date) == month(today) and renewal_date != today"]),
    ("", ["when: renewal_date == term_start"]),
    ("", ["when: renewal_date - term_start == 365"]),
    ("", ["every: 0 8 * * 1", "if: weekday(today) == 1 or today == 2026-04-01"]),
    ("", ['when: lower(product) == "mdm"']),
    ("", ["when: weekday(today) == 7"]),
    ("", ["when: quantity > 5 and quantity < 7"]),
    ("", ["when: quantity > 5 or quantity < 3"]),
    ("", ["when: quantity > 5 or quantity < 5"]),
    ("", ["when: status in ['active', 'cancelled']"]),
    ("", ["when: count(account.tickets) > 0"]),
    ("", ["when: devices >= 0"]),
    ("", ["when: arr == arr * 1"]),
    ("", ["when: quantity >= 5 and quantity <= 5"]),
    ("", ["when: arr / quantity > 5 JPY and quantity > 0"]),
    ("quantity > 0", ["when: arr / quantity > 5 JPY"]),
    ("", ["when: default(arr / quantity, 0 JPY) > 5 JPY"]),
    ("", ["when: quantity / max(account.open_tickets, 1) > 5"]),
    ("", ["when: quantity / 7 > 5"]),
    ("", ["when: (0 if quantity == 0 else 7 / quantity) > 5"]),
    ("", ["when: devices is not missing and devices != 3"]),
    ("", ["when: devices != 3 and devices > 1"]),
    ("", ["when: devices is missing or devices != 3"]),
    ("", ["when: not (devices is missing) and devices != 3"]),
    ("", ['when: account.segment != "mid"']),
    ("", ["when: not (devices is not missing) or devices != 3"]),
    ("", ["when: (devices if devices is not missing else 0) != 3"]),
    ("", ["when: (devices != 3 if devices is not missing else auto_renew)"]),
    ("", ["when: (auto_renew if devices is missing else devices != 3)"]),
    ("devices is not missing", ["when: devices != 3"]),
    ("", ["when: devices > 5", "if: devices != 7"]),
    ("", ["when: devices is not 3"]),
    ("", ["when: default(devices, 0) != 3"]),
    ("", ["when: not days_to_renewal == 90"]),
    ("", ["when: any(account.tickets where csat is not missing and csat < 3)"]),
    ("", ["when: devices is not 3 and devices is not 4"]),
    ("", ["when: quantity > 5", "clear: quantity < 3"]),
    ("", ["when: quantity > 5", "clear: quantity < 3", "if: quantity > 4"]),
    ("quantity > 3", ["when: quantity > 5"]),
    ("", ["when: days_to_renewal == 60", "if: days_to_renewal > 55"]),
    ("days_to_renewal > 0", ["when: days_to_renewal in [90, 60]"]),
    ("", ["when: days_to_renewal between 0 and 180"]),
    ("days_to_renewal >= 0", ["when: days_to_renewal between 0 and 180"]),
    ('status == "active"', ["when: quantity > 5", 'unless: product == "mdm"']),
    ("", ["when: quantity > 5 and account.open_tickets > 5"]),
    ("", ['when: any(account.tickets where status == "open") and status == "active"']),
    ("", ['when: product matches "^mdm-[0-9]+$"']),
    ("", ['when: product matches "mdm$"']),
    ("", ['when: product matches "m.m"']),
]


@pytest.mark.parametrize(("where", "keys"), SILENT)
def test_nothing_is_said(where: str, keys: list[str], tmp_path: Path) -> None:
    assert findings(tmp_path, where, *keys) == []


def test_params_are_seen_through(tmp_path: Path) -> None:
    found = findings(
        tmp_path, "quantity > low", "when: quantity < 3 and days_to_renewal > 1", params="{low: 5}"
    )
    assert [code for code, _ in found] == ["W206"]


def test_a_table_of_params_is_not_guessed(tmp_path: Path) -> None:
    table = "{low: {by: product, mdm: 5, else: 1}}"
    assert findings(tmp_path, "quantity > low", "when: quantity < 3", params=table) == []
