"""The way down from a large configuration that meets the goals: which of its changes go first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from cadet.debugging.belief import Belief
from cadet.debugging.neighbourhood import Search
from cadet.model.option import Configuration
from cadet.model.space import Change

_FINEST = 8  # the smallest part of the changes, one by so many, that is taken back at once


@dataclass
class WayDown:
    """How much of each large configuration was taken back at once so far."""

    parts: dict[Configuration, int] = field(default_factory=dict)

    def step(
        self, search: Search, belief: Belief, large: Configuration, known: frozenset[Configuration]
    ) -> Configuration | None:
        """Return `large` without half of its changes; the next time without a quarter, then an eighth; then None."""
        while (part := 2 * self.parts.get(large, 1)) <= _FINEST:
            self.parts[large] = part
            smaller = without_part(search, belief, large, part)
            if smaller is not None and smaller not in known:
                return smaller
        return None


def descent(search: Search, belief: Belief, start: Configuration) -> Iterator[Configuration]:
    """Yield smaller and smaller sets of the changes of `start`: always without the one that is missed least."""
    current = _stripped(search, belief, start)
    while search.distance(current) > 1:
        yield current
        smaller = list(search.between(current))
        if not smaller:
            return
        current = smaller[int(np.argmax(belief.log_confirmable(smaller)))]


def without_part(search: Search, belief: Belief, start: Configuration, part: int) -> Configuration | None:
    """Return `start` without one `part`-th of its changes, those that are missed least; None where that is no step.

    Bisection, as in delta debugging (Zeller 2002): it needs of the model no more than an order of the changes.
    """
    order = _missed_least_first(search, belief, start)
    spared = {c.option: search.fault[c.option] for c in order[: len(order) // part]}
    left = search.space.change(start, spared)
    return left if left not in (start, search.fault) and search.space.permits(left, search.allowed) else None


def _missed_least_first(search: Search, belief: Belief, start: Configuration) -> list[Change]:
    """Return the changes of `start`: without influence, in the order of the descent, and what it ends with."""
    changes = search.space.changes(search.fault, start)
    place = {change.option: len(changes) for change in changes}
    before = set(place)
    for turn, current in enumerate(descent(search, belief, start)):
        left = {c.option for c in search.space.changes(search.fault, current)}
        place.update(dict.fromkeys(before - left, turn))
        before = left
    return sorted(changes, key=lambda change: place[change.option])


def _stripped(search: Search, belief: Belief, start: Configuration) -> Configuration:
    """Return `start` without the changes that no surrogate thinks anything of, where that is permitted."""
    changes = search.space.changes(search.fault, start)
    idle = {c.option: search.fault[c.option] for c in changes if c.option not in belief.influential}
    without = search.space.change(start, idle)
    return without if search.space.permits(without, search.allowed) else start
