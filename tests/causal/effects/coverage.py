"""How often the intervals of total effects cover the truth: one trial is one world with one study of it."""

from dataclasses import dataclass

import numpy as np

from cadet.causal.effects.total import total_effects
from cadet.testing.worlds import families, world
from tests.causal.effects.samples import spread, study, true_effect

ROWS = (25, 50, 100, 150)
CAUSAL = tuple(family for family in families() if family != "null")


@dataclass(frozen=True)
class Trial:
    """Effects of one world: which were covered, and the widths of their intervals in standard deviations."""

    family: str
    rows: int
    adaptive: int
    covered: tuple[bool, ...]
    widths: tuple[float, ...]


def trial(index: int, seed: int) -> Trial:
    """Families and numbers of rows take turns; repetitions, shocks, noise and adaptive rows are drawn."""
    rng = np.random.default_rng([seed, index])
    family, rows = CAUSAL[index % len(CAUSAL)], ROWS[index // len(CAUSAL) % len(ROWS)]
    w = world(family, seed + index, noise=float(rng.choice([0.03, 0.1])), shocks=bool(rng.random() < 0.5))
    adaptive = int(rng.integers(10, 31)) if rng.random() < 0.6 else 0
    dataset = study(w, rows, rng, repetitions=int(rng.integers(1, 4)), adaptive=adaptive)
    causes = [o for o in w.space.options if o.name in w.graph.ancestors("latency")]
    asked = {o.name: [o.levels[int(rng.integers(1, len(o.levels)))]] for o in causes}
    effects = total_effects(dataset, "latency", w.space.default, asked, rng=rng)
    scale = spread(w)
    covered, widths = [], []
    for effect in effects:
        truth = true_effect(w, effect.option, effect.reference, effect.alternative)
        low, high = effect.value.low, effect.value.high
        assert low is not None and high is not None
        covered.append(low <= truth <= high)
        widths.append((high - low) / scale)
    return Trial(family, rows, adaptive, tuple(covered), tuple(widths))


@dataclass(frozen=True)
class Coverage:
    """The share of effects covered, with a standard error clustered by world."""

    effects: int
    share: float
    standard_error: float
    median_width: float


def coverage(trials: list[Trial]) -> Coverage:
    """Pool trials; the error is that of a ratio estimate with worlds as clusters."""
    hits = np.array([sum(t.covered) for t in trials], dtype=float)
    sizes = np.array([len(t.covered) for t in trials], dtype=float)
    share = hits.sum() / sizes.sum()
    error = np.sqrt(np.sum((hits - share * sizes) ** 2)) / sizes.sum()
    width = float(np.median([w for t in trials for w in t.widths]))
    return Coverage(int(sizes.sum()), float(share), float(error), width)
