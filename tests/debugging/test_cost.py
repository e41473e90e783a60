from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.debugging.cost import Cost
from tests.debugging.systems import LATENCY, RATE

values = st.floats(1e-6, 1e6)


@given(values, values, st.sampled_from([LATENCY, RATE]))
def test_the_gain_of_a_cost_is_the_gain_of_its_objective(before, after, objective):
    scale = Cost(objective)
    assert scale.gain(scale.of(before) - scale.of(after)) == pytest.approx(objective.gain(before, after), rel=1e-6)


@given(values, st.sampled_from([LATENCY, RATE]))
def test_a_value_comes_back_from_its_cost(value, objective):
    assert Cost(objective).value(Cost(objective).of(value)) == pytest.approx(value)
