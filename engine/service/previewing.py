"""`preview`: a play's message as its recipient would see it, whether or not it is due."""

from __future__ import annotations

from ...dsl.diagnostics import PlaycallError
from ..decide.act import drafted
from ..decide.cases import Case, Docket
from ..decide.lifecycle import current_cycle
from ..decide.model import MESSAGES, Candidate, TouchRow
from ..decide.pipeline import settle
from ..decide.quoted import quoted
from ..decide.together import fire
from ..evaluate.gather import gather
from ..evaluate.model import Moment
from ..playbook.model import EmailAction, Play, Playbook
from ..ports import FixedClock
from ..template.errors import TemplateError
from .deciding import Scope, context_of, setting_of, with_context
from .delivering import Renderer
from .facts import FactBase, load_facts
from .history import Names
from .moments import moment_of
from .workspace import Workspace


def preview(workspace: Workspace, target: str, record: str, to: str | None, as_of: str | None) -> str:
    """Subject, addresses and text of the messages that ``PLAYBOOK.PLAY`` would send for a record. ``to``
    chooses one recipient. Raises ``PlaycallError``."""
    book, play = workspace.play(target)
    if not any(isinstance(action, EmailAction) for action in play.actions):
        raise PlaycallError(f"{target} sends no message")
    zone = workspace.project.settings.timezone
    moment = moment_of(as_of, workspace.clock.now(), zone, [book])
    touches = _touches(workspace, book, play, record, moment)
    chosen = [touch for touch in touches if to is None or touch.recipient.casefold() == to.casefold()]
    if not chosen:
        known = ", ".join(touch.recipient for touch in touches) or "nobody"
        raise PlaycallError(f"{target} writes to {known} for {record}" + (f", not to {to}" if to else ""))
    renderer = Renderer(workspace.project, FixedClock(moment.now))
    return "\n\n".join(_shown(renderer, touch) for touch in chosen)


def _touches(workspace: Workspace, book: Playbook, play: Play, record: str, moment: Moment) -> list[TouchRow]:
    with (
        workspace.ledger_to_read() as ledger,
        load_facts(workspace, moment, keep=False) as base,
        ledger.reading() as connection,
    ):
        base.fill_ledger_facts(connection, moment.today)
        scope = Scope((book,), complete=False)
        context = context_of(workspace, base, connection, moment, scope)
        facts = gather(context, [book], {(book.name, play.name): {record}}).get(book.name, play.name, record)
        if facts is None:
            raise PlaycallError(_no_record(base, book.entity, record))
        names = Names.of(context.history.plays.values(), [book])
        setting = setting_of(workspace, context, connection, scope, names, frozenset(), {})
        cycle, _ = current_cycle(book.entity, facts, setting)
        about = (book.name, play.name, book.entity, record)
        candidate = Candidate(*about, "preview", "moment", cycle, "", None, moment.today, None)
        dockets = [Docket(book, play, [Case(candidate, facts)])]
        refused = settle((drafted, quoted), dockets, setting)
    if refused:
        raise PlaycallError(f"{play.playbook}.{play.name} offers {record} nothing: {refused[0].detail}")
    touches = (touch for _, _, touch in fire(dockets, setting).written)
    return [with_context(touch, workspace) for touch in touches if touch.type in MESSAGES]


def _no_record(base: FactBase, entity: str, record: str) -> str:
    return f"there is no {entity} `{record}`; `playcall facts list {entity}` shows which there are"


def _shown(renderer: Renderer, touch: TouchRow) -> str:
    try:
        rendered = renderer.text(touch)
    except TemplateError as error:
        raise PlaycallError(str(error)) from None
    sender = renderer.sender(touch)
    lines = [
        f"From: {sender.name} <{sender.email}>".replace("  <", " <"),
        f"To: {touch.recipient_name or ''} <{touch.recipient}>".replace("  <", " <"),
        *([f"Cc: {', '.join(touch.cc)}"] if touch.cc else []),
        f"Subject: {rendered.subject}",
        "",
        rendered.text,
    ]
    return "\n".join(lines)
