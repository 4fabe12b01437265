"""What is posted, within bounds of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

NONCE: Final = "-nonce"  # no question can be called so
NUL: Final = "\0"  # no text of a person's, and none that PostgreSQL takes
MAX_BODY: Final = 256 * 1024  # bytes: several long texts in Japanese, percent-encoded
MAX_FIELDS: Final = 500
READ_SECONDS: Final = 15.0

Form = dict[str, list[str]]


async def read_form(request: Request) -> Form:
    """The fields of a form as browsers and mail programs post it, in order. Raises ``HTTPException``."""
    async with _within(request) as bounded:
        form = await bounded.form(max_files=0, max_fields=MAX_FIELDS, max_part_size=MAX_BODY)
    found: Form = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) or NUL in value:
            raise HTTPException(400)
        found.setdefault(name, []).append(value)
    return found


async def read_body(request: Request) -> bytes:
    """What is posted, as it is. Raises ``HTTPException``."""
    async with _within(request) as bounded:
        return await bounded.body()


@asynccontextmanager
async def _within(request: Request) -> AsyncIterator[Request]:
    """The request, to be read within bounds of size and time. Raises ``HTTPException``."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise HTTPException(413)
    try:
        async with asyncio.timeout(READ_SECONDS):
            yield Request(request.scope, _bounded(request.receive))
    except TimeoutError:
        raise HTTPException(408) from None


def _bounded(receive: Receive) -> Receive:
    """The same body, refused where it grows beyond ``MAX_BODY``: not every body says its length."""
    left = MAX_BODY

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return bounded


def nonce_of(form: Form) -> str:
    """The nonce of a form, taken out of it; empty where there is none, or several."""
    values = form.pop(NONCE, [])
    return values[0] if len(values) == 1 else ""


def one_of(form: Form, name: str) -> str:
    """A field that is posted once; empty where it is not."""
    values = form.get(name, [])
    return values[0] if len(values) == 1 else ""
