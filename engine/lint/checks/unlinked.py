"""W406: a survey or a quote is sent, and nothing says where its page is."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ...catalog.links import ADD_LINKS, NO_ADDRESS
from ...playbook.loader import Loaded
from ...playbook.model import EmailAction


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Surveys and quotes in a project without ``links``: plans, tests and simulations need none, a run
    refuses to send them."""
    if loaded.project is None or loaded.project.links is not None:
        return
    places = {
        action.location
        for playbook in loaded.playbooks.values()
        for play in playbook.plays.values()
        for action in play.all_actions
        if isinstance(action, EmailAction) and (action.survey or action.quote or action.prefers)
    }
    for place in sorted(places):
        yield Diagnostic(place, "W406", NO_ADDRESS, ADD_LINKS)
