from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from cadet.debugging import Question, debug
from cadet.debugging.design import random_configurations
from cadet.debugging.influence import LEAST, Influence, of_design
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Run, Status
from cadet.model.objective import Goal
from tests.debugging.systems import LATENCY, noisy, switches

NOISE = 0.2


def seen(options: int, configurations: int, effect: float, seed: int, noise: float = NOISE) -> Influence:
    """Look for the effect of one option, on the logarithm, in a random design."""
    space, rng = switches(options), np.random.default_rng(seed)
    design = list(islice(random_configurations(space, rng, frozenset()), configurations))
    runs = [Run(c, Status.OK, {"latency": float(np.exp(effect * c["o1"] + rng.normal(0, noise)))}) for c in design]
    return of_design(runs, space, [Goal(LATENCY, 1.0)], rng)


def test_a_clear_effect_is_seen_and_nothing_is_not():
    assert seen(10, 20, 1.0, 1).seen
    assert not seen(10, 20, 0.0, 1).seen


@pytest.mark.parametrize("configurations", [2, LEAST - 1, LEAST])
def test_too_few_configurations_say_so_instead_of_claiming_a_size(configurations):
    blind = seen(10, configurations, 1.0, 2)
    assert str(configurations) in blind.blind
    assert blind.detectable == {"latency": None}


def test_more_options_hide_smaller_effects_and_less_noise_shows_them():
    cases = ((4, NOISE), (12, NOISE), (4, NOISE / 4))
    few, many, quiet = (seen(n, 15, 0.0, 3, noise).detectable["latency"] for n, noise in cases)
    assert few is not None
    assert many is not None
    assert quiet is not None
    assert quiet < few / 2 < few < many


def test_a_value_that_never_varies_hides_nothing_and_claims_no_size():
    still = seen(6, 20, 0.0, 4, noise=0.0)
    assert (still.seen, still.blind, still.detectable) == (False, "", {"latency": None})


def test_a_doubled_latency_that_a_tiny_budget_could_not_show_is_not_called_no_effect():
    laboratory = noisy(switches(10), lambda c: 1.0 if c["o3"] else 2.0, 0.02, 5)
    question = Question("test", (LATENCY,), laboratory.space.default, (Goal(LATENCY, 0.1),), budget=6)
    found = debug(laboratory, question, np.random.default_rng(5))
    assert found.verdict in (Verdict.INCONCLUSIVE, Verdict.REFUTED)
    assert found.smallest_detectable_effect == {"latency": None}
    assert any("too few" in note for note in found.notes)


@pytest.mark.slow
@pytest.mark.parametrize(("options", "configurations"), [(5, 16), (10, 20), (10, 45)])
def test_the_detectable_effect_is_seen_four_times_in_five(options, configurations):
    rounds = 120
    sizes = [size for seed in range(20) if (size := seen(options, configurations, 0.0, seed).detectable["latency"])]
    assert len(sizes) == 20
    effect = float(np.log1p(np.median(sizes)))
    found = sum(seen(options, configurations, effect, seed).seen for seed in range(rounds))
    assert found / rounds == pytest.approx(0.8, abs=3 * np.sqrt(0.8 * 0.2 / rounds))
