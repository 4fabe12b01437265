"""Sending what is queued: the renderer, the channels and the loop put together."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..catalog.adapters import adapters_for
from ..catalog.model import ChannelConfig, Project
from ..catalog.project import FEED
from ..decide.model import TouchRow
from ..decide.policy import policy_of
from ..deliver.context import decode
from ..deliver.deliver import DeliveryCount, RenderFailure
from ..deliver.deliver import deliver as deliver_loop
from ..deliver.message import Address, compose
from ..deliver.mime import build
from ..deliver.render import Rendered, render
from ..evaluate.model import Moment
from ..files import Files
from ..ledger import delivery
from ..ledger.database import Ledger
from ..ledger.delivery import ClaimedTouch
from ..ledger.guard import Guard, Stops
from ..playbook.model import Playbook
from ..ports import Channel, ChannelError, Clock, Envelope, FixedClock
from ..telemetry.log import Log
from ..template.errors import TemplateError
from ..template.library import TemplateLibrary
from .backoff import WATCH_SECONDS, Backoff
from .inviting import links_of, records_of, unsubscribe_headers
from .signals import until_stopped
from .workspace import Workspace


@frozen
class DeliveryReport:
    """What a delivery did, and what kept it from doing more."""

    count: DeliveryCount

    @classmethod
    def none(cls, ledger: Ledger) -> DeliveryReport:
        """Nothing was sent; only what waits is counted."""
        with ledger.reading() as connection:
            return cls(DeliveryCount(0, 0, 0, delivery.waiting(connection)))

    @property
    def trouble(self) -> str:
        """Why messages stay queued and what to do; empty if nothing is wrong."""
        if not self.count.problems:
            return ""
        why = "; ".join(self.count.problems)
        return f"{why}. Queued: {self.count.queued:,}; when that is mended, `playcall deliver` sends them"

    def to_json(self) -> dict[str, object]:
        count = self.count
        return {
            "sent": count.sent,
            "failed": count.failed,
            "unknown": count.unknown,
            "queued": count.queued,
        }


def deliver_now(
    workspace: Workspace, ledger: Ledger, run: str, playbooks: Iterable[Playbook], moment: Moment
) -> DeliveryReport:
    """Send what is due at the moment of a run of these playbooks."""
    from .stopping import just_decided  # needs the engine of the facts, which other deliveries do not

    _hand_over(workspace, ledger, moment.now)
    stops = just_decided(workspace, ledger, run, playbooks, moment)
    return _deliver(workspace, ledger, FixedClock(moment.now), lambda: False, stops)


def deliver(workspace: Workspace) -> DeliveryReport:
    """Send what is due; until SIGTERM or Ctrl-C, finishing the message at hand."""
    with workspace.ledger() as ledger, until_stopped() as stop:
        return _deliver_due(workspace, ledger, stop.is_set)


def watch(workspace: Workspace, log: Log) -> DeliveryReport:
    """Send what falls due until SIGTERM or Ctrl-C, finishing the message at hand. A database that is down is
    tried again after ever longer waits, and so is each channel by itself."""
    with until_stopped() as stop, workspace.ledger() as ledger:
        log.info("deliver.started")
        post = Post(log)
        again = Backoff(workspace.clock)
        while not stop.is_set():
            if again.ready():
                with again.trying(log, "deliver"):
                    post.deliver(workspace, ledger, stop.is_set)
            stop.wait(WATCH_SECONDS)
        return post.last or DeliveryReport.none(ledger)


class Post:
    """Delivery over and over: a channel that could not be used rests for a while, the others go on."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._resting: dict[str, tuple[Backoff, str]] = {}
        self.last: DeliveryReport | None = None

    @property
    def resting(self) -> dict[str, str]:
        """The channels that could not be used when they were last tried, and why."""
        return {name: why for name, (_, why) in self._resting.items()}

    def deliver(self, workspace: Workspace, ledger: Ledger, stopped: Callable[[], bool]) -> DeliveryReport:
        """Send what is due through the channels that may be tried."""
        idle = {name: why for name, (again, why) in self._resting.items() if not again.ready()}
        report = _deliver_due(workspace, ledger, stopped, idle)
        tried = {name: why for name, why in report.count.broken.items() if name not in idle}
        for name in self._resting.keys() - report.count.broken.keys():
            del self._resting[name]
        for name, why in tried.items():
            again, _ = self._resting.get(name, (Backoff(workspace.clock), why))
            self._resting[name] = again, why
            self._log.warning("channel.resting", channel=name, why=why, seconds=again.failed())
        count = report.count
        if count.sent or count.failed or count.unknown:
            numbers = {"sent": count.sent, "failed": count.failed, "unknown": count.unknown}
            self._log.info("delivered", **numbers, queued=count.queued)
        self.last = report
        return report


def _deliver_due(
    workspace: Workspace,
    ledger: Ledger,
    stopped: Callable[[], bool],
    resting: Mapping[str, str] | None = None,
) -> DeliveryReport:
    """Send what is due by now and has not been stopped meanwhile."""
    from .stopping import cancel_stopped  # needs the engine of the facts, which other deliveries do not

    _hand_over(workspace, ledger, workspace.clock.now())
    stops = cancel_stopped(workspace, ledger)
    return _deliver(workspace, ledger, workspace.clock, stopped, stops, resting)


def _hand_over(workspace: Workspace, ledger: Ledger, now: datetime) -> None:
    """Queue what other systems are to be told of tasks, if there are any."""
    if any(one.handed_over for one in workspace.project.exports.values()):
        from .handing_over import hand_over  # needs the facts, as above

        hand_over(workspace, ledger, now)


