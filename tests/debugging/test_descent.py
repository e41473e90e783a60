from __future__ import annotations

import numpy as np
import pytest

from cadet.debugging.belief import Belief, learn
from cadet.debugging.descent import WayDown, descent, without_part
from cadet.debugging.encoding import Encoding
from cadet.debugging.neighbourhood import Search
from cadet.model.measurement import Measurement, Run, Status
from cadet.model.objective import Goal
from cadet.model.space import Space
from tests.debugging.systems import LATENCY, switches, turn_on

NEEDED = ("o2", "o5")


@pytest.fixture
def space() -> Space:
    return switches(16)


def believed(space: Space) -> Belief:
    """Return what a model believes that saw 40 random rows of a device in which two options matter."""
    rng = np.random.default_rng(1)
    rows = [space.configuration({name: bool(rng.random() < 0.5) for name in space.names}) for _ in range(40)]
    cost = {c: 4.0 / 2 ** sum(bool(c[name]) for name in NEEDED) for c in (space.default, *rows)}
    cells = [Measurement(c, (Run(c, Status.OK, {"latency": cost[c]}),)) for c in cost]
    return learn(Encoding(space, space.default), [Goal(LATENCY, 1.5)], cells, noiseless=True)


@pytest.mark.parametrize("part", [2, 4, 8])
def test_the_part_taken_back_is_what_is_not_needed(space, part):
    start = turn_on(space, *space.names)
    left = without_part(Search(space, space.default, frozenset()), believed(space), start, part)
    assert left is not None
    assert len(space.changes(space.default, left)) == 16 - 16 // part
    assert all(left[name] for name in NEEDED)


def test_a_part_of_less_than_one_change_is_no_step(space):
    search = Search(space, space.default, frozenset())
    assert without_part(search, believed(space), turn_on(space, *NEEDED), 4) is None


def test_the_descent_ends_with_what_is_needed_and_always_gets_smaller(space):
    search = Search(space, space.default, frozenset())
    way = list(descent(search, believed(space), turn_on(space, *space.names)))
    sizes = [search.distance(c) for c in way]
    assert sizes == sorted(sizes, reverse=True)
    assert all(way[-1][name] for name in NEEDED)


def test_the_way_down_takes_back_a_half_then_less_and_starts_again_from_what_is_smaller(space):
    search, belief, way = Search(space, space.default, frozenset()), believed(space), WayDown()
    large = turn_on(space, *space.names)
    steps = [way.step(search, belief, large, frozenset()) for _ in range(4)]
    assert [search.distance(c) if c else None for c in steps] == [8, 12, 14, None]
    again = way.step(search, belief, steps[0], frozenset())
    assert search.distance(again) == 4
    assert WayDown().step(search, belief, large, frozenset({steps[0]})) == steps[1]  # what is known is no step
