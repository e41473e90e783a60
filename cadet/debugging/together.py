"""Which causes act only together: the harm of one option's value that vanishes when another option is changed.

Taken back, a change of a confirmed fix does harm. Where another option has another value that harm may be gone: then
the cause is not one value but two, as an expression. The model of all rows says where to look; two more configurations
in fresh pairs decide. Where nothing can be run, the model alone has to be sure.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from cadet.debugging.belief import Belief
from cadet.debugging.hunt import Hunt
from cadet.debugging.minimise import Minimal
from cadet.debugging.pairs import Comparison, Pairs, compare
from cadet.debugging.partners import CERTAIN, Suspect, foreseen, suspects, vanished
from cadet.debugging.propose import Search
from cadet.debugging.sequential import ALPHA, Bounds
from cadet.debugging.surrogate import Surrogate
from cadet.model.effect import Estimate
from cadet.model.functional import FunctionalNode
from cadet.model.measurement import Purpose
from cadet.model.option import Configuration

_FORESEEN = "as the model of all measurements sees it; nothing was run"


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
    fix = next(pairs.second.estimate for pairs in found.trial.comparison.goals if pairs.goal.label == label)
    nodes: list[FunctionalNode] = []
    for suspect in suspects(hunt.search, model, found.trial.fix, harms)[:probes]:
        fresh = [c for c in (suspect.without, suspect.fixed) if c not in hunt.notebook.known()]
        if hunt.notebook.spent + len(fresh) > hunt.question.budget:
            break
        harm = _logarithms(harms[suspect.cause])
        seen = _tested(hunt, suspect, harm, fix, label)
        if _gone(seen, harm, fix):
            nodes.append(_node(hunt.search, suspect, label, harms[suspect.cause], seen.worsening()))
    return tuple(nodes)


def foreseen_nodes(
    search: Search, belief: Belief, fix: Configuration, causes: Collection[str]
) -> tuple[FunctionalNode, ...]:
    """Return those of the `causes` that act only together with another option as the model sees it, without a run."""
    changed = [c.option for c in search.space.changes(search.fault, fix) if c.option in causes]
    nodes: dict[str, FunctionalNode] = {}
    for goal in belief.goals:
        model = belief.surrogates[goal.label]
        if not isinstance(model, Surrogate) or not belief.scales[goal.label].logarithmic:
            continue
        for suspect in suspects(search, model, fix, [cause for cause in changed if cause not in nodes]):
            seen = foreseen(model, suspect)
            if seen is not None:
                together, apart = map(_relative, seen)
                nodes[suspect.cause] = _node(search, suspect, goal.label, together, apart)
    return tuple(nodes.values())


def _tested(hunt: Hunt, suspect: Suspect, harm: Bounds, fix: float, label: str) -> Pairs:
    """Run pairs of the suspect's configurations until it is clear whether the harm is gone; fix: the fix's log cost."""

    def of(seen: Comparison) -> Pairs:
        return next(pairs for pairs in seen.goals if pairs.goal.label == label)

    def settled(seen: Comparison) -> bool:
        return _gone(of(seen), harm, fix) or of(seen).difference.low > CERTAIN * harm.low

    hunt.told("together", 0, 1, f"{suspect.cause} where {suspect.partner} = {suspect.value}")
    return of(compare(hunt.notebook, suspect.without, suspect.fixed, hunt.goals, ALPHA, Purpose.ABLATION, settled,
                      lambda seen: seen.fails(0) or seen.fails(1)))  # fmt: skip


def _gone(seen: Pairs, harm: Bounds, fix: float) -> bool:
    return not any(seen.lost) and vanished(harm, seen.difference, seen.second.estimate - fix)


def _logarithms(worsening: Estimate) -> Bounds:
    """Return a relative worsening with its interval as differences of log cost; an end that is not known is far off."""
    assert worsening.estimate is not None and worsening.low is not None
    high = np.log1p(worsening.high) if worsening.high is not None else np.inf
    return Bounds(float(np.log1p(worsening.estimate)), float(np.log1p(worsening.low)), float(high),
                  worsening.repetitions or 0)  # fmt: skip


def _relative(gap: Bounds) -> Estimate:
    estimate, low, high = (float(np.expm1(end)) for end in (gap.estimate, gap.low, gap.high))
    return Estimate(estimate, low, high, reason=_FORESEEN)


def _node(search: Search, suspect: Suspect, label: str, together: Estimate, apart: Estimate) -> FunctionalNode:
    options = suspect.cause, suspect.partner
    return FunctionalNode(suspect.expression(search.fault), options, label, together, apart, suspect.value)
