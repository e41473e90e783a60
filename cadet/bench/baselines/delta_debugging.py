"""Delta debugging between the fault and the best of the initial design (Zeller & Hildebrandt 2002; Zeller 2002).

The passing state is the best configuration at hand, the failing one the fault; what is minimised is the set of options
that differ, so that the smallest set that makes the fault pass remains. The papers start from a given passing state; if
none of the initial design passes, random configurations are measured until one does.
"""

from __future__ import annotations

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.delta import minimised
from cadet.bench.baselines.exploration import Exploration, by_value
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.debugging.design import random_configurations


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Minimise the difference between the fault and the best passing configuration."""
    search = exploration.search
    if not exploration.good:
        exploration.first_good(random_configurations(search.space, rng, search.allowed, exploration.notebook.known()))
    for passing in by_value(exploration, exploration.good)[:1]:
        minimised(exploration, passing)
    return fewest_changes(exploration)


strategy = Baseline(find)