def _deliver(
    workspace: Workspace,
    ledger: Ledger,
    clock: Clock,
    stopped: Callable[[], bool],
    stops: Stops,
    resting: Mapping[str, str] | None = None,
) -> DeliveryReport:
    with open_channels(workspace.project) as channels:
        count = deliver_loop(
            ledger,
            channels,
            Renderer(workspace.project, clock),
            clock,
            zone=ZoneInfo(workspace.project.settings.timezone),
            worker=f"{socket.gethostname()}:{os.getpid()}",
            stop=stopped,
            guard=replace(guard_of(workspace), stops=stops),
            resting=resting,
        )
    return DeliveryReport(count)


def guard_of(workspace: Workspace) -> Guard:
    """What sends must keep of the project's contact rules."""
    settings = workspace.project.settings
    policy = policy_of(workspace.project.rules, workspace.playbooks)
    return Guard(policy, settings.timezone, settings.holidays)


@contextmanager
def open_channels(project: Project) -> Iterator[Mapping[str, Channel]]:
    """Every channel of the project. Raises ``PlaycallError`` for one that is configured wrongly."""
    channels: dict[str, Channel] = {}
    try:
        for name, config in project.channels.items():
            channels[name] = make_channel(config, project)
        yield channels
    finally:
        for channel in channels.values():
            channel.close()


def make_channel(config: ChannelConfig, project: Project) -> Channel:
    """One channel by its adapter's entry point. Raises ``PlaycallError``."""
    found = adapters_for("channel").select(name=config.adapter)
    if not found:
        known = ", ".join(sorted(adapters_for("channel").names))
        raise PlaycallError(
            f"{config.location}: channel {config.name}: no adapter `{config.adapter}`; there are {known}"
        )
    try:
        channel: Channel = next(iter(found)).load()(config.name, config.options, project.root)
    except ChannelError as error:
        raise PlaycallError(f"{config.location}: {error}") from None
    return channel


class Renderer:
    """Turns a claimed touch into bytes; what cannot be rendered is a failure with its reason."""

    def __init__(self, project: Project, clock: Clock, templates: TemplateLibrary | None = None) -> None:
        """``templates``: the project's, where somebody holds them already."""
        self._project = project
        self._clock = clock
        self._templates = templates or TemplateLibrary(Files(project.root))

    def __call__(self, claimed: ClaimedTouch) -> Envelope | RenderFailure:
        touch = claimed.touch
        if touch.type == "webhook":
            return webhook_envelope(touch)
        try:
            return self._item(touch) if touch.channel == FEED else self._mail(touch)
        except (TemplateError, ValueError) as error:
            return RenderFailure(str(error))

    def _mail(self, touch: TouchRow) -> Envelope:
        rendered = self.text(touch)
        sender = self.sender(touch)
        mail = compose(
            touch.id,
            rendered,
            self._clock.now().astimezone(ZoneInfo(self._project.settings.timezone)),
            sender,
            Address(touch.recipient, touch.recipient_name or ""),
            tuple(Address(address) for address in touch.cc),
            headers=unsubscribe_headers(touch, self._project),
        )
        return Envelope(touch.id, sender.email, mail.recipients, build(mail), {}, mail.message_id)

    def _item(self, touch: TouchRow) -> Envelope:
        """What the product shows, as it reads it."""
        return Envelope(touch.id, "", (), item_payload(self.text(touch)), {})

    def text(self, touch: TouchRow) -> Rendered:
        """Subject, text and HTML in the recipient's language."""
        template = self._templates.find(touch.template, touch.locale, self._project.locale)
        return render(template, self._context(touch), touch.subject)

    def sender(self, touch: TouchRow) -> Address:
        """The person it comes from, else the channel's `from`, else nobody in particular."""
        if touch.sender is not None and touch.sender.email:
            return Address(touch.sender.email, touch.sender.name or "")
        config = self._project.channels.get(touch.channel)
        written = config.options.get("from") if config else None
        return Address.parse(str(written)) if written else Address(f"no-reply@{self._project.name}.invalid")

    def _context(self, touch: TouchRow) -> dict[str, object]:
        """What a template sees: the record's names, and those of the message itself. Where `from` found
        nobody, the sender is the address that the message comes from, by the project's name."""
        recipient = {"email": touch.recipient, "name": touch.recipient_name, "locale": touch.locale}
        address = self.sender(touch)
        sender = {
            "email": address.email,
            "name": address.name or self._project.name,
            "locale": touch.sender.locale if touch.sender else None,
        }
        names = decode(touch.context) | {"recipient": recipient, "sender": sender}
        of_each: Any = names.get("records", ())
        for one, context in zip([names, *of_each], [touch.context, *records_of(touch)], strict=True):
            one["links"] = links_of(touch, context, self._project)
        return names


def item_payload(rendered: Rendered) -> bytes:
    """A message of the feed as JSON: ``subject``, ``text``, and ``html`` that is safe to show."""
    shown = {"subject": rendered.subject, "text": rendered.text, "html": rendered.html}
    return json.dumps(shown, ensure_ascii=False, sort_keys=True).encode()


def webhook_envelope(touch: TouchRow) -> Envelope:
    """The JSON that a webhook channel posts: the record and the play's payload."""
    body = {
        "touch": touch.id,
        "playbook": touch.playbook,
        "play": touch.play,
        "entity": touch.entity,
        "record": touch.record,
        "payload": touch.context,
    }
    payload = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    return Envelope(touch.id, "", (), payload, {"Content-Type": "application/json"})
