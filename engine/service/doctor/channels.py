"""The channels, tried without sending, and the mailbox that answers come to."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ....dsl.diagnostics import PlaycallError
from ...catalog.model import ChannelConfig, Project
from ...inbox.folder import require_mailbox
from ...ports import ChannelError
from ..delivering import make_channel
from .check import Check, fail, ok, warn


def channels(project: Project) -> Iterator[Check]:
    """One check a channel, then the inbox, if the project has one."""
    for config in project.channels.values():
        yield _channel(config, project)
    if project.inbox.folder:
        yield _inbox(project)


def _channel(config: ChannelConfig, project: Project) -> Check:
    name = f"channel {config.name}"
    advice = f"correct `channels.{config.name}` in playcall.yaml"
    try:
        channel = make_channel(config, project)
    except PlaycallError as error:
        return fail(name, str(error), advice)
    try:
        return ok(name, channel.check())
    except ChannelError as error:
        return fail(name, str(error), advice)
    finally:
        channel.close()


def _inbox(project: Project) -> Check:
    path = project.root / project.inbox.folder
    try:
        require_mailbox(path)
    except PlaycallError as error:
        return fail("inbox", str(error), "correct `inbox: folder` in playcall.yaml, or make the mailbox")
    if not os.access(path, os.W_OK):
        return fail("inbox", f"{path} cannot be written", "let this user put letters aside that were read")
    if not any(config.options.get("bounces") for config in project.channels.values()):
        advice = "add `bounces: ADDRESS` to the mail channel, an address whose mail comes to the inbox"
        return warn("inbox", f"{path}: delivery reports go to whoever a message is from", advice)
    return ok("inbox", f"{path}: can be read and written")
