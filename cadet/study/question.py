"""What a user asks of a study, read from text into the nouns of the debugging engine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cadet.debugging.question import BUDGET, INITIAL, PROBES, Question
from cadet.device.place import place_of
from cadet.device.target import Target
from cadet.errors import UsageError
from cadet.model.domain import number
from cadet.model.measurement import Run
from cadet.model.objective import Goal, Objective, parse_goal
from cadet.model.option import Level
from cadet.model.space import Space
from cadet.study.faults import chosen, read_fault


@dataclass(frozen=True)
class Asked:
    """A question in the user's words; every field is optional.

    fault: as for `--fault`. goals: `latency<=0.5`. slos: `latency=0.5`, or `0.5` where there is one objective.
    """

    fault: str | None = None
    objectives: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()
    accepted: frozenset[str] = frozenset()
    budget: int = BUDGET
    initial: int = INITIAL


@dataclass(frozen=True)
class Read:
    """The question as the engine takes it, the context levels at which it is judged, and a remark for the answer."""

    question: Question
    levels: tuple[Level, ...]
    remark: str = ""

    def session(self, seed: int, source: str = "") -> str:
        """Return a name for this question: pairs are shared by those who ask the same, and by nobody else.

        source: the earlier study that it starts from.
        """
        q = self.question
        told = [q.fault.key, *(level.key for level in self.levels), *(o.name for o in q.objectives),
                *(f"{g.label}{g}" for g in q.goals), *sorted(q.accepted), str(seed)]  # fmt: skip
        told += [source] if source else []
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def read(asked: Asked, target: Target, runs: Sequence[Run]) -> Read:
    """Read a user's question; raises UsageError for what does not fit the target."""
    space, objectives = target.space, target.objectives
    _check_consents(asked.accepted, space)
    wanted = _with_slos(asked.slos, chosen(asked.objectives, objectives))
    goals = _goals(asked.goals, wanted, objectives)
    fault = read_fault(asked.fault, space, wanted[0], runs, lambda: place_of(target).current(target))
    question = Question(target.name, wanted, fault.configuration, goals, asked.budget, asked.initial, asked.accepted,
                        tuple(o for o in objectives if o.name not in {w.name for w in wanted}), PROBES)  # fmt: skip
    return Read(question, fault.levels, fault.remark)


def _goals(texts: Sequence[str], wanted: Sequence[Objective], known: Sequence[Objective]) -> tuple[Goal, ...]:
    goals = [parse_goal(text, {o.name: o for o in known}) for text in texts]
    names = [goal.objective.name for goal in goals]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two goals for {name!r}; give one per objective")
        if name not in {o.name for o in wanted}:
            raise UsageError(f"a goal for {name!r}, which is not among the objectives asked for: "
                             f"{', '.join(o.name for o in wanted)}")  # fmt: skip
    return tuple(goals)


def _with_slos(texts: Sequence[str], objectives: tuple[Objective, ...]) -> tuple[Objective, ...]:
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not equals and len(objectives) > 1:
            raise UsageError(f"--slo {text!r}: say for which objective, as in --slo {objectives[0].name}={text}")
        limit = number(value)
        if limit is None:
            raise UsageError(f"--slo {text!r}: {value!r} is not a number")
        (objective,) = chosen([name or objectives[0].name], objectives)
        objectives = tuple(replace(o, slo=limit) if o.name == objective.name else o for o in objectives)
    return objectives


def _check_consents(accepted: frozenset[str], space: Space) -> None:
    known = {cost for o in space.options for cost in o.consent.values()} | {c.cost for c in space.consents}
    for cost in sorted(accepted - known):
        there = f"this target knows {', '.join(sorted(known))}" if known else "nothing in this target needs a consent"
        raise UsageError(f"--accept {cost}: {there}")
