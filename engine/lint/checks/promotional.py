"""W404: promotional mail without a consent rule, or without a way to stop it."""

import re
from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location
from ...playbook.loader import Loaded
from ...playbook.model import EmailAction
from .unlimited import is_customer

_PROMOTIONAL = "promotional"
# An address or a link: how somebody can answer that they want no more of it.
_WAY = re.compile(r"https?://|mailto:|[\w.+-]+@[\w-]+\.\w|\blinks\.")
_FRONT = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """In a project with promotional topics: a message to customers that has no topic, so that nothing says
    whether it needs consent; and a promotional template whose text names neither an address nor a link.
    Japan's Act on Regulation of Transmission of Specified Electronic Mail asks for both (articles 3, 4)."""
    topics = loaded.project.rules.topics.values() if loaded.project else ()
    if not any(topic.kind == _PROMOTIONAL for topic in topics):
        return
    reported: set[Location] = set()
    for action in _messages(loaded):
        if action.topic is None and action.location not in reported:
            reported.add(action.location)
            message = "the message has no topic, so nothing says whether it needs consent"
            yield Diagnostic(
                action.location, "W404", message, "give the message, its play or playbook a `topic:`"
            )
        elif action.topic is not None and action.topic.kind == _PROMOTIONAL:
            for place in _endless(action.template, loaded):
                if place not in reported:
                    reported.add(place)
                    message = f"`{action.template}` is promotional and does not say how to stop such mail"
                    yield Diagnostic(place, "W404", message, "name an address or a link at its end")


def _messages(loaded: Loaded) -> Iterator[EmailAction]:
    for playbook in loaded.playbooks.values():
        for play in playbook.plays.values():
            for action in play.all_actions:
                if isinstance(action, EmailAction) and any(map(is_customer, action.to)):
                    yield action


def _endless(template: str, loaded: Loaded) -> Iterator[Location]:
    """The variants of a template whose text holds no way to stop it."""
    for locale in loaded.templates.library.files.get(template, ()):
        file = loaded.templates.library.variant(template, locale).file
        if file is not None and not _WAY.search(_FRONT.sub("", file.text.replace("\r\n", "\n"))):
            yield Location(file.name, 1, 1, 1, 2)
