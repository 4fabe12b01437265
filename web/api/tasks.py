"""The worklist, and one task of it."""

from __future__ import annotations

from ...engine.service import mailing, worklist
from ...engine.service.worklist import TaskPage
from .call import Call
from .problems import missing


def list_tasks(call: Call) -> object:
    """A page of the worklist, ranked: mine, my team's or everybody's, about an account, of a playbook or
    priority."""
    asked = call.query
    only = {name: asked[name] for name in ("account", "playbook", "priority") if name in asked}
    choice = asked["whose"], asked["shown"], call.after, asked["limit"], only
    page = worklist.worklist_page(call.office, call.person, *choice)
    return call.page(page.tasks, page.after)


def get_task(call: Call) -> object:
    """One task: what it says, its checklist and messages, what happened to it, and whether you may act."""
    page = worklist.task_page(call.office, call.person, call.parts["task"])
    if page is None:
        raise missing("task")
    return _whole(page)


def _whole(page: TaskPage) -> dict[str, object]:
    prepared = zip(page.task["mails"], page.mails, strict=True)
    mails = [
        (number, mail["recipient"], mail["recipient_name"], state)
        for number, (mail, state) in enumerate(prepared, start=1)
    ]
    more = {"mails": mails, "history": page.history, "may_act": page.may_act, "may_send": page.may_send}
    return {**page.task, **more}


def close_task(call: Call) -> object:
    """Close a task as done, with its outcome where it has some."""
    said = call.body
    outcome, note = said.get("outcome", ""), said.get("note", "")
    worklist.close(call.office, call.person, call.parts["task"], outcome, note)
    return get_task(call)


def snooze_task(call: Call) -> object:
    """Put a task off until a day, for a reason."""
    said = call.body
    worklist.snooze(call.office, call.person, call.parts["task"], said["until"], said["reason"])
    return get_task(call)


def reassign_task(call: Call) -> object:
    """Hand a task over to a colleague; with `shift`, they have as many days as the first had."""
    said = call.body
    shift = said.get("shift", False)
    worklist.reassign(call.office, call.person, call.parts["task"], said["to"], shift=shift)
    return get_task(call)


def list_handovers(call: Call) -> object:
    """Whose open tasks you may hand over at once, and how many each has."""
    return list(worklist.handover(call.office, call.person).held.items())


def hand_over(call: Call) -> object:
    """Hand all open tasks of somebody over to a colleague; with `shift`, they have as many days as
    the first had."""
    said = call.body
    shift = said.get("shift", False)
    return {"tasks": worklist.hand_over(call.office, call.person, said["from"], said["to"], shift=shift)}


def check_task(call: Call) -> object:
    """Have exactly these items of the checklist done, counted from 1."""
    worklist.check(call.office, call.person, call.parts["task"], set(call.body["done"]))
    return get_task(call)


def get_mail(call: Call) -> object:
    """A message that a play has prepared with a task, for its assignee to edit."""
    return mailing.prepared(call.office, call.person, call.parts["task"], call.parts["number"])


def send_mail(call: Call) -> None:
    """Queue a prepared message as its assignee has edited it, once."""
    said, parts = call.body, call.parts
    mailing.send(call.office, call.person, parts["task"], parts["number"], said["subject"], said["text"])
