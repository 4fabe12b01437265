"""Customers: a search, and one page an account."""

from __future__ import annotations

from starlette.responses import Response

from ...engine.service.customer import customer, find_customers
from .console import Ask
from .gate import MissingError


def show_customers(ask: Ask) -> Response:
    """Accounts by their key or name."""
    words = ask.query("words")
    found = find_customers(ask.office, words, ask.query("after"))
    return ask.page("customers.html", {"found": found, "words": words})


def show_customer(ask: Ask) -> Response:
    """All about one."""
    found = customer(ask.office, ask.part("account"))
    if found is None:
        raise MissingError("The facts of the last load have no such account.")
    return ask.page("customer.html", {"one": found})
