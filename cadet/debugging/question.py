"""What is asked of the debugging engine, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cadet.model.diagnosis import Counts, Estimates, Fault, Fix, Reuse, Verdict
from cadet.model.functional import FunctionalNode
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration

INITIAL = 25  # configurations measured before the first proposal
BUDGET = 55
PROBES = 4  # tests of whether causes act only together, where a user asks; a benchmark of fixes asks for none


@dataclass(frozen=True)
class Question:
    """A fault to be fixed.

    goals: those the user gave; the others are found in the data. budget: distinct feasible configurations measured
    after the fault, the initial design and new ablations included. accepted: what a fix may give up. others: objectives
    that are not in question, and that a fix had better not worsen. probes: how many times at most, after a fix is
    confirmed and within the budget, it is tested whether a cause acts only together with another option; each takes
    two configurations.
    """

    target: str
    objectives: tuple[Objective, ...]
    fault: Configuration
    goals: tuple[Goal, ...] = ()
    budget: int = BUDGET
    initial: int = INITIAL
    accepted: frozenset[str] = frozenset()
    others: tuple[Objective, ...] = ()
    probes: int = 0

    @property
    def design_size(self) -> int:
        """How many configurations to start with: never more than half of a small budget."""
        return min(self.initial, max(self.budget // 2, 1))


@dataclass(frozen=True)
class Session:
    """Everything the engine found out.

    fixes: the confirmed, minimised one first, then the others tried. ablations: per changed option of the first fix,
    the relative worsening of each objective when this one change is taken back (0.5: half as much again; 0: none).
    pareto: what was measured and meets every goal, beaten by none in all objectives and the number of changes.
    with_consent: predictions for configurations that give up something not accepted; never measured.
    importance: how much of the variation the model ascribes to each option.
    promises: (P(every goal is met), configuration) of each proposal, as believed before it was measured.
    """

    target: str
    objectives: tuple[Objective, ...]
    goals: tuple[Goal, ...]
    verdict: Verdict
    fault: Fault
    fixes: tuple[Fix, ...] = ()
    ablations: Mapping[str, Estimates] = field(default_factory=dict)
    with_consent: tuple[Fix, ...] = ()
    smallest_detectable_effect: Mapping[str, float | None] = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)
    promises: tuple[tuple[float, Configuration], ...] = ()
    counts: Counts = field(default_factory=Counts)
    notes: tuple[str, ...] = ()
    reuse: Reuse | None = None
    pareto: tuple[Fix, ...] = ()
    functional: tuple[FunctionalNode, ...] = ()
