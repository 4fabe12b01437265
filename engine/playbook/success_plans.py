"""plans/*.yaml → checked success plans (SPEC 8), and the plays that the action ``plan`` stands for: its first
steps are tasks of the play itself, each of the others is a follow-up, and the goal ends them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ...dsl.scope import Scope
from ...dsl.source import SourceText
from ...dsl.typed import Checked
from ..catalog.contact_rules import Limits
from ..catalog.expressions import check_condition
from ..catalog.model import Catalog, Project
from ..document import Node, Scalar
from ..files import Files
from ..forms.reading import check_own_name, read_entity, read_folder, scope_of
from ..shape import Fields, Findings, read_each, read_fields, shape
from .actions import TASK, read_task
from .context import Context
from .model import PlanAction, Play, Step, SuccessPlan
from .triggers import read_after

PLAN = shape("a plan", "plan for describe owner goal steps", "plan for steps")
STEP = shape("a step", " ".join((*TASK.keys, "after")), "task")


ContextOf = Callable[[Scope, Mapping[str, Checked]], Context]


def load_plans(
    context_of: ContextOf, project: Project, catalog: Catalog, findings: Findings, files: Files
) -> dict[str, SuccessPlan]:
    """The plans of a project, as far as they are right; mistakes go to the findings. ``context_of`` a scope
    and params: what their expressions and tasks may refer to."""

    def read(name: str, fields: Fields) -> SuccessPlan | None:
        entity = read_entity(fields, catalog)
        if entity is None:
            return None
        return _plan(name, fields, context_of(scope_of(entity, project, catalog), {}))

    return read_folder("plans", PLAN, findings, files, read)


def _plan(name: str, fields: Fields, context: Context) -> SuccessPlan | None:
    declared = fields.entries("steps")
    fields.text("describe"), fields.text("owner")
    goal = context.condition(fields, "goal")
    if declared is None:
        return None
    steps: dict[str, Step] = {}

    def read(key: Scalar, node: Node) -> None:
        step = _step(key, node, declared.values, goal, context)
        if step is not None:
            steps[step.name] = step

    read_each(declared, read, context.findings, "the step")
    if not declared.values:
        context.findings.add("E106", fields.location("steps"), "the plan has no steps")
    _refuse_circles(steps, context.findings)
    return SuccessPlan(name, context.scope.entity, goal, steps, fields.location("plan"))


def _step(
    key: Scalar, node: Node, steps: Mapping[str, object], goal: Checked | None, context: Context
) -> Step | None:
    fields = read_fields(node, STEP, context.findings)
    if fields is None or not check_own_name(key, "a step", context.findings):
        return None
    task, after = read_task(fields, context), read_after(fields, steps, "step", "plan")
    if task is None or ("after" in fields and after is None):
        return None
    return Step(key.text, replace(task, until=_either(task.until, goal, context)), after, key.location)


def _either(until: Checked | None, goal: Checked | None, context: Context) -> Checked | None:
    """What closes the task of a step: its own condition or the goal, whose mistakes are told where each
    stands."""
    if until is None or goal is None:
        return until or goal
    text = f"({until.source.text.strip()}) or ({goal.source.text.strip()})"
    return check_condition(SourceText.of(text, "<plan>"), context.scope, Findings())


def _refuse_circles(steps: dict[str, Step], findings: Findings) -> None:
    """Steps that follow each other and so never begin are told; they are left out, with all that follows."""
    begun = {name for name, step in steps.items() if step.after is None}
    while more := {name for name, step in steps.items() if step.after and step.after.parent in begun} - begun:
        begun |= more
    waiting = {name: steps.pop(name) for name in [*steps] if name not in begun}
    for step in waiting.values():
        if step.after and step.after.parent in waiting:
            message = f"the step `{step.name}` waits for `{step.after.parent}`, and that one for it"
            findings.add("E407", step.location, message, "one step of a plan has no `after`: it begins")


def steps_of(
    begun: PlanAction, play: Play, plays: Mapping[str, object], findings: Findings
) -> Iterator[Play]:
    """The steps of a plan that follow others, as plays called PLAY-STEP."""
    steps = begun.plan.steps
    for step in steps.values():
        name = f"{play.name}-{step.name}"
        if step.after is None:
            continue
        if name in plays:
            message = f"the step `{step.name}` is the play `{name}`, and the playbook has one of that name"
            findings.add("E501", begun.location, message, "give the play or the step another name")
            continue
        parent = steps[step.after.parent]
        yield replace(
            play,
            name=name,
            was=tuple(f"{old}-{step.name}" for old in play.was),
            trigger=replace(step.after, parent=f"{play.name}-{parent.name}" if parent.after else play.name),
            condition=None,
            unless=begun.plan.goal,
            actions=(begun.task(step),),
            limits=Limits(),
            variants=(),
            location=step.location,
        )
