"""One claim, measured against the truth of its case: a flat record that can be written as one line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cadet.bench import metrics
from cadet.bench.case import Case
from cadet.bench.counting import Counting
from cadet.bench.strategy import Claim, Stated
from cadet.debugging.question import INITIAL
from cadet.model.option import Configuration

NEVER = 31  # measurements counted where no success came: one more than there were


def score(case: Case, claim: Claim, laboratory: Counting) -> dict[str, object]:
    """Return every metric of one claim; None where a metric does not apply."""
    return {
        **_outcome(case, claim),
        **_causes(case, claim),
        **_search(case, laboratory),
        "promises": _promises(case, claim),
        "predicted": _covered(case, claim.predicted),
        "measured": _covered(case, claim.measured),
        **_explanation(case, claim),
        "thinking": float(np.mean(claim.seconds)) if claim.seconds else None,
        "slowest": max(claim.seconds, default=None),
    }


def _outcome(case: Case, claim: Claim) -> dict[str, object]:
    """Return whether the goals are truly met, with how many changes, and how much was gained."""
    met = claim.fix is not None and case.meets([claim.fix])[0]
    changes = _changes(case, claim.fix)
    least = case.minimal.size if case.minimal else None
    reduced = case.meets(_reductions(case, claim.fix)) if met and claim.fix is not None else []
    told: dict[str, object] = {
        "fix": {o: claim.fix[o] for o in sorted(changes)} if claim.fix is not None else None,
        "claimed": claim.claimed,
        "met": met,
        "false": claim.claimed and not met,
        "changes": len(changes) if claim.fix is not None else None,
        "least": least,
    }
    if least is None:
        return told
    return told | {
        "margin": case.margin,
        "minimal": met and len(changes) <= least,
        "irreducible": metrics.irreducible(met, reduced),
        "excess": len(changes) - least if met else None,
        **_gains(case, claim.fix),
    }


def _gains(case: Case, fix: Configuration | None) -> dict[str, object]:
    """Return means over the objectives and levels; without a fix the fault stays as it is."""
    fault = case.fault_costs
    after = case.oracle.truth([fix])[0] if fix is not None else fault
    gains = [metrics.gain(f, a) for f, a in zip(fault, after, strict=True)]
    possible = [metrics.gain(f, b) for f, b in zip(fault, case.best, strict=True)]
    shares = [metrics.share_of_possible(g, p) for g, p in zip(gains, possible, strict=True)]
    regrets = [metrics.regret(a, b) for a, b in zip(after, case.best, strict=True)]
    regret = float(np.mean(regrets))
    return {
        "gain": float(np.mean(gains)),
        "share": float(np.mean(shares)),
        "regret": regret if np.isfinite(regret) else None,
    }


def _causes(case: Case, claim: Claim) -> dict[str, object]:
    if case.minimal is None:
        return {}
    named = claim.causes if claim.causes is not None else _changes(case, claim.fix)
    true = metrics.best_match(named, case.minimal.sets)
    return {
        "precision": metrics.precision(named, true),
        "recall": metrics.recall(named, true),
        "f1": metrics.f1(named, true),
        "jaccard": max(metrics.weighted_jaccard(named, t, case.weights) for t in case.minimal.sets),
    }


def _search(case: Case, laboratory: Counting) -> dict[str, object]:
    """Return how soon measured configurations were good, and how many were measured."""
    initial = case.question.design_size
    good = case.meets(laboratory.order)
    found: dict[str, object] = {
        "measurements": max(len(laboratory.order) - initial, 0),
        "total": len(laboratory.order),
        "runs": laboratory.measured,
        "pair_runs": laboratory.paired,
        "infeasible": laboratory.infeasible,
    }
    if case.minimal is None:
        return found
    few = [len(_changes(case, c)) <= case.minimal.size + 1 for c in laboratory.order]
    small = metrics.first([a and b for a, b in zip(good, few, strict=True)], initial)
    first = metrics.first(good, initial)
    return found | {
        "first": NEVER if first is None else first,
        "small": NEVER if small is None else small,
        "found": first is not None,
        "found_small": small is not None,
        "first_of_all": _of_all(good),
        "small_of_all": _of_all([a and b for a, b in zip(good, few, strict=True)]),
    }


def _of_all(good: Sequence[bool]) -> int:
    """Return the same, counted from the very first configuration."""
    place = metrics.first(good, 0)
    return NEVER + INITIAL if place is None else place


def _promises(case: Case, claim: Claim) -> list[tuple[float, bool]]:
    came = case.meets([c for _, c in claim.promises])
    return [(float(p), good) for (p, _), good in zip(claim.promises, came, strict=True)]


def _covered(case: Case, stated: Sequence[Stated]) -> list[bool]:
    """Tell of each interval whether it holds the truth."""
    columns = {g.label: k for k, g in enumerate(case.question.goals)}
    sign = [1.0 if g.objective.direction == "min" else -1.0 for g in case.question.goals]
    costs = case.oracle.truth([s.configuration for s in stated]) if stated else np.empty((0, 0))
    truths = [sign[k] * row[k] for s, row in zip(stated, costs, strict=True) for k in (columns[s.label],)]
    return metrics.covered([(s.low, s.high) for s in stated], truths)


def _explanation(case: Case, claim: Claim) -> dict[str, object]:
    """Return how true the reported paths are, for strategies that report any and systems whose graph is known."""
    if case.oracle.graph is None or not claim.paths:
        return {}
    main = case.oracle.main_path(case.question.fault, claim.fix) if claim.fix is not None else None
    return {
        "path_precision": metrics.path_precision(claim.paths, case.oracle.graph),
        "path_recall": metrics.among_first(main, claim.paths) if main else None,
    }


def _changes(case: Case, fix: Configuration | None) -> frozenset[str]:
    if fix is None:
        return frozenset()
    return frozenset(c.option for c in case.oracle.space.changes(case.question.fault, fix))


def _reductions(case: Case, fix: Configuration) -> Sequence[Configuration]:
    """Return the fix with each one of its changes taken back, where that is allowed."""
    space, fault = case.oracle.space, case.question.fault
    reduced = [space.change(fix, {o: fault[o]}) for o in sorted(_changes(case, fix))]
    return [c for c in reduced if space.feasible(c)]
