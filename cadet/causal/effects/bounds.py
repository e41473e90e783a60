"""What an effect can be, over all the graphs that the data permits (IDA: Maathuis, Kalisch & Bühlmann 2009; with
hidden causes: Malinsky & Spirtes 2017).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cadet.causal.discovery.members import Members
from cadet.causal.effects.adjustment import Verdict, identify, minimal_adjustment_set
from cadet.causal.effects.visible import amenable
from cadet.errors import UsageError
from cadet.model.effect import Estimate

Estimator = Callable[[frozenset[str]], Estimate]
"""Called with an adjustment set; returns the effect of the cause on the effect, adjusted for it."""


@dataclass(frozen=True)
class Reading:
    """What one adjustment set gives, and the share of the members that ask for it; None: no effect in these."""

    adjustment: frozenset[str] | None
    share: float
    value: Estimate


@dataclass(frozen=True)
class EffectBounds:
    """The total effect of `cause` on `effect` over the members of a PAG.

    lowest, highest: the estimates at the ends, each with its interval; unknown where no member gives one.
    zero: the share of members in which no directed path joins them. unidentified: the share in which no adjustment
    gives the effect. assumed: the share in which the effect is estimated as if no hidden cause stood behind the cause
    and what it acts on directly, which the graph does not rule out (the edge is not visible). readings: the commonest
    first.
    """

    cause: str
    effect: str
    lowest: Estimate
    highest: Estimate
    zero: float
    unidentified: float
    assumed: float
    readings: tuple[Reading, ...]
    members: Members

    def __str__(self) -> str:
        about = f"the effect of {self.cause} on {self.effect}"
        if self.lowest.estimate is None:
            return f"{about}: {self.lowest.reason}"
        sample = "all" if self.members.complete else "a sample of"
        return (
            f"{about} lies between {self.lowest.estimate:.3g} and {self.highest.estimate:.3g} over {sample} "
            f"{len(self.members.graphs)} graphs; zero in {self.zero:.0%}, not identified in {self.unidentified:.0%}, "
            f"without a hidden common cause by assumption in {self.assumed:.0%}"
        )


def effect_bounds(
    members: Members, cause: str, effect: str, estimate: Estimator, *, exogenous: Collection[str] = ()
) -> EffectBounds:
    """Return the range of the total effect over `members`; each adjustment set is estimated once.

    exogenous: variables that nothing causes and nothing confounds; their edges are visible. Where the true graph is
    among the members, identifies the effect and does not rest on an assumption, the bounds hold the truth as often as
    the estimates' intervals do. Raises UsageError for names that are not two nodes, and where there is no member.
    """
    if not members.graphs:
        raise UsageError("there is no graph to estimate an effect on: ask for at least one member (limit)")
    asked: Counter[frozenset[str] | None] = Counter()
    unidentified = assumed = 0
    for graph in members.graphs:
        verdict = identify(graph, cause, effect).verdict
        if verdict is Verdict.NO_EFFECT:
            asked[None] += 1
        elif verdict is Verdict.ADJUSTMENT:
            asked[minimal_adjustment_set(graph, cause, effect)] += 1
            assumed += not amenable(graph, cause, effect, exogenous)
        else:
            unidentified += 1
    total = len(members.graphs)
    sets = sorted(asked.items(), key=lambda item: (-item[1], item[0] is not None, sorted(item[0] or ())))
    readings = tuple(Reading(z, n / total, _NO_EFFECT if z is None else estimate(z)) for z, n in sets)
    lowest, highest = _ends(readings)
    return EffectBounds(cause, effect, lowest, highest, asked[None] / total, unidentified / total, assumed / total,
                        readings, members)  # fmt: skip


_NO_EFFECT = Estimate(0.0, 0.0, 0.0)


def _ends(readings: Collection[Reading]) -> tuple[Estimate, Estimate]:
    known = [reading.value for reading in readings if reading.value.estimate is not None]
    if not known:
        reasons = [reading.value.reason for reading in readings if reading.value.reason]
        none = Estimate(None, reason=reasons[0] if reasons else "no graph identifies it by adjustment")
        return none, none
    return min(known, key=_size), max(known, key=_size)


def _size(value: Estimate) -> float:
    assert value.estimate is not None
    return value.estimate
