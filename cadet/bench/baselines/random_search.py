"""Random search (Bergstra & Bengio, JMLR 13, 2012): measure random configurations, deploy the best.

Drawn from a space-filling sequence rather than independently, which is never worse.
"""

from __future__ import annotations

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, best_value
from cadet.debugging.design import random_configurations


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Measure random configurations until the budget is used up."""
    search = exploration.search
    for configuration in random_configurations(search.space, rng, search.allowed, exploration.notebook.known()):
        if exploration.left <= 0:
            break
        exploration.measure(configuration)
    return best_value(exploration)


strategy = Baseline(find)
