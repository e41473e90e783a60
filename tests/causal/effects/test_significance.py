"""Permutation tests reject a true null hypothesis as rarely as they say."""

import numpy as np
import pandas as pd

from cadet.causal.effects import option_tests
from cadet.causal.effects.units import whole_plots
from cadet.testing.worlds import world
from tests.causal.effects.samples import study


def test_a_real_effect_is_seen_and_named() -> None:
    w, mistaken = world("chain", 2), 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        dataset = study(w, 60, rng)
        tests = option_tests(dataset, "latency", rng, permutations=199)
        found = {name for name, p_value in tests.items() if p_value <= 0.05}
        assert len(found & w.graph.ancestors("latency")) >= 2
        mistaken += bool(found - w.graph.ancestors("latency"))
    assert mistaken <= 2  # P(more) is .006 at the nominal size


def test_settings_that_change_together_are_whole_plots() -> None:
    rng = np.random.default_rng(3)
    hardware = pd.DataFrame({name: rng.integers(0, 9, 20) for name in ("cpu", "gpu", "memory")})
    frame = hardware.loc[np.repeat(np.arange(20), 8)].reset_index(drop=True)
    for bit, name in enumerate(("policy", "swap", "cache")):
        frame[name] = np.arange(len(frame)) >> bit & 1
    together, plot = whole_plots(frame)
    assert together == ("cpu", "gpu", "memory")
    assert len(np.unique(plot)) == 20


def test_a_random_design_and_a_grid_have_no_whole_plots() -> None:
    rng = np.random.default_rng(4)
    random = pd.DataFrame({f"o{i}": rng.integers(0, 4, 60) for i in range(8)})
    grid = pd.DataFrame(np.stack(np.meshgrid(*[np.arange(4)] * 4), -1).reshape(-1, 4), columns=list("abcd"))
    assert whole_plots(random)[0] == whole_plots(grid)[0] == ()
