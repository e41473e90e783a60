"""The answer: verdict, fixes, root causes; `to_dict` is the JSON contract `cadet.diagnosis/1`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from cadet.model.effect import CausalPath, Estimate
from cadet.model.functional import FunctionalNode
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration
from cadet.model.space import Change
from cadet.model.tabular import Tabular

SCHEMA = "cadet.diagnosis/1"


class Verdict(str, Enum):
    """What the measurements say about the best fix, or why there is none."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    NO_FAULT = "no_fault"
    NO_EFFECT = "no_effect"

    @property
    def exit_code(self) -> int:
        """The exit code of `cadet debug` that ends with this verdict."""
        return {"confirmed": 0, "no_fault": 0, "refuted": 1, "no_effect": 1, "inconclusive": 4}[self.value]


Estimates = Mapping[str, Estimate]  # by `Goal.label`: the objective, with the context level where there is one


@dataclass(frozen=True)
class Fault:
    """The configuration whose objective is unacceptable, and how it measured."""

    configuration: Configuration
    measured: Estimates = field(default_factory=dict)


@dataclass(frozen=True)
class Fix:
    """A set of option changes: what the model promised, what the device said.

    `potential` is P(good | do(change), the bad outcome observed, everything else the same); `control` is
    P(bad | no change, everything else the same). `runs_to_decide` estimates how many more pairs an
    inconclusive fix needs. `pairs` counts the ABBA pairs measured.
    """

    changes: tuple[Change, ...]
    configuration: Configuration
    predicted: Estimates = field(default_factory=dict)
    probability_of_goal: float | None = None
    potential: float | None = None
    control: float | None = None
    consent: frozenset[str] = frozenset()
    measured: Estimates = field(default_factory=dict)
    gain: Estimates = field(default_factory=dict)
    pairs: int = 0
    verdict: Verdict | None = None
    runs_to_decide: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class RootCause:
    """An option that makes the fault: its effect, what taking its change back did, and its causal paths.

    `ablation` is the paired measured change of the objective when this one change is taken back from the fix.
    """

    option: str
    expression: str
    effect: Estimates = field(default_factory=dict)
    ablation: Estimates = field(default_factory=dict)
    stability: float | None = None
    paths: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Counts:
    """How many configurations and runs the answer took.

    probes: configurations, of the total, that were measured after the fix was confirmed, to see which causes act only
    together.
    reused: configurations that were measured before, for another question, and learned from without a new run.
    """

    initial: int = 0
    total: int = 0
    runs: int = 0
    infeasible: int = 0
    failed: int = 0
    contended: int = 0
    reused: int = 0
    probes: int = 0


@dataclass(frozen=True)
class Reuse:
    """What an earlier study of another device or workload was worth.

    configurations: how many of its rows were learned from. trusted: whether it was used to the end; `reason` says why
    it was dropped. support: the log of how much more probable it made the rows measured here, one after the other, than
    a model without it; None where too few were measured to tell.
    """

    source: str
    configurations: int
    trusted: bool
    support: float | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the fields of the JSON contract."""
        return {**vars(self), "reason": self.reason or None}


@dataclass(frozen=True)
class Diagnosis(Tabular):
    """Everything that `cadet debug` found out; report and terminal draw only from here."""

    target: str
    objectives: tuple[Objective, ...]
    goals: tuple[Goal, ...]
    verdict: Verdict
    fault: Fault
    fixes: tuple[Fix, ...] = ()
    root_causes: tuple[RootCause, ...] = ()
    paths: tuple[CausalPath, ...] = ()
    smallest_detectable_effect: Mapping[str, float | None] = field(default_factory=dict)
    with_consent: tuple[Fix, ...] = ()
    counts: Counts = Counts()
    measuring_s: float = 0.0
    thinking_s: float = 0.0
    notes: tuple[str, ...] = ()
    reuse: Reuse | None = None
    pareto: tuple[Fix, ...] = ()
    functional_nodes: tuple[FunctionalNode, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code that the verdict earns."""
        return self.verdict.exit_code

    def rows(self) -> list[dict[str, object]]:
        """Return one row per fix, the best first."""
        return [_row(rank, fix) for rank, fix in enumerate(self.fixes, 1)]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON contract `cadet.diagnosis/1`."""
        return {
            "schema": SCHEMA,
            "target": self.target,
            "objectives": [o.name for o in self.objectives],
            "goals": {goal.label: str(goal) for goal in self.goals},
            "goal_details": [_goal(goal) for goal in self.goals],
            "verdict": self.verdict.value,
            "fault": {"configuration": dict(self.fault.configuration), "measured": _estimates(self.fault.measured)},
            "fixes": [_fix(rank, fix) for rank, fix in enumerate(self.fixes, 1)],
            "root_causes": [_root_cause(cause) for cause in self.root_causes],
            "paths": [path.to_dict() for path in self.paths],
            "smallest_detectable_effect": dict(self.smallest_detectable_effect),
            "with_consent": [_fix(rank, fix) for rank, fix in enumerate(self.with_consent, 1)],
            "measurements": dict(vars(self.counts)),
            "seconds": {"measuring": self.measuring_s, "thinking": self.thinking_s},
            "notes": list(self.notes),
            "functional_nodes": [node.to_dict() for node in self.functional_nodes],
            "pareto": [_fix(rank, fix) for rank, fix in enumerate(self.pareto, 1)],
            "earlier": self.reuse.to_dict() if self.reuse else None,
        }


def _goal(goal: Goal) -> dict[str, object]:
    level = dict(goal.level)
    return {"objective": goal.objective.name, "threshold": goal.threshold, "source": goal.source, "level": level}


def _estimates(estimates: Estimates) -> dict[str, object]:
    return {name: estimate.to_dict() for name, estimate in estimates.items()}


def _fix(rank: int, fix: Fix) -> dict[str, object]:
    return {
        "rank": rank,
        "changes": {c.option: {"from": c.before, "to": c.after} for c in fix.changes},
        "configuration": dict(fix.configuration),
        "predicted": _estimates(fix.predicted),
        "probability_of_goal": fix.probability_of_goal,
        "potential": fix.potential,
        "control": fix.control,
        "consent": sorted(fix.consent),
        "measured": _estimates(fix.measured),
        "pairs": fix.pairs,
        "gain": _estimates(fix.gain),
        "verdict": fix.verdict.value if fix.verdict else None,
        "runs_to_decide": fix.runs_to_decide,
        "reason": fix.reason or None,
    }


def _row(rank: int, fix: Fix) -> dict[str, object]:
    changes = ", ".join(f"{c.option}: {c.before} -> {c.after}" for c in fix.changes)
    row: dict[str, object] = {"rank": rank, "changes": changes, "verdict": fix.verdict.value if fix.verdict else None}
    for label, gain in fix.gain.items():
        row |= {f"gain of {label}": gain.estimate, f"{label} low": gain.low, f"{label} high": gain.high}
    return row | {"pairs": fix.pairs, "probability_of_goal": fix.probability_of_goal}


def _root_cause(cause: RootCause) -> dict[str, object]:
    return {
        "option": cause.option,
        "expression": cause.expression,
        "effect": _estimates(cause.effect),
        "ablation": _estimates(cause.ablation),
        "stability": cause.stability,
        "paths": [list(nodes) for nodes in cause.paths],
    }
