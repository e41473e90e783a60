"""Which causes act only together: the harm of one option's value that vanishes when another option is changed.

Taken back, a change of a confirmed fix does harm. Where another option has another value that harm may be gone: then
the cause is not one value but two, as an expression. The model of all rows says where to look first; two more
configurations in fresh pairs decide. Where nothing can be run, the model alone has to be sure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from cadet.debugging.abba import Comparison, compare
from cadet.debugging.belief import Belief
from cadet.debugging.hunt import Hunt
from cadet.debugging.minimise import Minimal
from cadet.debugging.neighbourhood import Search
from cadet.debugging.pairs import Pairs
from cadet.debugging.partners import CERTAIN, Suspect, foreseen, suspects, vanished
from cadet.debugging.sequential import ALPHA, SCREEN, Bounds
from cadet.debugging.surrogate import Surrogate
from cadet.model.effect import Estimate
from cadet.model.functional import FunctionalNode
from cadet.model.measurement import Purpose
from cadet.model.option import Configuration

_FORESEEN = "as the model of all measurements sees it; nothing was run"


def functional_nodes(hunt: Hunt, found: Minimal) -> tuple[FunctionalNode, ...]:
    """Return the causes of a confirmed fix that act only together with another option, as far as tests tell.

    The search is over: what is left of its budget is spent on the most probable pairs, however improbable, as many as
    the question allows. Each takes at most two configurations besides those known, which the notebook counts apart.
    """
    belief, before = hunt.believe(), hunt.notebook.spent
    label = next((goal.label for goal in hunt.goals if goal.label in hunt.missed), None)
    model = belief.surrogates[label] if label is not None else None
    if label is None or not isinstance(model, Surrogate):
        return ()
    harms = {o: e[label] for o, e in found.ablations.items() if o in found.needed and (e[label].low or 0.0) > 0}
    ranked = suspects(hunt.search, model, found.trial.fix, harms)
    nodes = _shown(hunt, found, ranked, harms, label)
    hunt.notebook.probes = hunt.notebook.spent - before
    return nodes


def _shown(
    hunt: Hunt, found: Minimal, ranked: Sequence[Suspect], harms: Mapping[str, Estimate], label: str
) -> tuple[FunctionalNode, ...]:
    """Test suspects in turn, one cause until it has a partner, and return those whose harm is gone."""
    fix = next(pairs.second.estimate for pairs in found.trial.comparison.goals if pairs.goal.label == label)
    nodes: dict[str, FunctionalNode] = {}
    left = hunt.question.probes
    for suspect in ranked:
        fresh = {suspect.without, suspect.fixed} - hunt.notebook.asked
        if not left or suspect.cause in nodes or hunt.notebook.spent + len(fresh) > hunt.question.budget:
            continue
        left -= 1
        harm = _logarithms(harms[suspect.cause])
        seen = _tested(hunt, suspect, harm, fix, label)
        if _gone(seen, harm, fix):
            nodes[suspect.cause] = _node(hunt.search, suspect, label, harms[suspect.cause], seen.worsening())
    return tuple(nodes.values())


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
        for suspect in _foremost(suspects(search, model, fix, [cause for cause in changed if cause not in nodes])):
            seen = foreseen(model, suspect)
            if seen is not None:
                together, apart = map(_relative, seen)
                nodes[suspect.cause] = _node(search, suspect, goal.label, together, apart)
    return tuple(nodes.values())


def _foremost(ranked: Sequence[Suspect]) -> list[Suspect]:
    """Return the first suspect of each cause."""
    return list({suspect.cause: suspect for suspect in reversed(ranked)}.values())


def _tested(hunt: Hunt, suspect: Suspect, harm: Bounds, fix: float, label: str) -> Pairs:
    """Run pairs of the suspect's configurations until it is clear whether the harm is gone; fix: the fix's log cost.

    Each test may err like a single one: what is claimed besides, that little is left at best, makes errors about half
    of the harm rare (2 of 1,000, simulated). A suspect that keeps half of it in each of the first pairs is given up.
    """

    def of(seen: Comparison) -> Pairs:
        return next(pairs for pairs in seen.goals if pairs.goal.label == label)

    def settled(seen: Comparison) -> bool:
        return _gone(of(seen), harm, fix) or of(seen).difference.low > CERTAIN * harm.low

    def hopeless(seen: Comparison) -> bool:
        kept = seen.pairs == SCREEN and of(seen).exceeds(CERTAIN * harm.estimate)
        return kept or seen.fails(0) or seen.fails(1)

    hunt.told("together", 0, 1, f"{suspect.cause} where {suspect.partner} = {suspect.value}")
    return of(compare(hunt.notebook, suspect.without, suspect.fixed, hunt.goals, ALPHA, Purpose.ABLATION, settled,
                      hopeless))  # fmt: skip


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
