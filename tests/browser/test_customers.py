"""What customers open from their mails in a real browser, on a phone and on a desk: nothing that axe calls
serious."""

from __future__ import annotations

import pytest

from browserkit import Tab, World
from playcall.engine.respond.nonces import SOON_AFTER_PAGE

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["survey", "quote", "preferences", "unsubscribe"])
def test_every_page(tab: Tab, world: World, name: str) -> None:
    assert tab.open(world.links[name]) == 200
    tab.check(f"customer-{name}")
    assert tab.open(f"{world.links[name]}x") == 404
    tab.check("customer-refused")


def test_a_survey_is_answered_by_keyboard(tab: Tab, world: World) -> None:
    page = tab.page
    tab.open(world.links[f"survey-{tab.size}"])
    page.get_by_role("button", name="Send").click()
    assert page.get_by_role("link", name="Do you plan to renew?").is_visible()  # it is required
    tab.check("customer-survey-problem")
    page.get_by_role("radio", name="No", exact=True).focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(SOON_AFTER_PAGE.total_seconds() * 1000 + 1100)  # a person takes a while
    page.get_by_role("button", name="Send").press("Enter")
    page.wait_for_url("**/done")
    tab.check("customer-survey-done")
    page.get_by_role("link", name="Change my answers").click()
    assert page.get_by_role("radio", name="No", exact=True).is_checked()


def test_a_quote_asks_for_a_name(tab: Tab, world: World) -> None:
    tab.open(world.links["quote"])
    tab.page.get_by_role("button").click()
    tab.check("customer-quote-problem")
    assert tab.page.locator("[aria-invalid=true]").count() == 1
