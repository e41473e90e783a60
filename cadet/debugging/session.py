"""From a fault to a verdict: design, learn, propose, verify, minimise.

Deterministic given the answers of the laboratory and the generator: the same answers lead to the same questions, so a
session that was interrupted is resumed by asking again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cadet.debugging.answer import answer, without_fault
from cadet.debugging.crossing import cross
from cadet.debugging.design import Design, initial_design, random_configurations
from cadet.debugging.detect import fault_reproduces, resolve_goals
from cadet.debugging.earlier import Earlier, source_of
from cadet.debugging.ending import ending
from cadet.debugging.hunt import Hunt
from cadet.debugging.notebook import Notebook
from cadet.debugging.question import Question, Session
from cadet.debugging.together import functional_nodes
from cadet.errors import MeasurementError
from cadet.model.domain import Value
from cadet.model.measurement import Measurement, Purpose, Status
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.protocols import Laboratory, Progress

NOTHING = Earlier()


def debug(
    laboratory: Laboratory,
    question: Question,
    rng: np.random.Generator,
    *,
    design: Design | None = None,
    progress: Progress | None = None,
    earlier: Earlier = NOTHING,
) -> Session:
    """Answer a question by experiments; raises MeasurementError where nothing could be measured.

    design: what to measure first, in place of the engine's own choice.
    earlier: what was measured before. Runs of this device are evidence and shorten the design; those of another are
    believed as long as they predict what is seen here, and then the search begins without a design.
    """
    notebook = Notebook(laboratory, question.fault)
    notebook.write(earlier.here)
    notebook.before = len(notebook.runs)
    told = progress or _silent
    cells = _measure_fault(notebook, told)
    if notebook.noiseless:
        _require_values(question, cells)
    if not _needs_design(question):
        goals = resolve_goals(question.objectives, question.goals, notebook.runs, question.fault, notebook.levels)
        if not _reproduces(notebook, goals, cells):
            return without_fault(question, goals, notebook)
    ahead = bool(earlier.elsewhere) and not _needs_design(question)
    design = design or _drawn(notebook, question, rng)
    released = _released(notebook, question)
    if not ahead:
        _measure_design(notebook, question, design, released, rng, told)
    goals = resolve_goals(question.objectives, question.goals, notebook.runs, question.fault, notebook.levels)
    if not _reproduces(notebook, goals, notebook.of(question.fault)):
        return without_fault(question, goals, notebook)
    source = source_of(earlier, notebook.space, question.fault, goals)
    hunt = Hunt(notebook, question, goals, told, source, ahead, (*design.sample, *design.later))
    found = hunt.run()
    if found is None and ahead and not any(trial.fault_is_fine for trial in hunt.trials):
        _measure_design(notebook, question, design, released, rng, told)
        hunt.ahead = False
        found = hunt.run()
    nodes = functional_nodes(hunt, found) if found and question.probes else ()
    return replace(answer(hunt, found, rng), functional=nodes)


def _silent(stage: str, done: int, total: int, remark: str) -> None:
    """Tell nobody."""


def _needs_design(question: Question) -> bool:
    """Tell whether a goal has to come from the initial design."""
    given = {goal.objective.name for goal in question.goals}
    return any(o.slo is None and o.name not in given for o in question.objectives)


def _measure_fault(notebook: Notebook, told: Progress) -> Sequence[Measurement]:
    told("fault", 0, 1, "")
    cells = notebook.measure([notebook.fault], Purpose.FAULT)
    for cell in cells:
        if cell.status in (Status.INFEASIBLE, Status.APPLY_FAILED):
            why = cell.runs[-1].message if cell.runs else ""
            raise MeasurementError(f"the fault cannot be measured ({cell.status.value}): {why or dict(notebook.fault)}")
    told("fault", 1, 1, "")
    return cells


def _require_values(question: Question, cells: Sequence[Measurement]) -> None:
    """Raise MeasurementError where the recorded fault has no value: nothing can be compared with it."""
    for cell in cells:
        for objective in question.objectives:
            if not len(cell.values(objective.name)):
                raise MeasurementError(f"the recorded fault has no value of {objective.name!r}: {ending(cell.runs)}; "
                                       "choose one that has: --fault worst, or --fault row:ID")  # fmt: skip


def _reproduces(notebook: Notebook, goals: Sequence[Goal], cells: Sequence[Measurement]) -> bool:
    """Tell whether the fault misses a goal; one that seems fine is looked at a second time."""
    if fault_reproduces(goals, cells):
        return True
    if notebook.noiseless:
        return False
    for level in notebook.levels:
        notebook.pair(notebook.fault, notebook.fault, level, Purpose.FAULT)
    return fault_reproduces(goals, notebook.of(notebook.fault))


def _drawn(notebook: Notebook, question: Question, rng: np.random.Generator) -> Design:
    """Draw the initial design, no larger than the budget; a goal that comes from it needs all of its random part."""
    n = min(question.design_size, question.budget - notebook.spent)
    design = initial_design(notebook.space, question.fault, n, rng, question.accepted)
    return design if _needs_design(question) else design.with_crossing()


def _measure_design(
    notebook: Notebook,
    question: Question,
    design: Design,
    released: Sequence[Configuration],
    rng: np.random.Generator,
    told: Progress,
) -> None:
    """Measure the initial design as far as it is not known, and replace once what turned out to be infeasible."""
    space, before = notebook.space, notebook.spent
    left = question.budget - before
    known = notebook.known()
    fresh = [c for c in design.sample if c not in known]
    near = [c for c in dict.fromkeys([*design.near, *released]) if c not in known][:left]
    sample = fresh[: min(max(len(design.sample) - notebook.sampled, 0), left - len(near))]
    crossed = max(min(design.crossed, len(design) + design.crossed - len(known), left - len(near) - len(sample)), 0)
    size = len(near) + len(sample) + crossed
    told("design", 0, size, "")
    notebook.measure(near, Purpose.NEIGHBOUR)
    told("design", len(near), size, "")
    notebook.measure(sample, Purpose.DESIGN)
    if crossed:
        cross(notebook, question, design, crossed, rng, lambda left: told("design", size - left, size, ""))
    lacking = size - (notebook.spent - before)
    if lacking > 0 and len(design) + design.crossed >= min(question.design_size, left):
        allowed = question.accepted | space.given_up(question.fault)
        more = random_configurations(space, rng, allowed, notebook.known())
        notebook.measure([c for c, _ in zip(more, range(lacking), strict=False)], Purpose.DESIGN)
    notebook.initial += notebook.spent - before
    told("design", size, size, "")


def _released(notebook: Notebook, question: Question) -> list[Configuration]:
    """Return changes of the fault to values that consent allows now, and that nothing measured so far has.

    Earlier rows of this device stand for the random design; where they were measured without that consent they say
    nothing about these values, and a model of them never asks.
    """
    if not notebook.sampled:
        return []
    space, fault = notebook.space, question.fault
    given = space.given_up(fault)
    seen = {(name, known[name]) for known in notebook.known() for name in space.names}
    fresh: dict[tuple[str, Value], Configuration] = {}
    for near in space.neighbours(fault, question.accepted | given):
        for change in space.changes(fault, near) if space.asks(near, given) else ():
            if (change.option, change.after) not in seen:
                fresh.setdefault((change.option, change.after), near)
    return list(fresh.values())
