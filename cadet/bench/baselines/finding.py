"""What a search for a fix found, before anybody minimises or verifies it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cadet.bench.baselines.exploration import Exploration, by_changes, by_value
from cadet.model.option import Configuration


@dataclass(frozen=True)
class Finding:
    """Measured configurations worth deploying, the one that a method would deploy first.

    causes: options that the method names as root causes; None where it names those that its fix changes.
    """

    candidates: tuple[Configuration, ...]
    causes: frozenset[str] | None = None
    paths: tuple[tuple[str, ...], ...] = ()


Finder = Callable[[Exploration, np.random.Generator], Finding]
"""A method of finding fixes: measures within the exploration's budget. The fault and the initial design are known."""


def fewest_changes(exploration: Exploration, causes: frozenset[str] | None = None) -> Finding:
    """Return what meets the goals with the fewest changes first; where nothing does, the best that was measured."""
    good = by_changes(exploration, exploration.good)
    return Finding(tuple(good or _least_bad(exploration)), causes)


def best_value(exploration: Exploration) -> Finding:
    """Return what was measured best first, however much it changes: what somebody deploys who tunes."""
    return Finding(tuple(by_value(exploration, exploration.good) or _least_bad(exploration)))


def _least_bad(exploration: Exploration) -> list[Configuration]:
    limit = exploration.shortfall(exploration.fault)
    better = [c for c in exploration.measured if exploration.shortfall(c) < limit]
    return by_value(exploration, better)[:1]
