"""The best of the initial design, taken as it is: what random tuning gives for nothing, however many options change."""

from __future__ import annotations

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, best_value


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Return the best of the initial design; nothing else is measured."""
    return best_value(exploration)


strategy = Baseline(find)
