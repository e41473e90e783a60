from __future__ import annotations

import time

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cadet.causal.effects.units import whole_plots


def split_plot(seed: int) -> tuple[pd.DataFrame, list[str]]:
    """Hardware settings drawn anew for each of six blocks, software for each unit."""
    rng = np.random.default_rng(seed)
    hardware = {f"h{i}": np.repeat(rng.integers(0, 1000, 6), 10) for i in range(2)}
    software = {f"s{i}": rng.choice(["a", "b", "c"], 60) for i in range(4)}
    return pd.DataFrame(hardware | software), list(hardware)


@given(st.integers(0, 50), st.integers(0, 50))
def test_what_was_set_for_whole_blocks_is_found_in_any_order_of_columns(seed, order):
    settings, hardware = split_plot(seed)
    shuffled = settings[list(np.random.default_rng(order).permutation(settings.columns))]
    together, plot = whole_plots(shuffled)
    assert set(together) == set(hardware)
    assert (plot == settings.groupby(hardware, sort=False).ngroup()).all()


def test_units_of_a_random_design_are_plots_of_their_own():
    settings = pd.DataFrame(np.random.default_rng(1).integers(0, 3, (40, 8)), columns=list("abcdefgh"))
    together, plot = whole_plots(settings)
    assert together == ()
    assert len(set(plot)) == 40


def test_two_hundred_options_take_less_than_a_second():
    settings = pd.DataFrame(np.random.default_rng(1).integers(0, 3, (25, 200)), columns=[f"p{i}" for i in range(200)])
    began = time.process_time()
    whole_plots(settings)
    assert time.process_time() - began < 1.0
