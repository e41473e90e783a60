"""Which causes act only together: the harm of one option's value that vanishes when another option is changed.

Taken back, a change of a confirmed fix does harm. Where another option has another value that harm may be gone: then
the cause is not one value but two, as an expression. This asks for more than a product term: on a logarithmic scale
sums interact, on a natural one factors do, but a harm that is gone is gone on every scale. The model of all rows says
where to look; two more configurations in fresh pairs decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from cadet.debugging.hunt import Hunt
from cadet.debugging.minimise import Minimal
from cadet.debugging.pairs import Comparison, Pairs, compare
from cadet.debugging.sequential import ALPHA
from cadet.debugging.surrogate import Surrogate
from cadet.model.domain import Value
from cadet.model.effect import Estimate
from cadet.model.functional import FunctionalNode
from cadet.model.measurement import Purpose
from cadet.model.option import Configuration, Option

LEFT = 0.35  # a harm has vanished when at most this share of it is left, and for certain less than half
CERTAIN = 0.5
WORTH = 0.1  # probability that a harm vanishes from which it is worth two configurations
_PARTNERS = 10  # most influential options that are tried beside each cause


@dataclass(frozen=True)
class Suspect:
    """A cause whose harm may vanish where another option has this value."""

    cause: str
    partner: str
    value: Value
    probability: float
    without: Configuration
    fixed: Configuration


def functional_nodes(hunt: Hunt, found: Minimal, probes: int) -> tuple[FunctionalNode, ...]:
    """Return the causes of a confirmed fix that act only together with another option, as far as `probes` tests tell.

    Each test measures at most two configurations besides those known, within the budget of the question.
    """
    belief = hunt.believe()
    label = next((goal.label for goal in hunt.goals if goal.label in hunt.missed), None)
    model = belief.surrogates[label] if label is not None else None
    if label is None or not isinstance(model, Surrogate):
        return ()
    harms = {o: e[label] for o, e in found.ablations.items() if o in found.needed and (e[label].low or 0.0) > 0}
    nodes: list[FunctionalNode] = []
    for suspect in _suspects(hunt, model, found.trial.fix, harms)[:probes]:
        fresh = [c for c in (suspect.without, suspect.fixed) if c not in hunt.notebook.known()]
        if hunt.notebook.spent + len(fresh) > hunt.question.budget:
            break
        seen = _tested(hunt, suspect, harms[suspect.cause], label)
        if _gone(seen, harms[suspect.cause]):
            nodes.append(_node(hunt, found.trial.fix, suspect, label, harms[suspect.cause], seen))
    return tuple(nodes)


def _suspects(
    hunt: Hunt, model: Surrogate, fix: Configuration, harms: Mapping[str, Estimate]
) -> list[Suspect]:  # fmt: skip
    """Return the most probable suspect for each cause, the most probable first."""
    ranked = sorted(model.importance, key=lambda name: -model.importance[name])
    best: list[Suspect] = []
    for cause in harms:
        kept = [n for n in ranked if model.importance[n] > 0 and fix[n] == hunt.question.fault[n]]
        partners = [hunt.search.space.by_name[n] for n in kept[:_PARTNERS]]
        each = [s for partner in partners for s in _of_pair(hunt, model, fix, cause, partner)]
        best += sorted(each, key=lambda s: -s.probability)[:1]
    return sorted((s for s in best if s.probability >= WORTH), key=lambda s: -s.probability)


def _of_pair(hunt: Hunt, model: Surrogate, fix: Configuration, cause: str, partner: Option) -> list[Suspect]:
    """Return a suspect for every other value of the partner, where the two can be combined."""
    space, fault, allowed = hunt.search.space, hunt.question.fault, hunt.search.allowed
    back = space.change(fix, {cause: fault[cause]})
    suspects = []
    for value in partner.levels:
        without, fixed = (space.change(c, {partner.name: value}) for c in (back, fix))
        active = len({space.active(c) for c in (back, fix, without, fixed)}) == 1
        if value != fix[partner.name] and active and all(space.permits(c, allowed) for c in (without, fixed)):
            chance = _chance(model, (back, fix, without, fixed))
            suspects.append(Suspect(cause, partner.name, value, chance, without, fixed))
    return suspects


def _chance(model: Surrogate, corners: Sequence[Configuration]) -> float:
    """Return the probability that at most LEFT of the harm is left."""
    mean, covariance = model.joint(corners)
    rest = np.array([-LEFT, LEFT, 1.0, -1.0])
    deviation = float(np.sqrt(max(rest @ covariance @ rest, 1e-12)))
    return float(special.ndtr(-(rest @ mean) / deviation))


def _tested(hunt: Hunt, suspect: Suspect, harm: Estimate, label: str) -> Pairs:
    def of(seen: Comparison) -> Pairs:
        return next(pairs for pairs in seen.goals if pairs.goal.label == label)

    def settled(seen: Comparison) -> bool:
        return _gone(of(seen), harm) or of(seen).difference.low > CERTAIN * _log(harm.low)

    hunt.told("together", 0, 1, f"{suspect.cause} where {suspect.partner} = {suspect.value}")
    return of(compare(hunt.notebook, suspect.without, suspect.fixed, hunt.goals, ALPHA, Purpose.ABLATION, settled,
                      lambda seen: seen.fails(0) or seen.fails(1)))  # fmt: skip


def _gone(seen: Pairs, harm: Estimate) -> bool:
    gap = seen.difference
    return not any(seen.lost) and gap.high <= CERTAIN * _log(harm.low) and gap.estimate <= LEFT * _log(harm.estimate)


def _log(worsening: float | None) -> float:
    return float(np.log1p(worsening or 0.0))


def _node(hunt: Hunt, fix: Configuration, suspect: Suspect, label: str, harm: Estimate, seen: Pairs) -> FunctionalNode:
    own, beside = hunt.question.fault[suspect.cause], fix[suspect.partner]
    expression = f"{suspect.cause} == {own!r} and {suspect.partner} == {beside!r}"
    return FunctionalNode(expression, (suspect.cause, suspect.partner), label, harm, seen.worsening(), suspect.value)
