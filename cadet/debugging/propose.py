"""What to try next: the change that probably meets every goal with the fewest options touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from cadet.debugging.belief import Belief
from cadet.debugging.cost import Floats
from cadet.debugging.descent import descent
from cadet.debugging.design import random_configurations
from cadet.debugging.neighbourhood import Search
from cadet.model.option import Configuration

HOPELESS = 0.03  # below this probability a smaller fix is not worth a measurement
DEPTH = 5  # most options a proposal changes, unless the search is stuck
_WIDTH = 12  # beam
_DESCENTS = 2  # of the best configurations, from which changes are taken back one after the other
_LEAPS = 64  # random configurations that a leap is chosen from
_HARDLY = 1e-6  # weight of the changes saved where only what is equally likely is told apart by them


@dataclass(frozen=True)
class Proposal:
    """A configuration worth measuring, and what the model expects of it."""

    configuration: Configuration
    probability: float
    changes: int


def propose(
    search: Search,
    belief: Belief,
    known: frozenset[Configuration],
    incumbent: Configuration | None,
    anchors: Sequence[Configuration],
    *,
    bold: bool = False,
    likeliest: bool = False,
) -> Proposal | None:
    """Return the next configuration to measure; None when nothing that is left is worth it.

    Score: P(all goals met clearly enough to confirm it, run ends well) times the changes saved (against the incumbent,
    the smallest configuration seen to meet the goals). anchors: the best configurations so far, whose ablations are
    candidates too; when no candidate near the fault is promising and there is no incumbent, their neighbours are.
    bold: whether, without an incumbent, to try many options at once. likeliest: whether changes hardly count.
    """
    leap = _leap(search, belief, known, anchors) if bold and not incumbent else None
    if leap:
        return leap
    most = search.distance(incumbent) - 1 if incumbent else DEPTH
    pool = candidates(search, belief, [*([incumbent] if incumbent else []), *anchors], most)
    fresh = [c for c in pool if c not in known and search.distance(c) <= most]
    best = _best(search, belief, fresh, most, likeliest=likeliest)
    if best and best.probability >= HOPELESS:
        return best
    if incumbent:
        return None
    return _widened(search, belief, known, anchors) or best


def _best(
    search: Search, belief: Belief, pool: Sequence[Configuration], most: int, *, likeliest: bool
) -> Proposal | None:
    if not pool:
        return None
    log_p = belief.log_confirmable(pool)
    changes = np.array([search.distance(c) for c in pool])
    worthwhile = np.exp(log_p) >= HOPELESS
    saved = np.log((most + 1 - changes) / (most + 1))
    score = np.where(worthwhile, log_p + (_HARDLY if likeliest else 1.0) * saved, log_p - 1e3)
    at = int(np.argmax(score))
    return Proposal(pool[at], float(np.exp(log_p[at])), int(changes[at]))


def _widened(
    search: Search, belief: Belief, known: frozenset[Configuration], anchors: Sequence[Configuration]
) -> Proposal | None:
    """Return the most promising neighbour of the best configurations seen, however many changes it makes."""
    near: Iterable[Configuration] = search.recorded
    if search.space.recorded is None:
        near = (n for anchor in anchors for n in search.space.neighbours(anchor, search.allowed))
    return _best_of(search, belief, [c for c in dict.fromkeys(near) if c not in known and c != search.fault])


def _leap(
    search: Search, belief: Belief, known: frozenset[Configuration], anchors: Sequence[Configuration]
) -> Proposal | None:
    """Return the most promising configuration that keeps what is known to matter of a good one and redraws the rest.

    Where one option more at a time leads nowhere, many at once say as much in one run; what is found is made smaller.
    """
    if search.space.recorded is not None or not anchors:
        return None
    rng = np.random.default_rng(len(known))
    drawn = list(islice(random_configurations(search.space, rng, search.allowed), _LEAPS))
    kept = [{name: anchor[name] for name in belief.influential} for anchor in anchors]
    mixed = dict.fromkeys(search.space.change(d, k) for d in drawn for k in kept)
    return _best_of(search, belief, [c for c in mixed if c not in known and search.space.permits(c, search.allowed)])


def _best_of(search: Search, belief: Belief, pool: Sequence[Configuration]) -> Proposal | None:
    """Return the most probable of the pool, however many changes it makes."""
    if not pool:
        return None
    log_p = belief.log_confirmable(pool)
    at = int(np.argmax(log_p))
    return Proposal(pool[at], float(np.exp(log_p[at])), search.distance(pool[at]))


def candidates(
    search: Search, belief: Belief, anchors: Sequence[Configuration], most: int
) -> tuple[Configuration, ...]:
    """Return single changes, a beam of larger sets, and ablations of the best; on a recorded device, its rows."""
    if search.space.recorded is not None:
        return search.recorded
    ablations = [a for anchor in anchors for a in search.between(anchor)]
    descents = [c for anchor in anchors[:_DESCENTS] for c in descent(search, belief, anchor)]
    return tuple(dict.fromkeys([*search.singles, *ablations, *descents, *_beam(search, belief, most)]))


def _beam(search: Search, belief: Belief, most: int) -> Iterator[Configuration]:
    """Yield sets of two to `most` changes that grow from the most promising smaller ones."""
    front: Sequence[Configuration] = search.singles
    steps = [(name, value) for name, value in search.steps if name in belief.influential]
    for _ in range(2, min(most, DEPTH) + 1):
        if not front:
            return
        front = _top(front, belief.log_confirmable(front))
        grown = dict.fromkeys(g for c in front for g in _grow(search, c, steps))
        front = tuple(grown)
        yield from front


def _top(front: Sequence[Configuration], score: Floats) -> list[Configuration]:
    return [front[i] for i in np.argsort(-score, kind="stable")[:_WIDTH]]


def _grow(search: Search, configuration: Configuration, steps: Sequence[tuple[str, object]]) -> Iterator[Configuration]:
    for name, value in steps:
        if configuration[name] == search.fault[name]:
            larger = search.space.change(configuration, {name: value})
            if larger != configuration and search.space.permits(larger, search.allowed):
                yield larger
