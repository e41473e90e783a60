"""Rows between the fault and a good configuration: which of the many differences matter.

Random rows say where things are good, far from the fault; single changes of the fault seldom do. A row that takes each
option from the fault or from a good row, by the toss of a coin, tests half of the differences at once, at the values
that count, as delta debugging (Zeller 2002) and group testing do: uniform crossover (Syswerda 1989).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from cadet.debugging.design import Design
from cadet.debugging.detect import resolve_goals
from cadet.debugging.notebook import Notebook
from cadet.debugging.question import Question
from cadet.debugging.shortfall import shortfall
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.model.space import Space

_TOSSES = 50  # draws in vain between two configurations after which these count as used up


def cross(
    notebook: Notebook,
    question: Question,
    design: Design,
    wanted: int,
    rng: np.random.Generator,
    told: Callable[[int], None],
) -> None:
    """Measure rows between the fault and the random configuration that meets the goals best.

    As long as none meets them there is nothing good to cross with: up to half are random ones instead.
    told: called with how many of the `wanted` are left.
    """
    goals = resolve_goals(question.objectives, question.goals, notebook.runs, question.fault, notebook.levels)
    known = notebook.known()
    later = (c for c in design.later if c not in known)
    least = wanted // 2
    while wanted > least and _shortfall_of_best(notebook, goals)[0] > 0 and (row := next(later, None)):
        told(wanted)
        notebook.measure([row], Purpose.DESIGN)
        wanted -= 1
    told(wanted)
    best = _shortfall_of_best(notebook, goals)[1]
    allowed = question.accepted | notebook.space.given_up(question.fault)
    rows = crossovers(notebook.space, question.fault, best, rng, allowed, notebook.known())
    notebook.measure(list(islice(rows, wanted)), Purpose.NEIGHBOUR)


def _shortfall_of_best(notebook: Notebook, goals: Sequence[Goal]) -> tuple[float, Configuration]:
    """Return the random configuration that meets the goals best, after by how much it misses them."""
    random = dict.fromkeys(r.configuration for r in notebook.runs if r.purpose is Purpose.DESIGN)
    each = {c: shortfall(goals, notebook.of(c), notebook.runs) for c in random if c != notebook.fault}
    best = min(each, key=lambda c: each[c], default=notebook.fault)
    return each.get(best, math.inf), best


def crossovers(
    space: Space,
    fault: Configuration,
    good: Configuration,
    rng: np.random.Generator,
    allowed: frozenset[str],
    known: Iterable[Configuration],
) -> Iterator[Configuration]:
    """Yield distinct permitted configurations that take each option from the one or the other, by the toss of a coin.

    Two levels an option, split evenly: nothing tells better which of the differences matter. Ends when no more turn up.
    """
    differing = [change.option for change in space.changes(fault, good)]
    seen = {fault, good, *known}
    vain = 0
    while vain < _TOSSES:
        kept = rng.random(len(differing)) < 0.5
        back = {name: fault[name] for name, keep in zip(differing, kept, strict=True) if keep}
        configuration = space.change(good, back)
        vain += 1
        if configuration not in seen and space.permits(configuration, allowed):
            seen.add(configuration)
            vain = 0
            yield configuration
