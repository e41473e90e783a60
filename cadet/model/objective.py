"""What is to be minimised or maximised, and when it is good enough."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cadet.errors import UsageError, nearest
from cadet.model.domain import number
from cadet.model.option import NO_CONTEXT, Level

Direction = Literal["min", "max"]

_GOAL = re.compile(r"^\s*(?P<name>.+?)\s*(?P<op><=|>=|<|>)\s*(?P<value>[-+0-9.eE]+)\s*$")


@dataclass(frozen=True)
class Objective:
    """A quantity the user cares about; `slo` is the value beyond which a configuration is a fault.

    `bounded_by_time`: it measures wall time, so a run that reached its time limit has at least the limit as its value;
    any other objective has no value then.
    """

    name: str
    unit: str = ""
    direction: Direction = "min"
    slo: float | None = None
    bounded_by_time: bool = False

    def gain(self, before: float, after: float) -> float:
        """Return 1 - after/before for `min`, 1 - before/after for `max`; 0 is no change."""
        return 1 - after / before if self.direction == "min" else 1 - before / after


@dataclass(frozen=True)
class Goal:
    """`objective` must reach `threshold`: at most it for `min`, at least it for `max`.

    `source` says where the threshold comes from: user, slo, median, p10. `level` is the context level it is judged at.
    """

    objective: Objective
    threshold: float
    source: str = "user"
    level: Level = NO_CONTEXT

    @property
    def operator(self) -> str:
        """The comparison as text."""
        return "<=" if self.objective.direction == "min" else ">="

    @property
    def label(self) -> str:
        """The objective, with the context level where there is one: `latency@rows=1000`."""
        where = ",".join(f"{name}={value}" for name, value in self.level.items())
        return f"{self.objective.name}@{where}" if where else self.objective.name

    def met_by(self, value: float) -> bool:
        """Tell whether `value` is good enough."""
        return value <= self.threshold if self.objective.direction == "min" else value >= self.threshold

    def __str__(self) -> str:
        return f"{self.operator} {self.threshold!r}"


def parse_goal(text: str, objectives: dict[str, Objective]) -> Goal:
    """Read `latency<=0.5`; raises UsageError when the objective or the direction is wrong."""
    match = _GOAL.match(text)
    threshold = number(match["value"]) if match else None
    if match is None or threshold is None:
        raise UsageError(f"goal {text!r} is not of the form 'latency<=0.5'")
    if match["name"] not in objectives:
        raise UsageError(f"goal {text!r}: unknown objective {match['name']!r}{nearest(match['name'], objectives)}")
    goal = Goal(objectives[match["name"]], threshold)
    if match["op"].rstrip("=") != goal.operator.rstrip("="):
        raise UsageError(f"goal {text!r}: {goal.objective.name} is to be {goal.objective.direction}imised, "
                         f"so the goal reads '{goal.objective.name}{goal.operator}{threshold:g}'")  # fmt: skip
    return goal
